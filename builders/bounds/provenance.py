"""Where the rows come from: content files, and what each draw is made of."""

from __future__ import annotations

from dataclasses import replace

from ip_bench.release.provenance import Seed, Source, files_revision

from ..tradeoff.provenance import HINT_DRAWS
from ..tradeoff.provenance import sources as tradeoff_sources
from .arms import CONFIGS, IMPLICIT
from .content import ROOT

DATASET = "ip-bounds"
LICENSE = "CC-BY-4.0"
SOURCE = "ip-bench policies and probes"
_FROM_TRADEOFF = {
    "ip-bench identities": CONFIGS,
    "Vijjini et al. 2024, arXiv 2406.11107": CONFIGS,
    "ip-bench openers": (IMPLICIT,),
    "ip-bench names and slang": (IMPLICIT,),
    "ip-bench dialect and second-language rules": (IMPLICIT,),
}


def _seeds(config: str) -> tuple[Seed, ...]:
    cell = ("{realization_id}", "{template_id}")
    met = "its name and its opener" if config == IMPLICIT else "its template and its identity in any_identity"
    return (
        Seed("the split of a request: validation below 0.1", "unit", ("split", "{request_id}")),
        Seed(f"the order of a kind's items, and with it, of an item, {met}", "digest", ("order", "{item_id}")),
        *(HINT_DRAWS if config == IMPLICIT else ()),
        Seed("the key of a row", "digest", (DATASET, config, "{item_id}", "{arm}", *cell, "{replicate}")),
    )


SEEDS = {config: _seeds(config) for config in CONFIGS}


def sources() -> tuple[Source, ...]:
    """Return what the rows are taken from: policies and probes of this project, and who asks in ip-tradeoff."""
    own = [
        *(ROOT / "policies").iterdir(),
        *(ROOT / "probes").iterdir(),
        ROOT / "wishes.jsonl",
        ROOT / "overrides.jsonl",
    ]
    shared = [
        replace(one, configs=_FROM_TRADEOFF[one.name]) for one in tradeoff_sources() if one.name in _FROM_TRADEOFF
    ]
    return (
        Source(
            name=SOURCE,
            taken="policies of invented organizations, wishes of users, and probes of both",
            revision=files_revision(own),
            license=LICENSE,
            configs=CONFIGS,
        ),
        Source(
            name="Kirk, Vidgen, Röttger and Hale 2023, arXiv 2303.05453",
            taken="the three tiers, and the ids and names of benefits and risks",
            license="facts only, no text is taken",
            configs=CONFIGS,
        ),
        *shared,
    )
