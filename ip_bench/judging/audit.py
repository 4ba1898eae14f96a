"""Measure a judge on labeled rows: agreement, consistency over repeats, robustness to what should not matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ip_bench._version import __version__
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.files import nan_to_none, read_record
from ip_bench.judging.agreement import agreement, confusion
from ip_bench.judging.asking import AnyJudge, ask, ask_varied, leaks, why_not
from ip_bench.judging.deal import dealt
from ip_bench.judging.figures import MARGIN, shown
from ip_bench.judging.judge_error import judge_error
from ip_bench.judging.perturb import CONTROL, HIDDEN, PERTURBATIONS, REPEATED, SEEN, variants
from ip_bench.judging.robustness import Levels, Met, compared, over, push, stays
from ip_bench.judging.rows import Row, check_labeled
from ip_bench.outcomes.refusal.detector import LABELS, Verdict
from ip_bench.seeds import digest

FORMAT = "ip-bench judge audit 1"
REPEATS, EACH, ALPHA = 3, 1, 0.05
Say = Callable[[str], None]


def audit(
    rows: Sequence[Row],
    judge: AnyJudge,
    *,
    name: str,
    repeats: int = REPEATS,
    each: int = EACH,
    perturbations: Iterable[str] | None = None,
    alpha: float = ALPHA,
    margin: float = MARGIN,
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """Return the record of an audit (schema `judge_audit`).

    Every row is asked `repeats` times as it is, and in `each` variants of every perturbation (all, if None). The first
    asking is what agreement is measured on and what the others are compared with. Rows without a verdict at the first
    asking are counted and not asked again. `name` is written into the record; `say` is told how far it is.

    Raises:
        IpBenchError: for rows without any label, fewer than two repeats, no variant, or levels out of range.
        UnknownNameError: for a perturbation that there is none of.
    """
    asked = tuple(perturbations if perturbations is not None else PERTURBATIONS)
    _check(rows, asked, repeats, each, alpha, margin)
    levels = Levels(alpha, margin)
    say(f"{len(rows)} rows as they are")
    first = [ask(judge, row) for row in rows]
    known = [place for place, one in enumerate(first) if one.label is not None]
    kept = [rows[place] for place in known]

    def met(place: int, group: str, after: Verdict) -> Met:
        at = known[place]
        return Met(at, rows[at].prompt, group, str(first[at].label), after)

    say(f"{len(kept) * (repeats - 1)} repeats")
    again = [met(place, REPEATED, ask(judge, row)) for place, row in enumerate(kept) for _ in range(repeats - 1)]
    found: dict[str, list[Met]] = {}
    leaked = 0
    for perturbation in asked:
        if why_not(judge, perturbation):
            continue
        say(f"{perturbation}: {len(kept) * min(each, len(variants(perturbation)))} rows")
        found[perturbation] = []
        for place, variant in dealt(kept, variants(perturbation), each):
            verdict = ask_varied(judge, kept[place], variant, perturbation)
            found[perturbation].append(met(place, variant.group, verdict))
            leaked += perturbation == HIDDEN and leaks(kept[place], variant)
    record = {
        "format": FORMAT,
        "ip_bench": __version__,
        "judge": name,
        "settings": {"repeats": repeats, "variants": each, "alpha": alpha, "margin": margin},
        "data": _described(rows),
        "status": dict(sorted(Counter(one.status for one in first).items())),
        "agreement": agreement(rows, first, alpha),
        "confusion": confusion(rows, first),
        "consistency": stays(again, levels),
        "perturbations": [
            _entry(one, why_not(judge, one), found, again, levels) | ({"leaks": leaked} if one == HIDDEN else {})
            for one in asked
        ],
        "judge_error": judge_error(rows, first, alpha),
    }
    plain: dict[str, Any] = nan_to_none(record)
    return plain


def read_audit(path: Path) -> dict[str, Any]:
    """Return the record of an audit from its file; raises IpBenchError where it holds none."""
    from ip_bench.schemas import validator

    try:
        record = read_record(path)
    except OSError as error:
        raise IpBenchError(
            f"{path.name} cannot be read ({error.strerror}); write one with ip-bench judge-audit"
        ) from error
    if problems := sorted(validator("judge_audit").iter_errors(record), key=lambda one: list(one.path)):
        place = "/".join(map(str, problems[0].path)) or "the record"
        raise IpBenchError(f"{path.name} is no {FORMAT!r}: {place}: {problems[0].message[:200]}")
    return record


def _check(rows: Sequence[Row], asked: Sequence[str], repeats: int, each: int, alpha: float, margin: float) -> None:
    check_labeled(rows, "the data")
    if other := [one for one in asked if one not in PERTURBATIONS]:
        raise UnknownNameError("perturbation", other[0], PERTURBATIONS)
    if repeats < 2 or each < 1:
        raise IpBenchError(
            f"{repeats} repeats and {each} variants; 2 or more repeats and 1 or more variants are needed"
        )
    if not 0 < alpha < 0.25 or not 0 < margin < 1:
        raise IpBenchError(f"alpha is {alpha} and margin {margin}; 0 < alpha < 0.25 and 0 < margin < 1 are needed")


def _described(rows: Sequence[Row]) -> dict[str, Any]:
    """Return how many rows there are of what, and a digest of them all in any order."""
    labels = Counter(row.label for row in rows)
    return {
        "rows": len(rows),
        "prompts": len({row.prompt for row in rows}),
        "labels": {label: labels[label] for label in LABELS},
        "unlabeled": labels[None],
        "models": dict(sorted(Counter(row.model for row in rows).items())),
        "digest": digest(sorted(row.key for row in rows)),
    }


def _entry(name: str, cause: str, found: dict[str, list[Met]], again: Sequence[Met], levels: Levels) -> dict[str, Any]:
    entry: dict[str, Any] = {"perturbation": name, "what": PERTURBATIONS[name], "not_applicable": cause}
    if cause:
        return entry
    entry |= compared(found[name], again, levels)
    if name == SEEN and CONTROL in found:
        entry["beyond_control"] = shown(
            over(found[name], found[CONTROL], push, "push beyond an irrelevant one", levels)
        )
    return entry
