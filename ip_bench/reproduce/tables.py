"""The reproduction as tables for a terminal: theirs on the left, ours on the right."""

from __future__ import annotations

import math

from rich.console import Console
from rich.markup import escape

from ip_bench.effects.family import holm
from ip_bench.report.words import visible
from ip_bench.reproduce.case_b import Difference
from ip_bench.reproduce.case_c import Accuracy
from ip_bench.reproduce.grid import Column, decimal, ends, flat, ours, p_value, show_table, stacked, theirs
from ip_bench.reproduce.interval import ALPHA
from ip_bench.reproduce.jin2024 import Reproduction
from ip_bench.reproduce.jin2024_data import CASES

MODEL = Column("\nmodel", "")
HOLM = "p of the column before, by Holm over all lines of this table"


def show(found: Reproduction, console: Console) -> None:
    """Print a table a case, each column explained below it, and the notes."""
    for table in (_objective, _subjective, _essays, _accuracy, _accuracies):
        table(found, console)
    if found.notes:
        console.print("Notes on the data", style="bold")
    for note in found.notes:
        console.print(f"- {escape(visible(note))}", highlight=False)


def _objective(found: Reproduction, console: Console) -> None:
    columns = [
        Column("model\npairs", "below the model: pairs of answers to a British and an American prompt, all of them"),
        theirs("mean", "mean similarity (g - 1) / 4 of judged grades g; an unparsed reply counts -0.5"),
        theirs("> .8", "share of pairs above .8, which is grade 5"),
        theirs("binom. p", "exact binomial test of that share against .5, two-sided: small p shows similarity"),
        ours("different prompts", "mean similarity where the two prompts are different texts, 95% t interval"),
        ours("> .8", "share above .8 of the same pairs, 95% Wilson interval"),
        ours("noise floor", "mean distance 1 - s where both prompts are the same text (n pairs), 95% interval"),
        ours("beyond floor", "mean distance of different prompts minus the floor: the effect of the cue, 95%"),
        ours("Holm p", HOLM),
    ]
    rows = [
        [
            f"{line.model}\n{line.theirs.n}", decimal(line.theirs.mean), decimal(line.theirs.share),
            p_value(line.theirs.binomial_p), stacked(line.similarity), stacked(line.share),
            stacked(line.floor, f" ({line.floor.items})"), stacked(line.distance),
            p_value(line.distance.p_holm),
        ]
        for line in found.objective
    ]  # fmt: skip
    show_table(
        console, "Case A, objective: similarity of answers to British and American prompts (0 to 1)", columns, rows
    )


def _subjective(found: Reproduction, console: Console) -> None:
    columns = [
        MODEL,
        theirs("questions", "questions with a score for both countries"),
        theirs("mean", "mean of 1 - |uk - us|, where uk and us are agreement with that country's survey"),
        theirs("> .8", "share of questions above .8"),
        theirs("binom. p", "the objective part's test applied here: small p shows similarity"),
        ours("mean", "the same mean, 95% t interval over questions"),
        ours("UK minus US", "mean of uk - us with its sign, paired by question, 95% t interval"),
        ours("Holm p", HOLM),
        ours("floor", "none: no question was asked twice with the same prompt"),
    ]
    rows = [
        [
            line.model, str(line.theirs.n), decimal(line.theirs.mean), decimal(line.theirs.share),
            p_value(line.theirs.binomial_p), flat(line.similarity), flat(line.difference, signed=True),
            p_value(line.difference.p_holm), "n/a",
        ]
        for line in found.subjective
    ]  # fmt: skip
    show_table(console, "Case A, subjective: agreement with the survey of each country (0 to 1)", columns, rows)


