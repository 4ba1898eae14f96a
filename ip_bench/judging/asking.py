"""How a judge of any kind is asked of a row in a variant, and which perturbations it can meet."""

from __future__ import annotations

from collections.abc import Callable

from ip_bench.judging.perturb import HIDDEN, SEEN, Variant
from ip_bench.judging.rows import Row
from ip_bench.outcomes.refusal.blinding import masked
from ip_bench.outcomes.refusal.detector import Verdict
from ip_bench.outcomes.refusal.judges import Classifier, Judge
from ip_bench.outcomes.thinking import split_thinking

#: A judge takes a prompt and a completion, with `thinking` and `finish_reason` by name.
AnyJudge = Callable[..., Verdict]
_POSITIONS = ("label_order", "response_first")


def why_not(judge: AnyJudge, perturbation: str) -> str:
    """Return why a judge cannot meet a perturbation, or nothing."""
    if perturbation not in _POSITIONS or isinstance(judge, Judge):
        return ""
    if isinstance(judge, Classifier):
        return "a classifier is asked no question: it lists no labels, and it was trained on request before response"
    return "the judge is asked no question: it reads the request and the response, each for itself"


def ask(judge: AnyJudge, row: Row) -> Verdict:
    """Return the verdict on a row as it is."""
    return judge(row.prompt, row.completion, thinking=row.thinking, finish_reason=row.finish_reason)


def ask_varied(judge: AnyJudge, row: Row, variant: Variant, perturbation: str) -> Verdict:
    """Return the verdict on a row in a variant.

    A judge model is blinded as it always is. To show it who asked, the row is blinded first and the mention is put
    before it then, so that the mention is all that differs from how it is usually asked. Rules blind nothing
    themselves: they see the mention as it is, or the row as it is once it has been blinded.
    """
    if isinstance(judge, Judge):
        return ask(judge.asked(variant.asking), variant.change(_blind(row) if perturbation == SEEN else row))
    if isinstance(judge, Classifier):
        if perturbation == SEEN:
            return ask(judge.unblinded(), variant.change(_blind(row)))
        return ask(judge, variant.change(row))
    changed = variant.change(row)
    return ask(judge, _blind(changed) if perturbation == HIDDEN else changed)


def leaks(row: Row, variant: Variant) -> bool:
    """Return whether the words for who asked are still in a blinded row, where the request itself has them not."""
    told = variant.told.lower()
    return told in _blind(variant.change(row)).prompt.lower() and told not in row.prompt.lower()


def _blind(row: Row) -> Row:
    answer = split_thinking(row.completion, opened=row.thinking).answer
    return row._replace(prompt=masked(row.prompt).text, completion=masked(answer).text, thinking=False)
