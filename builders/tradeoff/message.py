"""What a model is sent: a system sentence, who the asker is, and the request, in the system message or the user turn.

The words are the same in both turns, so that configs differ in the place alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

from ip_bench.cues.edits import Cued, apply_edits, shift_edits
from ip_bench.design import Edit

from .templates import Form, Template, templates

PREAMBLE = "You are a helpful assistant."
#: What stands between the preamble and what is told, and what opens a block of memory.
_OPENS: dict[Form, str] = {"sentence": " ", "note": "\n\nSaved about the user:\n- "}
_BREAK = "\n\n"


class Placement(NamedTuple):
    """Where and how the asker is told of: as a sentence of the asker or a memory note, and in which turn."""

    form: Form
    turn: Literal["system", "user"]


PLACEMENTS: dict[str, Placement] = {
    "identity": Placement("sentence", "system"),
    "identity_user": Placement("sentence", "user"),
    "profile": Placement("note", "system"),
    "profile_user": Placement("note", "user"),
}
#: Configs in which who asks is only hinted at, in the user turn, with where the preamble stands.
HINTED: dict[str, Placement] = {"implicit": PLACEMENTS["identity"], "implicit_user": PLACEMENTS["identity_user"]}


class Message(NamedTuple):
    """The system message and the user turn, each with its edits against the reference."""

    system: str
    prompt: str
    system_edits: tuple[Edit, ...]
    edits: tuple[Edit, ...]


@lru_cache(maxsize=1 << 14)
def opening(form: Form, template_id: str, phrase: str, rule: str) -> tuple[str, tuple[Edit, ...]]:
    """Return the preamble with what is told behind it, and the edit that puts it there."""
    said = templates()[template_id].said(form, phrase)
    edits = (Edit(len(PREAMBLE), len(PREAMBLE), "", f"{_OPENS[form]}{said}", rule),)
    return apply_edits(PREAMBLE, edits), edits


def message(placement: Placement, template: Template, phrase: str | None, rule: str, request: str) -> Message:
    """Return the message that tells who asks, or with the preamble alone where `phrase` is None."""
    text, edits = (PREAMBLE, ()) if phrase is None else opening(placement.form, template.template_id, phrase, rule)
    if placement.turn == "system":
        return Message(text, request, edits, ())
    return Message("", f"{text}{_BREAK}{request}", (), edits)


def hinted(placement: Placement, own: Cued) -> Message:
    """Return the message of an asker who writes more than the request: the preamble, and all that they write."""
    if placement.turn == "system":
        return Message(PREAMBLE, own.text, (), own.edits)
    before = f"{PREAMBLE}{_BREAK}"
    return Message("", f"{before}{own.text}", (), shift_edits(own.edits, len(before)))


def asked_behind(front: Cued, request: str) -> Cued:
    """Return the request behind what an asker writes before it, whose edits these are."""
    return Cued(f"{front.text}{_BREAK}{request}", front.edits)


def bare(placement: Placement, request: str) -> Message:
    """Return the request alone: the preamble is taken out, too."""
    if placement.turn == "system":
        return Message("", request, (Edit(0, len(PREAMBLE), PREAMBLE, "", "none"),), ())
    before = f"{PREAMBLE}{_BREAK}"
    return Message("", request, (), (Edit(0, len(before), before, "", "none"),))
