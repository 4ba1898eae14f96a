"""Readers of outside evaluation sets: their rows as items, checked against a declared count and content hash."""
