"""Split a reasoning model's thinking text from its answer."""

from __future__ import annotations

import re
from typing import NamedTuple

_TAGS = "think|thinking|thought|thoughts|reason|reasoning|analysis|scratchpad|seed:think"
_CLOSED = re.compile(rf"<(?P<tag>{_TAGS})>.*?</(?P=tag)>", re.DOTALL | re.IGNORECASE)
_OPEN = re.compile(rf"<(?:{_TAGS})>", re.IGNORECASE)
_CLOSE = re.compile(rf"</(?:{_TAGS})>", re.IGNORECASE)
# Channel markup of models that write "analysis" and "final" messages one after the other.
_FINAL = re.compile(r"<\|channel\|>final<\|message\|>", re.IGNORECASE)
_CHANNEL = re.compile(r"<\|channel\|>", re.IGNORECASE)
_CONTROL = re.compile(r"<\|[a-z_]+\|>", re.IGNORECASE)


class Response(NamedTuple):
    """A response without its thinking; `finished` is False where the thinking was never closed."""

    answer: str
    thinking: str
    finished: bool


def split_thinking(text: str) -> Response:
    """Return the answer and the thinking text of a response.

    A closing tag without an opening one ends the thinking, too: templates often open it in the prompt.
    """
    if "<" not in text:
        return Response(text.strip(), "", True)
    if final := list(_FINAL.finditer(text)):
        head, tail = text[: final[-1].start()], text[final[-1].end() :]
        return Response(_CONTROL.sub(" ", tail).strip(), head.strip(), True)
    if _CHANNEL.search(text):
        return Response("", text.strip(), False)
    thoughts = [found.group(0) for found in _CLOSED.finditer(text)]
    rest = _CLOSED.sub(" ", text)
    if last := list(_CLOSE.finditer(rest)):
        thoughts.append(rest[: last[-1].end()])
        rest = rest[last[-1].end() :]
    if left := _OPEN.search(rest):
        return Response(rest[: left.start()].strip(), "\n".join([*thoughts, rest[left.start() :]]), False)
    return Response(rest.strip(), "\n".join(thoughts), True)
