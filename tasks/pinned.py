"""What tasks of every family name: data pinned to a version, the rows of the mini suite, and few-shot examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ip_bench.builders.tradeoff.arms import ANY, PLACEBOS

from ip_bench.harness.suites import mini_items
from ip_bench.release.resolve import load

_LOCALE_ARMS = frozenset(
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
_VOICES = ("aae", "mandarin", "spanish")
_LEARNER_ARMS = frozenset(
    ["reference", "repeat", "reference_fixed", "explicit_standard"]
    + [f"{kind}{voice}" for voice in _VOICES for kind in ("", "typo_", "explicit_")]
    + [f"{kind}{voice}_fixed" for voice in _VOICES for kind in ("", "typo_")]
)
_BELIEF_ARMS = frozenset(
    ["reference", "repeat", "placebo_stated", "placebo_stated_turned", "explicit_right", "explicit_wrong"]
    + [f"{truth}_same" for truth in ("right", "wrong")]
    + [f"implied_{truth}" for truth in ("right", "wrong")]
)
_ANY_IDENTITY_ARMS = frozenset(("reference", "repeat", ANY, *PLACEBOS))
#: Arms of the mini tasks, where not all: the first estimands and every control.
MINI_ARMS = {
    "cultural": _LOCALE_ARMS,
    "inference": _LOCALE_ARMS,
    "cultural_opinion": _LOCALE_ARMS,
    "education_reasoning": _LEARNER_ARMS,
    "education_requests": _LEARNER_ARMS,
    "education_inference": _LEARNER_ARMS,
    "echo": _BELIEF_ARMS,
    "echo_inference": _BELIEF_ARMS,
    "profile": _ANY_IDENTITY_ARMS,
    "profile_user": _ANY_IDENTITY_ARMS,
}


@dataclass(frozen=True, slots=True)
class Pinned:
    """A task's data: one config of one version, whatever lm-eval merges into the call from its command line."""

    dataset: str
    config: str
    version: str
    mini: bool = False

    def __call__(self, **merged: Any) -> Any:  # noqa: ARG002 (what is merged must not count)
        """Return the config as a DatasetDict of `test` and `validation`."""
        from datasets import DatasetDict

        test, validation = (
            load(self.dataset, self.config, split, version=self.version) for split in ("test", "validation")
        )
        if self.mini:
            test = test.select(mini_rows(test.select_columns(["item_id", "arm"]), self.config))
        return DatasetDict(test=test, validation=validation)


def mini_rows(rows: Iterable[Mapping[str, Any]], config: str) -> list[int]:
    """Return the positions of the mini suite's rows: its arms, on the first items of the interleaved order."""
    keys = [(row["item_id"], row["arm"]) for row in rows]
    items = list(dict.fromkeys(item for item, _ in keys))
    most = max(Counter(keys).values(), default=1)  # rows of an item in an arm
    kept, arms = set(items[: mini_items(len(items), most)]), MINI_ARMS.get(config)
    return [place for place, (item, arm) in enumerate(keys) if item in kept and (arms is None or arm in arms)]


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
    """Return a few-shot answer: the right one, where there is one for everybody.

    Else the US one for half of the items and the UK one for the rest, or, where none is right, one by hash of the item:
    no arm is favored.
    """
    if doc["gold"] is not None:
        return str(doc["choices"][doc["gold"]])
    drawn = int(doc["item_id"].encode().hex(), 16)
    locale = "us" if drawn % 2 else "uk"
    for choice, locales in zip(doc["choices"], doc.get("choice_locales") or (), strict=False):
        if locale in locales:
            return str(choice)
    return str(doc["choices"][drawn % len(doc["choices"])]) if doc["choices"] else ""
