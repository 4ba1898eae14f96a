"""The cue engine: pure functions from text to text, with a log of every edit."""
