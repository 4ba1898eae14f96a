"""A hub for tests: repositories in memory behind the hub's HTTP API, on the loopback address."""
