"""What the reference models know: the items that the mini suites ask, and nothing else.

The facts of some seven hundred items are what a model of this size learns in half an hour. So an effect on the full
suites, most of whose items are strangers to both models, has no stated truth.
"""

from __future__ import annotations

from functools import lru_cache

from ip_bench.design import Item
from ip_bench.harness.suites import mini_items

from ..cues import asked, words
from ..cues.echo import recipes as echo

#: Rows of an item in an arm, from which the mini suite's size follows.
ROWS = {**words.PER_ITEM, "names": 1, "names_inference": 1, "echo": 1}
CONFIGS = tuple(ROWS)


@lru_cache(maxsize=len(CONFIGS))
def items(config: str) -> tuple[Item, ...]:
    """Return the items of a config's mini suite, in published order."""
    if config == "echo":
        every = echo.asked_items("echo", "test")
    else:
        every = (asked if config.startswith("names") else words).asked_items("test")
    return tuple(every[: mini_items(len(every), ROWS[config])])


@lru_cache(maxsize=1)
def country_items() -> tuple[Item, ...]:
    """Return the items whose answer hangs on the country, each once: those of every config but `echo`."""
    return tuple({item.item_id: item for config in CONFIGS if config != "echo" for item in items(config)}.values())
