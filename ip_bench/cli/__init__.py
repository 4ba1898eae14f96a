"""The command line: `app` is all of it, a module for each command or group, and what they share."""
