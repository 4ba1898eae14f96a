"""What a design would have claimed whose statements give the answer away: the effect that leaks make."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ip_bench.analysis import expected_rows
from ip_bench.design import Contrast
from ip_bench.effects.effect import Effect
from ip_bench.effects.paired import combine, paired_effect
from ip_bench.effects.table import Scores
from ip_bench.errors import IpBenchError
from ip_bench.estimation import ALPHA, MARGIN
from ip_bench.outcomes.outcome import Measured, scored
from ip_bench.outcomes.samples import dataset_of, find_samples, read_outcomes
from ip_bench.release.recipes import recipe
from ip_bench.release.resolve import resolve, verify

LEAKY = ("explicit_right", "explicit_wrong")


def leaky_claims(folder: Path, *, share: float = 1.0, alpha: float = ALPHA) -> dict[str, Effect]:
    """Return, by task of `echo` in a folder of samples, what a leaky design would have claimed.

    A `share` of its statements name the answer that they hold to be right, as those of the explicit arms do; the
    others are the leak-free beliefs. So a share of 0 gives the leak-free effect.

    Raises:
        IpBenchError: for a share that is not between 0 and 1, or samples without such arms.
    """
    if not 0 <= share <= 1:
        raise IpBenchError(f"the share of leaky statements is {share}; it must be between 0 and 1")
    files = find_samples(folder)
    dataset = dataset_of(files)
    asked = [one for one in files if one.config == "echo"]
    if not asked:
        raise IpBenchError(f"{folder} has no samples of the echo config; leaks are a question of its statements alone")
    version = recipe(dataset).VERSION
    data = resolve(dataset, version)
    verify(data, dataset, version)
    found = {}
    for one in asked:
        outcomes = read_outcomes(one, expected_rows(data, one.config, mini=one.mini)).outcomes
        found[one.task] = claim(outcomes, share, alpha=alpha)
    return found


def claim(outcomes: Sequence[Measured], share: float, *, alpha: float = ALPHA) -> Effect:
    """Return the right-minus-wrong effect of statements of which a share names an answer, over complete cells."""
    contrast = next(one for one in recipe("ip-echo").CONTRASTS["echo"] if one.primary)
    weights = dict(zip((contrast.arm, contrast.reference), (1 - share, share - 1), strict=True))
    weights |= dict(zip(LEAKY, (share, -share), strict=True))
    pairs = combine(Scores.from_rows(scored(outcomes, contrast.outcome)), {k: w for k, w in weights.items() if w})
    named = Contrast(
        "leaky", contrast.reference, contrast.outcome,
        f"P(right answer) after right minus after wrong statements, {share:.0%} of which name an answer",
    )  # fmt: skip
    return paired_effect(pairs, named, margin=MARGIN, alpha=alpha)
