"""Which rows of a full cross stand in which file; decided by what is asked for, never by who does the work."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from ip_bench._version import __version__
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.release.crossing import Cross
from ip_bench.release.recipes import crossing, recipe
from ip_bench.seeds import digest

#: About how many rows a file has; whole items, and one at least.
SHARD_ROWS = 200_000


class Shard(NamedTuple):
    """A file: the items `start` to `stop` (left out) of a config's split, in every cell."""

    file: str
    config: str
    split: str
    start: int
    stop: int
    rows: int

    @property
    def receipt(self) -> str:
        """The file that says what the shard holds; in a folder of its own, for readers take a folder as a table."""
        return f"receipts/{self.file.removesuffix('.parquet')}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All files of a cross, and all that their content depends on.

    `arguments` are those of `Crossing.cross`, `content` is each config's `Cross.fingerprint`; `hash` is of all fields.
    """

    dataset: str
    version: str
    builder_version: str
    configs: tuple[str, ...]
    splits: tuple[str, ...]
    arguments: Mapping[str, Any]
    shard_rows: int
    content: Mapping[str, str]
    shards: tuple[Shard, ...]
    hash: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hash", digest(self._fields(), size=32))

    def to_dict(self) -> dict[str, Any]:
        """Return the record that `plan.json` holds."""
        return {**self._fields(), "hash": self.hash}

    def _fields(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in self.__slots__ if name not in {"hash", "shards"}},
            "configs": list(self.configs),
            "splits": list(self.splits),
            "arguments": dict(self.arguments),
            "content": dict(self.content),
            "shards": [shard._asdict() for shard in self.shards],
        }


@lru_cache(maxsize=4)
def cross_of(dataset: str, config: str, arguments: str) -> tuple[Cross[Any, Any], str]:
    """Return a config's cross and its fingerprint; `arguments` are those of `Crossing.cross` as JSON."""
    cross = crossing(dataset).cross(config, **json.loads(arguments))
    return cross, cross.fingerprint()


def planned(
    dataset: str,
    configs: Sequence[str] | None = None,
    *,
    splits: Sequence[str] | None = None,
    templates: Sequence[str] | None = None,
    intersect: Sequence[str] = (),
    shard_rows: int = SHARD_ROWS,
) -> Plan:
    """Return the plan of a cross: of all configs and splits where none are named, in the dataset's order.

    Raises:
        UnknownNameError: for a dataset, config, split, template or identity that does not exist.
        IpBenchError: for a number of rows below 1, and where no config, split or template is left.
    """
    made, known = recipe(dataset), crossing(dataset)
    if shard_rows < 1:
        raise IpBenchError(f"shard_rows is {shard_rows}; it must be 1 or more")
    for argument, named in {"configs": configs, "splits": splits, "templates": templates}.items():
        if named is not None and not named:
            raise IpBenchError(f"{argument} is empty; name one or more, or leave it out for all")
    arguments: dict[str, Any] = {
        "templates": None if templates is None else list(dict.fromkeys(templates)),
        "intersect": list(dict.fromkeys(intersect)),
    }
    chosen = _chosen("config", configs, known.CONFIGS, dataset)
    parts = _chosen("split", splits, made.SPLITS, dataset)
    crosses = {config: cross_of(dataset, config, json.dumps(arguments)) for config in chosen}
    return Plan(
        dataset=dataset,
        version=made.VERSION,
        builder_version=__version__,
        configs=chosen,
        splits=parts,
        arguments=arguments,
        shard_rows=shard_rows,
        content={config: fingerprint for config, (_, fingerprint) in crosses.items()},
        shards=tuple(
            shard
            for config, (one, _) in crosses.items()
            for split in parts
            for shard in shards_of(config, split, len(one.items[split]), len(one.cells), shard_rows)
        ),
    )


def shards_of(config: str, split: str, items: int, cells: int, shard_rows: int) -> list[Shard]:
    """Return the files of a split of so many items, each in so many cells."""
    each = max(1, shard_rows // cells)
    starts = range(0, items, each)
    return [
        Shard(
            file=f"{config}/{split}-{number:05d}-of-{len(starts):05d}.parquet",
            config=config,
            split=split,
            start=start,
            stop=min(start + each, items),
            rows=(min(start + each, items) - start) * cells,
        )
        for number, start in enumerate(starts)
    ]


def _chosen(kind: str, named: Sequence[str] | None, known: Sequence[str], dataset: str) -> tuple[str, ...]:
    for name in named or ():
        if name not in known:
            raise UnknownNameError(kind, name, known, where=f"the cross of {dataset}")
    return tuple(name for name in known if named is None or name in named)
