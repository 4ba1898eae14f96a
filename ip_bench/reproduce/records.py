"""The reproduction as flat records: one value each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ip_bench.files import nan_to_none
from ip_bench.reproduce.authors import Similarity
from ip_bench.reproduce.case_a import Objective, Subjective
from ip_bench.reproduce.case_b import Difference
from ip_bench.reproduce.case_c import Accuracy
from ip_bench.reproduce.interval import Estimate
from ip_bench.reproduce.jin2024 import Reproduction


class Record(NamedTuple):
    """One statistic of one model; names that begin with `ours_` are ours, the others the authors'."""

    case: str
    model: str
    statistic: str
    pair: str | None
    value: float | None


def records(found: Reproduction) -> list[Record]:
    """Return a record for each statistic, in the order A, B, C; (case, model, statistic, pair) is unique."""
    return [
        *(Record("A", one.model, name, None, v) for one in found.objective for name, v in _objective(one).items()),
        *(Record("A", one.model, name, None, v) for one in found.subjective for name, v in _subjective(one).items()),
        *(Record("B", one.model, name, one.pair, v) for one in found.essays for name, v in _essays(one).items()),
        *(Record("C", one.model, name, None, v) for one in found.accuracy for name, v in _accuracy(one).items()),
    ]


def _objective(line: Objective) -> dict[str, float]:
    return {
        **_similarity(line.theirs),
        "mean_similarity_identical_prompts": line.identical.mean,
        "items_identical_prompts": line.identical.n,
        "unparsed": line.unparsed,
        **_interval("similarity_different_prompts", line.similarity),
        **_interval("share_above_0.8_different_prompts", line.share),
        **_interval("noise_floor_identical_prompts", line.floor),
        **_effect("distance_beyond_noise_floor", line.distance),
        "identical_answers": line.same_answers,
        "identical_answers_judged_below_5": line.same_answers_below_5,
    }


def _subjective(line: Subjective) -> dict[str, float]:
    return {
        **{f"subjective_{name}": value for name, value in _similarity(line.theirs).items()},
        "subjective_share_above_0.8_of_all_rows": line.theirs.above / (line.theirs.n + line.blank),
        "subjective_blank": line.blank,
        **_interval("subjective_similarity", line.similarity),
        **_effect("subjective_uk_minus_us", line.difference),
    }


def _similarity(found: Similarity) -> dict[str, float]:
    return {
        "mean_similarity": found.mean,
        "share_above_0.8": found.share,
        "binomial_p": found.binomial_p,
        "items": found.n,
    }


def _essays(line: Difference) -> dict[str, float]:
    printed = line.printed
    theirs = {
        "mean_difference": line.estimate.value,
        "sign_flip_p": line.sign_flip_likeliest,
        "sign_flip_p_exact": line.sign_flip_exact,
        "sign_flip_p_redrawn": line.sign_flip_redrawn,
        "sign_flip_p_exact_holm": line.sign_flip_holm,
        "blank": line.blank,
    }
    if printed is not None:
        theirs |= {
            "printed_mean_difference": printed.difference,
            "printed_sign_flip_p": printed.p,
            "printed_sign_flip_p_errors_off": line.errors_off,
        }
    return theirs | _effect("mean_difference", line.estimate)


def _accuracy(line: Accuracy) -> dict[str, float]:
    return {
        **{f"accuracy_{'_'.join(filter(None, key))}": value for key, value in sorted(line.by_case.items())},
        "accuracy_right_statement": line.right,
        "accuracy_wrong_statement": line.wrong,
        "accuracy_difference": line.every.value,
        **{f"accuracy_difference_{name}": value for name, value in line.parts.items()},
        "accuracy_difference_flagged_sets": line.flagged.value,
        "accuracy_difference_leak_free": line.leak_free.value,
        "accuracy_difference_leak_free_all_sets": line.leak_free_every.value,
        "pairs": line.pairs,
        "blank": line.blank,
        "pairs_in_flagged_sets": line.flagged_pairs,
        "leaked_pairs": line.leaked_pairs,
        **_effect("accuracy_difference", line.every),
        **_effect("accuracy_difference_flagged_sets", line.flagged),
        **_effect("accuracy_difference_leak_free", line.leak_free),
        **_effect("accuracy_difference_leak_free_all_sets", line.leak_free_every),
    }


def _interval(name: str, estimate: Estimate) -> dict[str, float]:
    parts = {"": estimate.value, "_low": estimate.low, "_high": estimate.high, "_items": estimate.items}
    return {f"ours_{name}{part}": value for part, value in parts.items()}


def _effect(name: str, estimate: Estimate) -> dict[str, float]:
    return _interval(name, estimate) | {f"ours_{name}_p": estimate.p, f"ours_{name}_p_holm": estimate.p_holm}


def as_dicts(found: Reproduction) -> Iterator[Mapping[str, object]]:
    """Yield the records as plain mappings, NaN as None."""
    for record in records(found):
        yield nan_to_none(record._asdict())
