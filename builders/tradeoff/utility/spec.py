"""A specification of a function to write: its text with parameters, a reference implementation, and its inputs."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

Inputs = Callable[[random.Random], tuple[Any, ...]]
Reference = Callable[..., Any]


class Spec(NamedTuple):
    """What a function is to do.

    `text` has a place for each of the `parameters`, whose values are drawn; `reference` takes the arguments of the
    function and then the parameters by name; `inputs` draws the arguments of one test.
    """

    name: str
    arguments: str
    text: str
    inputs: Inputs
    parameters: Mapping[str, Sequence[Any]]
    reference: Reference


def spec(arguments: str, text: str, inputs: Inputs, **parameters: Sequence[Any]) -> Callable[[Reference], Spec]:
    """Return a decorator that makes the specification of a reference implementation, named as it is."""

    def made(reference: Reference) -> Spec:
        return Spec(reference.__name__, arguments, text, inputs, parameters, reference)

    return made


def whole(low: int, high: int, count: int = 1) -> Inputs:
    """Return a drawer of `count` whole numbers as arguments."""
    return lambda rng: tuple(rng.randint(low, high) for _ in range(count))


def numbers(low: int, high: int, lengths: tuple[int, int] = (0, 12)) -> Inputs:
    """Return a drawer of one list of whole numbers."""
    return lambda rng: ([rng.randint(low, high) for _ in range(rng.randint(*lengths))],)


def texts(letters: str, words: tuple[int, int] = (0, 6), longest: int = 7) -> Inputs:
    """Return a drawer of one text of made-up words with single spaces between them."""
    return lambda rng: (" ".join(_word(rng, letters, longest) for _ in range(rng.randint(*words))),)


def words(letters: str, count: tuple[int, int] = (0, 8), longest: int = 7) -> Inputs:
    """Return a drawer of one list of made-up words."""
    return lambda rng: ([_word(rng, letters, longest) for _ in range(rng.randint(*count))],)


def _word(rng: random.Random, letters: str, longest: int) -> str:
    return "".join(rng.choice(letters) for _ in range(rng.randint(1, longest)))
