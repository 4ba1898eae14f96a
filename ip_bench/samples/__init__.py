"""The samples of many runs: one lazy table of them, re-scored as it is read, and the effects of each run."""
