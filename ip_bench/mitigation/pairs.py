"""Preference pairs for tuning, each a conversation with an answer to prefer and one to avoid, written as they come."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.files import check_replaceable, read_record, replacing_folder, write_json
from ip_bench.mitigation.preferences import Preference
from ip_bench.release.hashing import combine, file_sha256
from ip_bench.seeds import digest

MANIFEST = "pairs.json"
RECORD = "training.json"  # of an adapter that was tuned on pairs
_CHUNK = 1_000  # pairs written at a time
Turn = dict[str, str]


class Pair(NamedTuple):
    """A conversation with two endings; what it was made of is empty where that does not apply."""

    variant: str
    prompt: list[Turn]
    chosen: list[Turn]
    rejected: list[Turn]
    identity: str = ""
    template_id: str = ""
    item_id: str = ""
    outcome: str = ""

    @property
    def pair_id(self) -> str:
        """The hash of its content."""
        return digest("pair", *self, size=32)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written."""
        return {"pair_id": self.pair_id} | self._asdict()


def turns(system: str, prompt: str) -> list[Turn]:
    """Return the turns before an answer; there is no system turn where there is no system message."""
    first = [{"role": "system", "content": system}] if system else []
    return [*first, {"role": "user", "content": prompt}]


def answer(text: str) -> list[Turn]:
    """Return the turn of an answer."""
    return [{"role": "assistant", "content": text}]


def own_system(found: Preference) -> Pair:
    """Return a pair under its own system message."""
    return Pair("own_system", turns(found.system, found.question), answer(found.chosen), answer(found.rejected))


def empty_system(found: Preference) -> Pair:
    """Return a pair without a system message."""
    return Pair("empty_system", turns("", found.question), answer(found.chosen), answer(found.rejected))


def random_identity(found: Preference) -> Pair:
    """Return a pair whose system message tells of an identity, drawn by the pair's content.

    Its wording is one of `training_templates`, so that the other ones are new to a model that was tuned.
    """
    identities = import_module("ip_bench.builders.tradeoff.identities").identities()
    told = import_module("ip_bench.builders.tradeoff.message")
    names = training_templates()
    who = identities[int(digest("identity of a pair", *found), 16) % len(identities)]
    name = names[int(digest("template of a pair", *found), 16) % len(names)]
    template = import_module("ip_bench.builders.tradeoff.templates").templates()[name]
    said = told.message(told.PLACEMENTS["identity"], template, who.phrase, who.attribute, found.question)
    return Pair(
        "random_identity", turns(said.system, said.prompt), answer(found.chosen), answer(found.rejected),
        identity=who.identity_id, template_id=name,
    )  # fmt: skip


VARIANTS: dict[str, Callable[[Preference], Pair]] = {
    "own_system": own_system,
    "empty_system": empty_system,
    "random_identity": random_identity,
}


@lru_cache(maxsize=1)
def training_templates() -> tuple[str, ...]:
    """Return the half of the templates that tuning may use; an item of ip-tradeoff meets one, so items split, too."""
    names = import_module("ip_bench.builders.tradeoff.templates").templates()
    return tuple(name for place, name in enumerate(names) if place % 2)


def used_templates(folder: Path) -> tuple[str, ...]:
    """Return the templates that pairs, or the adapter that was tuned on them, have seen.

    Raises:
        IpBenchError: for a folder that is neither.
    """
    for name, keys in ((MANIFEST, ("templates",)), (RECORD, ("pairs", "templates"))):
        if (folder / name).is_file():
            found: Any = read_record(folder / name)
            try:
                for key in keys:
                    found = found[key]
                return tuple(sorted(map(str, found)))
            except (KeyError, TypeError) as error:
                raise IpBenchError(f"{folder / name} does not say which templates were used ({error!r})") from error
    raise IpBenchError(f"{folder} has neither {MANIFEST} nor {RECORD}; name a folder of build-pairs or of train")


def of_variant(variant: str, found: Iterable[Preference]) -> Iterator[Pair]:
    """Yield the pairs of a variant; raises UnknownNameError for another one."""
    if variant not in VARIANTS:
        raise UnknownNameError("variant", variant, VARIANTS)
    return map(VARIANTS[variant], found)


def write_pairs(
    found: Iterable[Pair], out: Path, described: Callable[[], Mapping[str, Any]], *, form: str = "jsonl"
) -> dict[str, Any]:
    """Write pairs as they come into `pairs.jsonl` or `pairs.parquet` of a folder, with a manifest, and return that.

    `described` is asked, when all are written, for what the manifest says of their source. The folder appears when it
    is complete. A pair that came before is left out and counted.

    Raises:
        UnknownNameError: for another form.
        IpBenchError: where `out` holds other files, or there is no pair.
    """
    if form not in _WRITERS:
        raise UnknownNameError("form", form, _WRITERS)
    check_replaceable(out, MANIFEST)
    digests: dict[str, bytes] = {}
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("variants", "identities", "templates", "outcomes")}
    repeated = 0
    with replacing_folder(out) as draft:
        file = draft / f"pairs.{form}"
        with _WRITERS[form](file) as write:
            for one in found:
                if (name := one.pair_id) in digests:
                    repeated += 1
                    continue
                digests[name] = bytes.fromhex(name)
                values = (one.variant, one.identity, one.template_id, one.outcome)
                for counter, value in zip(counts.values(), values, strict=True):
                    counter[value] += 1
                write(one.to_dict())
        if not digests:
            raise IpBenchError(f"there is no pair to write into {out.name}: {dict(described())}")
        manifest = {
            "pairs": len(digests), "repeated": repeated, "content_hash": combine(digests), "file": file.name,
            "sha256": file_sha256(file), **{name: dict(sorted(own.items())) for name, own in counts.items()},
            **described(),
        }  # fmt: skip
        for name in ("identities", "templates", "outcomes"):
            manifest[name].pop("", None)
        write_json(draft / MANIFEST, manifest)
    return manifest


@contextmanager
def _jsonl(file: Path) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    with file.open("w", encoding="utf-8", errors="backslashreplace") as out:

        def write(record: Mapping[str, Any]) -> None:
            out.write(json.dumps(record, ensure_ascii=False) + "\n")

        yield write


@contextmanager
def _parquet(file: Path) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = pa.string()
    said = pa.list_(pa.struct([("role", text), ("content", text)]))
    kinds = {"prompt": said, "chosen": said, "rejected": said}
    schema = pa.schema([(name, kinds.get(name, text)) for name in ("pair_id", *Pair._fields)])
    waiting: list[Mapping[str, Any]] = []
    with pq.ParquetWriter(file, schema) as out:

        def write(record: Mapping[str, Any]) -> None:
            waiting.append(record)
            if len(waiting) == _CHUNK:
                flush()

        def flush() -> None:
            out.write_table(pa.Table.from_pylist([dict(one) for one in waiting], schema=schema))
            waiting.clear()

        yield write
        flush()


_WRITERS = {"jsonl": _jsonl, "parquet": _parquet}
