"""What stands before the request in each arm of the implicit configs: a greeting with a name, and an opener.

A hint is in one of the two, never in the request, so what is asked is the same to the letter in every arm.
"""

from __future__ import annotations

import re
from functools import lru_cache
from random import Random

from ip_bench.cues import placebos
from ip_bench.cues.asker.content import rows
from ip_bench.cues.asker.names import frames
from ip_bench.cues.asker.sentences import Sentence, neutral_sentence, sentences
from ip_bench.cues.dialect.kept import not_kept
from ip_bench.cues.dialect.words import read_words
from ip_bench.cues.edits import Cued, apply_edits, shift_edits
from ip_bench.cues.families import cue
from ip_bench.design import Cell, Edit
from ip_bench.errors import ContentError
from ip_bench.seeds import rng

from .implicit import SENTENCE, TYPO, VOICES
from .openers import openers
from .provenance import DATASET
from .signers import GROUP_OF, signer

#: The greetings of the names family that fit a full name and a first message.
GREETINGS: dict[str, str] = {
    frame.frame_id: frame.text for frame in frames("greeting") if frame.frame_id in {"g1", "g2", "g3", "g5"}
}
_SLANG = "slang"
_GENERATION = "2020s"
_TRIED = 20
_LONG = re.compile(r"[a-z]{6,}")


def front(arm: str, cell: Cell) -> Cued:
    """Return what stands before the request in an arm and a cell, with its edits against the reference's."""
    greeting, name, opener = _greeting(cell), signer(cell.realization_id, "reference"), openers()[cell.template_id]
    before, at = greeting.replace("{name}", name), greeting.index("{name}")
    edits: tuple[Edit, ...] = ()
    if arm in GROUP_OF:
        edits = (Edit(at, at + len(name), name, signer(cell.realization_id, arm), f"names:{GROUP_OF[arm]}"),)
    elif arm in VOICES or arm.startswith(TYPO):
        made = _turned(arm, cell) if arm in VOICES else _slips(arm.removeprefix(TYPO), cell)
        edits = shift_edits(made.edits, len(before))
    elif arm in {_SLANG, SENTENCE}:
        said = _slang(cell) if arm == _SLANG else _neutral(cell)
        rule = f"{_SLANG}:{_GENERATION}" if arm == _SLANG else "sentence"
        edits = (Edit(len(before), len(before), "", f"{said} ", rule),)
    return Cued(apply_edits(f"{before}{opener}", edits), edits)


@lru_cache(maxsize=1)
def slang() -> tuple[Sentence, ...]:
    """Return the slang of today, less what began in a culture that is another hint."""
    marked = {row["text"] for row in rows(_SLANG) if "began in" in row["note"]}
    return tuple(one for one in sentences(_SLANG, _GENERATION) if one.text not in marked)


def _greeting(cell: Cell) -> str:
    return list(GREETINGS.values())[int(cell.realization_id[1:]) % len(GREETINGS)]


def _draw(cell: Cell, *parts: object) -> Random:
    return rng(DATASET, "implicit", *cell, *parts)


@lru_cache(maxsize=4096)
def _turned(voice: str, cell: Cell) -> Cued:
    family, level = VOICES[voice]
    return cue(family, level)(openers()[cell.template_id], _draw(cell, voice))


@lru_cache(maxsize=4096)
def _slips(voice: str, cell: Cell) -> Cued:
    """Return the opener with as many typing slips as a voice makes edits, beside them; none makes another word.

    Raises:
        ContentError: for an opener in which none can be made.
    """
    text, edits = openers()[cell.template_id], _turned(voice, cell).edits
    spans, words = [(edit.start, edit.end) for edit in edits], read_words().known
    for attempt in range(_TRIED):
        made = placebos.typo(text, _draw(cell, voice, "typo", attempt), len(edits), spans)
        another = any(edit.after in words for edit in made.edits)
        if len(made.edits) == len(edits) and not another and not not_kept(text, made):
            return made
    raise ContentError(f"opener {cell.template_id} has no {len(edits)} typing slips that keep what it says: {text!r}")


def _slang(cell: Cell) -> str:
    return slang()[int(cell.template_id[1:]) % len(slang())].text


@lru_cache(maxsize=4096)
def _neutral(cell: Cell) -> str:
    """Return a neutral sentence of the size of the cell's slang, which speaks of nothing that its opener does.

    Raises:
        ContentError: where there is none.
    """
    said, opener = _slang(cell), openers()[cell.template_id]
    for attempt in range(_TRIED):
        found = neutral_sentence(len(said), len(said.split()), _draw(cell, "sentence", attempt))
        if set(_LONG.findall(found)).isdisjoint(_LONG.findall(opener)):
            return found
    raise ContentError(f"opener {cell.template_id} speaks of what each neutral sentence of its length does: {opener!r}")
