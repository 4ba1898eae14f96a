"""Split a reasoning model's thinking text from its answer."""

from __future__ import annotations

import re
from typing import NamedTuple

_TAGS = "think|thinking|thought|thoughts|reason|reasoning|analysis|scratchpad|seed:think"
_TAG = re.compile(rf"<(?P<close>/?)(?:{_TAGS})>", re.IGNORECASE)
# Channel markup of models that write "analysis" and "final" messages one after the other.
_FINAL = re.compile(r"<\|channel\|>final<\|message\|>", re.IGNORECASE)
_CHANNEL = re.compile(r"<\|channel\|>", re.IGNORECASE)
_CONTROL = re.compile(r"<\|[a-z_]+\|>", re.IGNORECASE)


_OPENS = re.compile(rf"<(?:{_TAGS})>\s*\Z", re.IGNORECASE)


class Response(NamedTuple):
    """A response without its thinking; `finished` is False where the thinking was never closed."""

    answer: str
    thinking: str
    finished: bool


def opens_thinking(request: str) -> bool:
    """Return whether a request ends with an opening tag: the template began the thinking, the model goes on with it."""
    return _OPENS.search(request[-64:]) is not None


def split_thinking(text: str, *, opened: bool = False) -> Response:
    """Return the answer and the thinking text of a response; `opened` says that the request opened the thinking.

    Any closing tag ends the thinking; one that nothing opened does so, too, for all that stands before it: templates
    often open the thinking in the prompt. One pass over the text: output of any length is read in linear time.
    """
    if "<" not in text:
        return Response("", text.strip(), False) if opened else Response(text.strip(), "", True)
    if final := list(_FINAL.finditer(text)):
        head, tail = text[: final[-1].start()], text[final[-1].end() :]
        return Response(_CONTROL.sub(" ", tail).strip(), head.strip(), True)
    if _CHANNEL.search(text):
        return Response("", text.strip(), False)
    thoughts: list[str] = []
    said: list[str] = []
    start = 0
    for tag in _TAG.finditer(text):
        if tag["close"]:
            thoughts += [*([] if opened else said), text[start : tag.end()]]
            said = said if opened else []
            start, opened = tag.end(), False
        elif not opened:
            said.append(text[start : tag.start()])
            start, opened = tag.start(), True
    (thoughts if opened else said).append(text[start:])
    return Response(" ".join(said).strip(), "\n".join(filter(None, thoughts)), not opened)
