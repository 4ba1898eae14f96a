"""Mitigations by name, and what a row becomes under one: a pure function of the row, so that a run can be checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal, NamedTuple, get_args

from ip_bench.errors import ContentError, IpBenchError, UnknownNameError
from ip_bench.mitigation.message import Message, message, placed
from ip_bench.mitigation.strip import RULE, strip_identity
from ip_bench.seeds import digest
from ip_bench.yamls import read_yaml

Kind = Literal["instruction", "strip", "rewrite"]
Role = Literal["mitigation", "placebo"]
_FIELDS = ("name", "kind", "role", "source", "wordings")
#: The fewest wordings of a kind; an instruction in one wording would be a finding about that wording.
_WORDINGS = {"instruction": 2, "strip": 0, "rewrite": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mitigation:
    """What is done to a message: its kind and role, where the idea is from, and its wordings."""

    name: str
    kind: Kind
    role: Role
    source: str
    wordings: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The hash of what it does: kind, wordings, and of a rule the patterns."""
        return digest("mitigation", self.kind, self.wordings, RULE if self.kind == "strip" else "")


class Rewritten(NamedTuple):
    """What a model made of a message: `before` is what is left to stand before the request.

    `status` is "ok", or why there is no message ("empty", "request lost", "added").
    """

    status: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A mitigation as it is run: in the one wording `wording` (counted from 1), or in all of them, by item.

    `rewrites` are those of a model, by `Condition.key`; a row whose message has none, or a failed one, is no evidence.
    """

    mitigation: Mitigation
    wording: int | None = None
    rewrites: Mapping[str, Rewritten] = field(default_factory=dict)

    def told(self, row: Mapping[str, Any], config: str) -> dict[str, Any] | None:
        """Return the row with the system message and prompt of this condition; None where a rewriting failed."""
        own = message(row, config)
        kind = self.mitigation.kind
        if kind == "instruction":
            return placed(row, own.add(self.mitigation.wordings[self.place(row)]))
        if kind == "strip":
            return placed(row, own._replace(system=strip_identity(own.system), lead=strip_identity(own.lead)))
        found = self.rewrites.get(self.key(row, own))
        return placed(row, own.told(found.before)) if found and found.status == "ok" else None

    def key(self, row: Mapping[str, Any], own: Message) -> str:
        """Return the key of a rewriting: a hash of the instruction and of the message to rewrite."""
        return digest("rewriting", self.mitigation.wordings[self.place(row)], own.text)

    def place(self, row: Mapping[str, Any]) -> int:
        """Return which wording a row meets, from 0: the same in all arms of an item, and for both twins of a probe."""
        if self.wording is not None:
            return self.wording - 1
        item = min(filter(None, (row["item_id"], row.get("twin", ""))))
        return int(digest("wording of a mitigation", item), 16) % len(self.mitigation.wordings)

    def to_dict(self) -> dict[str, Any]:
        """Return what a run records, from which `recorded` makes the condition again."""
        own = asdict(self.mitigation) | {"wordings": list(self.mitigation.wordings)}
        return own | {"wording": self.wording, "digest": self.mitigation.digest}


def condition(name: str) -> Condition:
    """Return the shipped condition `name`, or one of its wordings: "ignore_identity:2".

    Raises:
        UnknownNameError: for a mitigation that does not exist.
        IpBenchError: for a wording that it has not.
    """
    plain, colon, number = name.partition(":")
    if plain not in shipped():
        raise UnknownNameError("mitigation", plain, shipped())
    found = shipped()[plain]
    if not colon:
        return Condition(mitigation=found)
    if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= len(found.wordings):
        raise IpBenchError(f"{plain} has {len(found.wordings)} wordings, counted from 1; {name!r} names none of them")
    return Condition(mitigation=found, wording=int(number))


def recorded(record: Mapping[str, Any], rewrites: Mapping[str, Rewritten]) -> Condition:
    """Return the condition of a run from its record and rewrites.

    Raises:
        IpBenchError: where the rule by which this version strips is not the run's, or the record is not one.
    """
    try:
        mitigation = Mitigation(**{key: record[key] for key in _FIELDS} | {"wordings": tuple(record["wordings"])})
        wording, promised = record["wording"], record["digest"]
    except (KeyError, TypeError) as error:
        raise IpBenchError(f"run.json does not say how the run was mitigated ({error!r})") from error
    if mitigation.digest != promised:
        raise IpBenchError(
            f"run.json has mitigation {mitigation.name} as {promised}; by its texts and this version's rules it is "
            f"{mitigation.digest}; analyze the run with the ip-bench that made it"
        )
    return Condition(mitigation=mitigation, wording=wording, rewrites=rewrites)


@lru_cache(maxsize=1)
def shipped() -> dict[str, Mitigation]:
    """Return the mitigations of the package by name."""
    return load(resources.files(__package__) / "conditions.yaml")


def load(path: Traversable) -> dict[str, Mitigation]:
    """Return the mitigations of a YAML file by name.

    Raises:
        ContentError: for a file or record that breaks a rule, with its line.
    """
    found = read_yaml(path)
    if not isinstance(found.value, list) or not found.value:
        raise ContentError(f"{found.at()}: a list of mitigations is needed")
    named: dict[str, Mitigation] = {}
    for number, record in enumerate(found.value):
        if rule := _problem(record, named):
            raise ContentError(f"{found.at(number)}: {rule}: {record!r:.300}")
        named[record["name"]] = Mitigation(
            **record | {"wordings": tuple(" ".join(w.split()) for w in record["wordings"])}
        )
    return named


def _problem(record: Any, named: Mapping[str, Mitigation]) -> str | None:
    """Return the first rule that a record breaks, None where it keeps them all."""
    if not isinstance(record, dict) or tuple(record) != _FIELDS:
        return f"a mitigation has the fields {', '.join(_FIELDS)}, in this order"
    wordings = record["wordings"]
    if not all(isinstance(record[key], str) for key in _FIELDS[:-1]):
        return "name, kind, role and source must be texts"
    if not isinstance(wordings, list) or not all(isinstance(text, str) and text.strip() for text in wordings):
        return "wordings must be a list of texts"
    fewest = _WORDINGS.get(record["kind"], 0)
    broken = {
        f"kind must be one of {', '.join(get_args(Kind))}": record["kind"] not in get_args(Kind),
        f"role must be one of {', '.join(get_args(Role))}": record["role"] not in get_args(Role),
        "name must be words of a-z with _ between them": not all(map(str.isidentifier, [record["name"]]))
        or not record["name"].islower(),
        f"{record['name']} is there twice": record["name"] in named,
        f"{fewest} wordings or more are needed": len(wordings) < fewest,
        "a rule has no wording": record["kind"] == "strip" and bool(wordings),
        "two wordings are the same": len(set(wordings)) < len(wordings),
        "source must say where the idea is from": not record["source"],
    }
    return next((rule for rule, true in broken.items() if true), None)
