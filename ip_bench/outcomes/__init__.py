"""From responses to outcomes."""
