"""One card template a dataset, with its changelog and its locked content hashes."""
