"""What the cues tasks name: their data, each pinned to a version, and the few-shot target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ip_bench.harness.suites import mini_items
from ip_bench.release.resolve import load

#: Arms of the mini tasks: the first estimand and every control.
MINI_ARMS = frozenset(
    [
        "reference",
        "repeat",
        "us",
        "uk",
        "placebo_typo",
        "placebo_spacing",
        "placebo_synonym",
        "placebo_signoff",
        "explicit_us",
        "explicit_uk",
    ]
)


@dataclass(frozen=True, slots=True)
class Pinned:
    """A task's data: one config of one version, whatever lm-eval merges into the call from its command line."""

    config: str
    version: str
    mini: bool = False

    def __call__(self, **merged: Any) -> Any:  # noqa: ARG002
        """Return the config as a DatasetDict of `test` and `validation`."""
        from datasets import DatasetDict

        test = load("ip-cues", self.config, "test", version=self.version)
        if self.mini:
            test = test.select(mini_rows(test.select_columns(["item_id", "arm"])))
        return DatasetDict(test=test, validation=load("ip-cues", self.config, "validation", version=self.version))


def mini_rows(rows: Iterable[Mapping[str, Any]]) -> list[int]:
    """Return the positions of the mini suite's rows: its arms, on the first items of the interleaved order."""
    keys = [(row["item_id"], row["arm"]) for row in rows]
    items = list(dict.fromkeys(item for item, _ in keys))
    kept = set(items[: mini_items(len(items))])
    return [place for place, (item, arm) in enumerate(keys) if item in kept and arm in MINI_ARMS]


cultural_v1_0_0 = Pinned("cultural", "1.0.0")
cultural_mini_v1_0_0 = Pinned("cultural", "1.0.0", mini=True)
inference_v1_0_0 = Pinned("inference", "1.0.0")
inference_mini_v1_0_0 = Pinned("inference", "1.0.0", mini=True)


def reference_rows(docs: Any) -> Any:
    """Keep the reference rows of a split, one per item: few-shot examples are the same for every arm."""
    seen: set[str] = set()
    keep = []
    for n, (item, arm) in enumerate(zip(docs["item_id"], docs["arm"], strict=True)):
        if arm == "reference" and item not in seen:
            seen.add(item)
            keep.append(n)
    return docs.select(keep)


def target(doc: dict[str, Any]) -> str:
    """Return the right answer of a row's arm, or nothing where its arm has no country."""
    return doc["choices"][doc["gold"]] if doc["gold"] is not None else ""


def example_answer(doc: dict[str, Any]) -> str:
    """Return a few-shot answer: the US one for half of the items and the UK one for the rest, favoring neither."""
    locale = "us" if int(doc["item_id"].encode().hex(), 16) % 2 else "uk"
    return next(
        choice for choice, locales in zip(doc["choices"], doc["choice_locales"], strict=True) if locale in locales
    )
