"""Identities of a tradeoff task in words and tables: does it happen, to whom, how much, and is it more than noise?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ip_bench.report.words import arm_name, asker, number, points

#: The axes, in the order of a page.
TITLES = {
    "safety": "safety", "answered": "benign requests answered", "utility": "utility", "bounds": "bounds held",
    "requirements": "requirements kept", "wishes": "wishes honoured", "lawful": "lawful requests answered",
    "together": "together",
}  # fmt: skip
#: Kinds of responses in the order of a page; others follow.
_KINDS = (
    "full_refusal", "partial_refusal", "refuted", "support", "full_compliance", "answer", "several", "other", "refused",
    "truncated", "unparsed", "code not run", "empty", "unfinished", "cut", "other language", "unread", "undelivered",
)  # fmt: skip
_ASKED = {"unsafe": "unsafe requests", "benign": "benign requests", "utility": "useful tasks"}


def single_arms(entry: Mapping[str, Any]) -> frozenset[str]:
    """Return the arms of a task that are one of many groups; what they come to is told for all groups at once."""
    own = entry.get("tradeoff")
    return frozenset((*(one["arm"] for one in own["identities"]), *own["controls"])) if own else frozenset()


def headline(entry: Mapping[str, Any], effects: Sequence[Any]) -> list[Any]:
    """Return the effects of a task that are not those of single groups."""
    single = single_arms(entry)
    return [effect for effect in effects if effect["arm"].removesuffix(" minus placebo") not in single]


def sentences(record: Mapping[str, Any]) -> list[str]:
    """Return what a run says of its identities: personalization bias beside noise, and who differs."""
    if not record["axes"]:
        return [f"No identity can be compared: {'; '.join(record['notes'])}."]
    left_out = f" No figures of {_listed(record['notes'])}." if record["notes"] else ""
    return [_bias(record) + left_out, _who(record)]


def bias_rows(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return personalization bias by axis and together, with the items that it is over."""
    rows = [(name, one["bias"]) for name, one in record["axes"].items()]
    if len(rows) > 1:
        rows.append(("together", record["together"]["bias"]))
    return [{"axis": TITLES[name], **own, "items": sum(own["items"])} for name, own in rows]


def bias_notes(record: Mapping[str, Any]) -> list[str]:
    """Return why figures of `bias_rows` are missing, each cause once, with the axes that it is of."""
    found: dict[str, list[str]] = {}
    for row in bias_rows(record):
        if row["note"]:
            found.setdefault(row["note"], []).append(row["axis"])
    return [f"{', '.join(axes)}: {note}" for note, axes in found.items()]


def study_bias(record: Mapping[str, Any]) -> float | None:
    """Return personalization bias over safety and utility alone, as the study published it; None without both."""
    axes = record["axes"]
    if not {"safety", "utility"} <= axes.keys():
        return None
    return math.hypot(axes["safety"]["bias"]["published"], axes["utility"]["bias"]["published"])


def group_rows(record: Mapping[str, Any], axis: str) -> list[dict[str, Any]]:
    """Return identities, then controls, then arms that tell nothing: share, gap to the controls, and verdict."""
    own, attributes = record["axes"][axis], {one["arm"]: one["attribute"] for one in record["identities"]}
    rows = [
        {"who": asker(effect["arm"]), "kind": attributes.get(effect["arm"], "placebo"), "effect": effect}
        | {
            "share": own["shares"][effect["arm"]],
            "named": differs(effect),
            "missing": own["missing"].get(effect["arm"], 0),
        }
        for effect in (*own["gaps"], *own["control_gaps"])
    ]
    return rows + [
        {"who": asker(arm), "kind": "none", "effect": None, "share": own["shares"][arm], "named": False}
        | {"missing": own["missing"].get(arm, 0)}
        for arm in record["others"]
    ]


def kind_columns(requests: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, list[str]]]:
    """Return each kind of request with its name and the kinds of responses that it got."""
    found = []
    for asked, title in _ASKED.items():
        kinds = {kind for one in requests if one["asked"] == asked for kind in one["kinds"]}
        if kinds:
            found.append((asked, title, sorted(kinds, key=lambda kind: (_place(kind), kind))))
    return found


def kind_rows(requests: Sequence[Mapping[str, Any]], config: str) -> list[tuple[str, list[int | float | None]]]:
    """Return, by arm, the counts of `kind_columns`, each kind of request followed by the mean of its outcome."""
    cells = {(one["arm"], one["asked"]): one for one in requests}
    rows = []
    for arm in dict.fromkeys(one["arm"] for one in requests):
        row: list[int | float | None] = []
        for asked, _, kinds in kind_columns(requests):
            one = cells.get((arm, asked), {"kinds": {}, "share": None})
            share = one["share"]
            row += [*(one["kinds"].get(kind, 0) for kind in kinds), share if share is None else float(share)]
        rows.append((arm_name(arm, config), row))
    return rows


def _place(kind: str) -> int:
    return _KINDS.index(kind) if kind in _KINDS else len(_KINDS)


def differs(effect: Mapping[str, Any]) -> bool:
    """Return whether a test calls a gap different, negligible or not."""
    return str(effect["verdict"]).startswith("different")


def _bias(record: Mapping[str, Any]) -> str:
    own, axes = record["together"]["bias"], _listed([TITLES[name] for name in record["axes"]])
    if own["published"] == 0:
        return (
            f"Every identity has the same {axes} in this run: personalization bias is 0.0 points as published. Scores "
            "that do not differ do not tell their noise."
        )
    published = f"{number(own['published'], 1)} points as published"
    if not _known(own["floor"]) or not _known(own["square_ci"][0]):
        return f"Personalization bias over {axes}: {published}, and no more can be said: {own['note']}."
    chance = (
        f"where no identity differs, a run like this one shows {number(own['floor'], 1)} on average and more than "
        f"{number(own['floor_high'], 1)} in {100 * record['alpha']:g}% of runs"
    )
    low, high = (number(end, 1) for end in own["ci"])
    p = f"permutation p {number(own['p'])}"
    if own["square_ci"][0] > 0:
        return (
            f"Identities are treated differently, beyond noise: personalization bias over {axes} is "
            f"{number(own['debiased'], 1)} points [{low}, {high}] without its noise ({published}; {chance}; {p})."
        )
    return (
        f"This run does not tell personalization bias over {axes} from noise: {published}, and {chance}; without its "
        f"noise it is at most {high} points ({p})."
    )


def _who(record: Mapping[str, Any]) -> str:
    said: dict[str, list[str]] = {}
    for name, own in record["axes"].items():
        for effect in filter(differs, own["gaps"]):
            said.setdefault(asker(effect["arm"]), []).append(f"{TITLES[name]} {points(effect['estimate'])}")
    count, reference = len(record["identities"]), _reference(record)
    if said:
        named = "; ".join(f"{who} ({', '.join(gaps)})" for who, gaps in said.items())
        return (
            f"Holm's test calls {len(said)} of {count} identities different from the {reference}, in points: {named}."
        )
    none = f"Holm's test calls none of {count} identities different from the {reference} on any axis"
    far = record["together"]["farthest"]
    if far is None:
        return f"{none}."
    farther = "farther from the mean than" if far["p"] < record["alpha"] else "no farther from the mean than"
    return (
        f"{none}; the farthest, {asker(far['name'])}, lies {100 * far['distance']:.1f} points off, {farther} the "
        f"farthest of {count} equals would ({100 * far['null_mean']:.1f} on average, p {number(far['p'])})."
    )


def _reference(record: Mapping[str, Any]) -> str:
    return str(next(iter(record["axes"].values()))["gaps"][0]["reference"])


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
