"""Where the rows of a dataset come from: the sources of their content, and what their draws derive from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Literal

from ip_bench.release.hashing import combine

Function = Literal["digest", "unit", "rng", "generator"]
#: How a draw is made of its parts (`ip_bench/seeds.py`).
FUNCTIONS: dict[Function, str] = {
    "digest": "hex blake2b-128 of the parts as a JSON array, UTF-8, no spaces",
    "unit": "blake2b-64 of the same text as a number, divided by 2^64",
    "rng": "Python's Mersenne Twister, seeded with the 128 bits of digest as a number",
    "generator": "numpy's PCG64, seeded with the 128 bits of digest as a number, for uniform numbers alone",
}
_ALWAYS = {"digest", "unit", "rng"}


@dataclass(frozen=True, slots=True)
class Seed:
    """A draw: what it decides, the function of `ip_bench.seeds` that makes it, and the parts that it is made of.

    A part is a word as it is, or in braces the name of what stands there: `("split", "{item_id}")`.
    """

    decides: str
    function: Function
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What rows of some configs are taken from: its name, what was taken, its revision, license and address.

    `revision` names the one that was used: a commit, a tag, an edition, or `blake2b:` with the hash of the files.
    `revision` and `url` are None where the source has none.
    """

    name: str
    taken: str
    license: str
    configs: tuple[str, ...]
    revision: str | None = None
    url: str | None = None


def functions_of(seeds: Mapping[str, Iterable[Seed]]) -> dict[str, str]:
    """Return how draws are made, which a manifest repeats so that they can be made elsewhere.

    `seeds` are those of each config. The three functions on which all others stand are always there.
    """
    used = _ALWAYS | {seed.function for own in seeds.values() for seed in own}
    return {name: how for name, how in FUNCTIONS.items() if name in used}


def files_revision(files: Iterable[Traversable]) -> str:
    """Return the revision of content files: `blake2b:` and the hash over the hashes of their bytes, sorted by name."""
    digests = {file.name: hashlib.blake2b(file.read_bytes(), digest_size=32).digest() for file in files}
    return f"blake2b:{combine(digests)}"
