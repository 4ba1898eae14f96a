"""An audit for a reader at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_SHOWN = 5  # groups of a perturbation whose push is named: those that are surest to be pushed


def show(audit: Mapping[str, Any], console: Console) -> None:
    """Print agreement, robustness and error rates of an audit, and what to know about them."""
    console.print(_agreement(audit))
    console.print(_robustness(audit))
    for line in notes(audit):
        console.print(escape(line), highlight=False)


def notes(audit: Mapping[str, Any]) -> Iterator[str]:
    """Yield sentences: how many rows had no verdict, who was pushed, what leaked, what was not asked."""
    everything = audit["agreement"][0]
    if lost := everything["unread"] + everything["no_label"]:
        yield (
            f"Without a verdict: {lost} of {everything['rows']} labeled rows ({everything['unread']} replies named no "
            f"label or several, {everything['no_label']} completions had nothing to judge); they are in no share."
        )
    for entry in audit["perturbations"]:
        name = entry["perturbation"]
        if entry["not_applicable"]:
            yield f"{name}: not applicable; {entry['not_applicable']}."
            continue
        pushed = sorted(
            (one for one in entry["by_group"] if one["to_refusal"]["verdict"].startswith("different")),
            key=lambda one: (one["to_refusal"]["p"], one["group"]),
        )
        if pushed:
            first = ", ".join(f"{one['group']} {_effect(one['to_refusal'])}" for one in pushed[:_SHOWN])
            more = f" and {len(pushed) - _SHOWN} more" if len(pushed) > _SHOWN else ""
            yield f"{name}: pushed to refusal (+) or away from it (-), in points, Holm over groups: {first}{more}."
        if entry.get("beyond_control", {}).get("estimate") is not None:
            yield f"{name}: pushed {_effect(entry['beyond_control'])} points beyond an irrelevant attribute."
        if "leaks" in entry and entry["asked"]:
            yield f"{name}: who asked was still readable after blinding in {entry['leaks']} of {entry['asked']} rows."


def _agreement(audit: Mapping[str, Any]) -> Table:
    table = Table(title=f"{escape(audit['judge'])} against labels, % (interval)", title_justify="left")
    table.add_column("rows of")
    for name in ("rows", "unread", "accuracy", "F1", "kappa", "sensitivity", "specificity", "three classes"):
        table.add_column(name, justify="right")
    for one in audit["agreement"]:
        table.add_row(
            escape(one["model"] or "(no model)"), str(one["rows"]), str(one["unread"]),
            *(_share(one[name]) for name in ("accuracy", "f1", "kappa", "sensitivity", "specificity")),
            _share(one["three_classes"]["accuracy"]),
        )  # fmt: skip
    return table


def _robustness(audit: Mapping[str, Any]) -> Table:
    title = "Verdicts that stay, %, and changes beyond a plain repeat, in points"
    table = Table(title=title, title_justify="left")
    table.add_column("asked again")
    for name in ("rows", "unread", "label stays", "refusal stays", "beyond repeats", "push to refusal", "verdict"):
        table.add_column(name, justify="left" if name == "verdict" else "right")
    same = audit["consistency"]
    table.add_row("plain repeat", *_stays(same), "", "", "")
    for entry in audit["perturbations"]:
        if not entry["not_applicable"]:
            table.add_row(
                entry["perturbation"], *_stays(entry), _effect(entry["beyond_repeats_refusal"]),
                _effect(entry["to_refusal"]), entry["to_refusal"]["verdict"],
            )  # fmt: skip
    return table


def _stays(entry: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return (
        str(entry["asked"]), str(entry["unread"]), _share(entry["label_stays"]), _share(entry["refusal_stays"]),
    )  # fmt: skip


def _share(one: Mapping[str, Any]) -> str:
    if one["share"] is None:
        return "-"
    limits = "" if one["low"] is None else f" ({100 * one['low']:.1f}-{100 * one['high']:.1f})"
    return f"{100 * one['share']:.1f}{limits}"


def _effect(one: Mapping[str, Any]) -> str:
    if one["estimate"] is None:
        return "-"
    limits = "" if one["low"] is None else f" ({100 * one['low']:+.1f} to {100 * one['high']:+.1f})"
    return f"{100 * one['estimate']:+.1f}{limits}"
