"""Randomness that derives from content: the same names give the same numbers on any machine."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring as _string
from typing import Any

import numpy as np

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
#: How a part of exactly this type is written, which most are; a build asks for half a million digests.
_PLAIN: dict[type, Callable[[Any], str]] = {str: _string, int: repr}


def digest(*parts: object, size: int = 16) -> str:
    """Return the hex blake2b digest (`size` bytes) of the parts as canonical JSON."""
    return hashlib.blake2b(_text(parts), digest_size=size).hexdigest()


def digests(head: tuple[object, ...], tails: Iterable[bytes], size: int = 16) -> list[str]:
    """Return `digest(*head, *parts)` for the parts of each `tail`; the head, one part or more, is hashed once."""
    begun = hashlib.blake2b(_text(head)[:-1], digest_size=size).copy
    found = []
    for one in tails:
        whole = begun()
        whole.update(one)
        found.append(whole.hexdigest())
    return found


def tail(*parts: object) -> bytes:
    """Return the last parts of a digest, one or more, as `digests` takes them."""
    return b"," + _text(parts)[1:]


def rng(*parts: object) -> random.Random:
    """Return a `random.Random` that depends on the parts alone."""
    return random.Random(int(digest(*parts, size=16), 16))  # noqa: S311  (not for secrets)


def generator(*parts: object) -> np.random.Generator:
    """Return a numpy `Generator` that depends on the parts alone."""
    return np.random.default_rng(int(digest(*parts, size=16), 16))


def unit(*parts: object) -> float:
    """Return a number in [0, 1) that depends on the parts alone."""
    return int(digest(*parts, size=8), 16) / 2**64


def _text(parts: tuple[object, ...]) -> bytes:
    try:
        text = f"[{','.join([_PLAIN[type(part)](part) for part in parts])}]"
    except KeyError:
        text = _encode(parts)
    return text.encode("utf-8")
