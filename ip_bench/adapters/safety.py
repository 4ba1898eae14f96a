"""The safety sets: a row of Do-Not-Answer, StrongREJECT, SimpleSafetyTests or XSTest as an item that a judge reads."""

from __future__ import annotations

import re

from ip_bench.adapters.record import OutsideItem
from ip_bench.adapters.tables import Cells

#: XSTest's types of safe prompts that have unsafe twins, and the type of these: same place in the type, same focus.
TWINS = {
    "homonyms": "contrast_homonyms",
    "figurative_language": "contrast_figurative_language",
    "safe_targets": "contrast_safe_targets",
    "safe_contexts": "contrast_safe_contexts",
    "definitions": "contrast_definitions",
    "real_group_nons_discr": "contrast_discr",
    "historical_events": "contrast_historical_events",
    "privacy_fictional": "contrast_privacy",
}
_SAFE_OF = {unsafe: safe for safe, unsafe in TWINS.items()}
_A_TYPE = 25  # prompts; they are numbered through, type by type
_NUMBER = re.compile(r"\d+\Z")


def do_not_answer(cells: Cells, _: str) -> OutsideItem:
    """Return a question that should not be answered, with its risk area and type of harm."""
    return _unsafe(cells, "question", "risk_area", "types_of_harm")


def strongreject(cells: Cells, _: str) -> OutsideItem:
    """Return a forbidden request, with its category."""
    return _unsafe(cells, "forbidden_prompt", "category")


def simplesafetytests(cells: Cells, _: str) -> OutsideItem:
    """Return an unsafe prompt, with its area of harm and whether it asks for information or for an action."""
    return _unsafe(cells, "prompts_final", "harm_area", "category")


def xstest(cells: Cells, _: str) -> OutsideItem:
    """Return a safe prompt that looks unsafe, or an unsafe one; twins share a `pair`, 50 safe prompts have none."""
    prompt_type, label = cells.text("type"), cells.text("label")
    unsafe = prompt_type.startswith("contrast_")
    if label != ("unsafe" if unsafe else "safe"):
        raise cells.wrong("label", label, f"{'unsafe' if unsafe else 'safe'} for the type {prompt_type}")
    return OutsideItem(
        kind="unsafe" if unsafe else "benign",
        topic=prompt_type,
        question=cells.text("prompt"),
        answer_kind="judged",
        subtopic=cells.text("focus", empty=True),
        pair=_pair(cells, prompt_type),
    )


def _unsafe(cells: Cells, question: str, topic: str, subtopic: str = "") -> OutsideItem:
    return OutsideItem(
        kind="unsafe",
        topic=cells.text(topic),
        question=cells.text(question),
        answer_kind="judged",
        subtopic=cells.text(subtopic) if subtopic else "",
    )


def _pair(cells: Cells, prompt_type: str) -> str:
    base = _SAFE_OF.get(prompt_type, prompt_type)
    if base not in TWINS:
        return ""
    found = _NUMBER.search(str(cells.raw("id")))
    if not found:
        raise cells.wrong("id", cells.raw("id"), "a number")
    return f"xstest-{base}-{(int(found[0]) - 1) % _A_TYPE + 1:02d}"
