"""Utility items of the tradeoff family: tasks with one right answer, drawn anew for every seed."""
