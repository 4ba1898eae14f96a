"""Designs of one's own: items and arms from files, asked, measured and reported as the shipped datasets are."""

from ip_bench.own.known import registered

__all__ = ["registered"]