def _essays(found: Reproduction, console: Console) -> None:
    columns = [
        MODEL,
        Column(
            "\npair",
            "the first dialect's score minus the second's; SAE standard, ESL second-language, AAE African-American",
        ),
        theirs("differ.", "mean paired difference of essay scores over prompts"),
        theirs("flip p", "sign-flip p that 1,000 draws give most often, #/1000 without the + 1, so it can be 0"),
        theirs(
            "printed",
            "the p that they printed, from 1,000 draws of theirs; a note says where a printed difference is another",
        ),
        theirs("off", "printed p minus exact p, in standard errors of 1,000 draws; beyond 3 is not reproduced"),
        ours(
            "95% interval", "t interval of the same mean, prompts as clusters; no noise floor: no prompt was repeated"
        ),
        ours("exact p", "the sign-flip p over all patterns of signs, no draws"),
        ours("Holm 1", "the exact p by Holm over all lines of this table"),
        ours("t p", "p of the interval"),
        ours("Holm 2", "the t p by Holm over all lines of this table"),
    ]
    rows = [_essay_row(line) for line in found.essays]
    show_table(console, "Case B: essay scores by dialect of the prompt (points of the score)", columns, rows)
    if found.essays:
        printed = [line.printed.p for line in found.essays if line.printed]
        shares = {
            "printed sign flips": list(zip(printed, holm(printed), strict=True)),
            "exact sign flips": [(line.sign_flip_exact, line.sign_flip_holm) for line in found.essays],
            "t intervals": [(line.estimate.p, line.estimate.p_holm) for line in found.essays],
        }
        for name, ps in shares.items():
            low, kept = (sum(p[k] < ALPHA for p in ps) for k in (0, 1))
            console.print(f"  {name}: {low} of {len(ps)} tests have p < {ALPHA}, {kept} survive Holm", highlight=False)
        console.print()


def _essay_row(line: Difference) -> list[str]:
    printed = line.printed
    return [
        line.model, line.pair, decimal(line.estimate.value, signed=True), decimal(line.sign_flip_likeliest),
        decimal(printed.p) if printed else "", decimal(line.errors_off, 1, signed=True) if printed else "",
        ends(line.estimate, signed=True), p_value(line.sign_flip_exact), p_value(line.sign_flip_holm),
        p_value(line.estimate.p), p_value(line.estimate.p_holm),
    ]  # fmt: skip


def _accuracy(found: Reproduction, console: Console) -> None:
    columns = [
        MODEL,
        theirs("right", "accuracy after a right statement of the user, all question sets, both domains"),
        theirs("wrong", "accuracy after a wrong statement"),
        theirs("differ.", "right minus wrong, in points"),
        ours("95% interval", "t interval of the same difference, an item's two domains as one cluster"),
        ours("Holm p", HOLM),
        ours("flagged sets", "the difference in the question sets whose leaks of the gold answer are listed"),
        ours("leaked", "pairs there of which a statement has the gold answer"),
        ours("leak-free", "the difference over the other pairs of those sets"),
        ours("Holm p", HOLM),
    ]
    show_table(
        console, "Case C: accuracy after the user's statement (points)", columns, [_points(x) for x in found.accuracy]
    )


def _points(line: Accuracy) -> list[str]:
    return [
        line.model, decimal(line.right, 1), decimal(line.wrong, 1), decimal(line.every.value, 1, signed=True),
        ends(line.every, signed=True, digits=1), p_value(line.every.p_holm),
        stacked(line.flagged, signed=True, digits=1), f"{line.leaked_pairs}\nof {line.flagged_pairs}",
        stacked(line.leak_free, signed=True, digits=1), p_value(line.leak_free.p_holm),
    ]  # fmt: skip


def _accuracies(found: Reproduction, console: Console) -> None:
    datasets = sorted({dataset for line in found.accuracy for _, dataset in line.by_case if dataset})
    columns = [
        MODEL,
        Column("\ncase", "CF, WF: a right, a wrong statement; SD, FD: of the question's domain, of another"),
        *(theirs(visible(name), "") for name in datasets),
        theirs("all", "percentage correct by question set, and over all items"),
    ]
    rows = [
        [line.model if case == CASES[0] else "", case]
        + [decimal(line.by_case.get((case, dataset), math.nan), 1) for dataset in [*datasets, ""]]
        for line in found.accuracy
        for case in CASES
    ]
    show_table(console, "Case C: accuracies (percent)", columns, rows)
