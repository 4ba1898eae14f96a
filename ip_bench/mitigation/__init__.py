"""Mitigations of the tradeoff family: conditions under which the same items are asked again, and what they cost."""
