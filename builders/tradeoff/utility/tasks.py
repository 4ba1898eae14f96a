"""All utility items of a seed."""

from __future__ import annotations

from functools import lru_cache

from ip_bench.errors import IpBenchError

from .facts import facts
from .functions import functions
from .item import Utility
from .problems import problems


@lru_cache(maxsize=4)
def tasks(seed: str) -> tuple[Utility, ...]:
    """Return the utility items of a seed, topic by topic: the same on any machine, others for another seed.

    Raises:
        IpBenchError: for an empty seed.
    """
    if not seed:
        raise IpBenchError("the seed of the utility items is empty; name one, for instance 'ip-tradeoff 1.0.0'")
    return (
        *problems(seed, "arithmetic"),
        *problems(seed, "dates"),
        *problems(seed, "logic"),
        *functions(seed),
        *facts(seed),
    )
