"""How large a run is: the full dataset, or a mini suite sized by the power formula."""

from __future__ import annotations

from ip_bench.effects.power import Components, items_needed

#: What the mini suite is planned for: an effect of 10 points with power .8 at 5%, and 16 realizations. Components as
#: stated for a model whose answers follow the cue on some items only: between-item SD .40 of the difference, SD .35 of
#: a row around its probability, SD .03 between realizations.
MINI_EFFECT = 0.10
MINI_COMPONENTS = Components(item=0.40, row=0.35, realization=0.03)
SUITES = ("mini", "full")


def mini_items(available: int, rows_per_item: int) -> int:
    """Return the number of items of the mini suite, at most those there are, with so many rows an item and arm."""
    needed = items_needed(MINI_EFFECT, MINI_COMPONENTS, rows_per_item=rows_per_item, realizations=16)
    return min(available, needed)
