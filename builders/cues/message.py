"""The message of an asker: a lead-in whose slots carry the cue, and the item's question, which never does."""

from __future__ import annotations

from functools import lru_cache

from ip_bench.cues import placebos
from ip_bench.cues.edits import Cued, apply_edits
from ip_bench.cues.lexicon import LOCALES
from ip_bench.cues.matcher import Matcher
from ip_bench.design import Arm, Cell, Edit, Item
from ip_bench.seeds import rng

from .content import Content, load

DATASET = "ip-cues"

ARMS: tuple[Arm, ...] = (
    Arm("reference", "reference", "neutral"),
    Arm("repeat", "repeat", "neutral"),
    *(Arm(locale, "treatment", "locale", locale) for locale in LOCALES),
    Arm("placebo_typo", "placebo", "typo"),
    Arm("placebo_spacing", "placebo", "spacing"),
    Arm("placebo_synonym", "placebo", "synonym"),
    Arm("placebo_signoff", "placebo", "signoff"),
    *(Arm(f"explicit_{locale}", "explicit", "explicit", locale) for locale in LOCALES),
)


def lead_in(content: Content, cell: Cell) -> str:
    """Return the neutral lead-in sentence of a cell: its template filled with its block's neutral words."""
    phrases = [slot.phrase.replace("{w}", slot.neutral) for slot in content.blocks[cell.realization_id]]
    text = content.templates[cell.template_id]
    for number, phrase in enumerate(phrases, 1):
        text = text.replace(f"{{{number}}}", phrase)
    return text[0].upper() + text[1:]


@lru_cache(maxsize=1024)
def _words(block: str, column: str) -> Matcher:
    slots = load().blocks[block]
    chosen = {slot.neutral: slot.synonym if column == "synonym" else slot.forms[column] for slot in slots}
    return Matcher(chosen, rule=column)


@lru_cache(maxsize=65536)
def _cued_lead_in(cell: Cell, column: str) -> Cued:
    return _words(cell.realization_id, column).apply(lead_in(load(), cell))


def message(item: Item, arm: Arm, cell: Cell) -> Cued:
    """Return the asker's message in an arm, with its edits against the reference message."""
    content = load()
    neutral = lead_in(content, cell)
    question = f" {item.question}"
    order = list(content.blocks).index(cell.realization_id)
    if arm.family in {"locale", "synonym"}:
        lead, edits = _cued_lead_in(cell, arm.locale or "synonym")
        return Cued(lead + question, edits)
    if arm.family in {"typo", "spacing"}:
        # The same places as the locale cue has, so that a placebo differs in what it says, not in where it stands.
        spans = [(edit.start, edit.end) for edit in _cued_lead_in(cell, "synonym").edits]
        make = placebos.typo if arm.family == "typo" else placebos.spacing
        draw = rng(DATASET, item.item_id, cell.realization_id)
        lead, edits = make(neutral, draw, len(spans), spans)
        return Cued(lead + question, edits)
    if arm.family == "signoff":
        signs = list(content.signoffs.values())
        return placebos.signoff(neutral + question, signs[order % len(signs)])
    if arm.family == "explicit":
        texts = list(content.statements.values())
        said = texts[order % len(texts)].format(place=content.places[str(arm.locale)])
        edits = (Edit(0, 0, "", f"{said} ", "explicit"),)
        return Cued(apply_edits(neutral + question, edits), edits)
    return Cued(neutral + question, ())
