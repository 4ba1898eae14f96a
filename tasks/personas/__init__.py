"""The data of the personas tasks: answers of people and statements of `steering` to whom nothing was fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ip_bench.release.resolve import load
from ip_bench.seeds import digest

DATASET = "ip-personas"
MINI_PEOPLE = 60
#: Unseen people, on seen and on unseen statements.
SPLITS = ("unseen_people", "unseen_both")


@dataclass(frozen=True, slots=True)
class People:
    """A task's data: people of one version, in the arms that a prompt tells of them or in those of soft prompts."""

    version: str
    soft: bool = False
    mini: bool = False

    def __call__(self, **merged: Any) -> Any:  # noqa: ARG002 (what lm-eval merges must not count)
        """Return the rows as a DatasetDict of `test`."""
        from datasets import DatasetDict, concatenate_datasets

        rows = concatenate_datasets([load(DATASET, "steering", split, version=self.version) for split in SPLITS])
        kinds = zip(*(rows[name][:] for name in ("stratum", "family", "realization_id")), strict=True)
        kept = {
            n: who
            for n, (kind, family, who) in enumerate(kinds)
            if kind == "person" and (family == "soft") == self.soft
        }
        if self.mini:
            few = sorted({*kept.values()}, key=lambda who: digest("mini", who))[:MINI_PEOPLE]
            kept = {n: who for n, who in kept.items() if who in few}
        return DatasetDict(test=rows.select(kept))


steering_v1_0_0 = People("1.0.0")
steering_mini_v1_0_0 = People("1.0.0", mini=True)
steering_soft_v1_0_0 = People("1.0.0", soft=True)
steering_soft_mini_v1_0_0 = People("1.0.0", soft=True, mini=True)
