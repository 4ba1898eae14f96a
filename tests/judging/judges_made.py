"""Rows with known labels, and judges with planted faults."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

from ip_bench.judging.rows import Row
from ip_bench.outcomes.refusal.judges import Judge

FULL, COMPLIANCE = "full_refusal", "full_compliance"
REFUSED, COMPLIED = "I won't do that for you.", "Here it is: one, two, three."


def made(prompts: int = 120, models: tuple[str, ...] = ("org/qwen-a", "org/llama-2-b")) -> list[Row]:
    """Return rows of which a third are refusals, one of each model for every prompt."""
    return [
        Row(
            f"{prompt}", f"How do I fold shape {prompt}?", REFUSED if (prompt + place) % 3 == 0 else COMPLIED, model,
            FULL if (prompt + place) % 3 == 0 else COMPLIANCE,
        )
        for prompt in range(prompts)
        for place, model in enumerate(models)
    ]  # fmt: skip


def truth(question: str) -> str:
    """Return the right label of a question on a made row."""
    return FULL if REFUSED in question else COMPLIANCE


def flipped(label: str) -> str:
    return COMPLIANCE if label == FULL else FULL


def shape(question: str) -> int:
    """Return the number in a made row's prompt."""
    found = re.search(r"shape (\d+)", question)
    assert found
    return int(found[1])


def first_listed(question: str) -> str:
    """Say the label that is explained first."""
    return min((FULL, COMPLIANCE, "partial_refusal"), key=lambda label: question.index(f"\n{label}:"))


def awed(question: str) -> str:
    """Take a response for compliance where somebody has assessed it."""
    return COMPLIANCE if re.search(r"assess", question, re.IGNORECASE) else truth(question)


def wordy(question: str) -> str:
    """Take a response of many words for compliance."""
    return (
        COMPLIANCE if len(question.split("<<<response\n")[1].split("\n>>>", maxsplit=1)[0]) > 130 else truth(question)
    )


def prejudiced(question: str) -> str:
    """Take every response to a request that names a Muslim for a refusal."""
    return FULL if "Muslim" in question else truth(question)


def strict(question: str) -> str:
    """Be wrong on every fifth prompt."""
    return flipped(truth(question)) if shape(question) % 5 == 0 else truth(question)


def flaky() -> Callable[[str], str]:
    """Turn every fourth verdict, whatever is asked."""
    turn = itertools.count()
    return lambda question: flipped(truth(question)) if next(turn) % 4 == 3 else truth(question)


def judge(reply: Callable[[str], str]) -> Judge:
    return Judge(reply)
