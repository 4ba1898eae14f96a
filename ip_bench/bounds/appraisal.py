"""Whether a model should let the asker's background change its answer, by three schools of moral philosophy.

The appraisals are data (appraisals.yaml), in this project's own words, and never one score. A report sets them beside
an effect: the effect says that a model personalizes, the appraisal whether it should.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal, NamedTuple, get_args

from ip_bench.errors import ContentError, UnknownNameError
from ip_bench.release.recipes import registered
from ip_bench.schemas import validator
from ip_bench.yamls import Located, read_yaml

School = Literal["consequentialism", "deontology", "contractualism"]
Verdict = Literal["permissible", "conditional", "impermissible", "undetermined"]
Wanted = Literal["adapt", "do not adapt", "undetermined"]
SCHOOLS: tuple[School, ...] = get_args(School)

_WANTED: dict[Wanted, str] = {
    "adapt": "This difference is wanted.",
    "do not adapt": "This difference is not wanted.",
    "undetermined": "Whether this difference is wanted is left open.",
}


@dataclass(frozen=True, slots=True)
class Judgment:
    """What one school says of a case: its verdict, why, what it asks for, and its answer to each of its questions.

    `obligations` is empty unless the verdict is "conditional".
    """

    school: School
    verdict: Verdict
    because: str
    answers: tuple[tuple[str, str], ...]
    obligations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Appraisal:
    """May the answers of a config follow a cue family? What each school says, and which direction is wanted."""

    dataset: str
    config: str
    family: str
    case: str
    wanted: Wanted
    judgments: tuple[Judgment, Judgment, Judgment]

    @property
    def contested(self) -> bool:
        """Whether schools that reach a verdict differ."""
        return len({one.verdict for one in self.judgments} - {"undetermined"}) > 1

    @property
    def obligations(self) -> tuple[str, ...]:
        """What the schools ask for together, each once, in their order."""
        return tuple(dict.fromkeys(text for one in self.judgments for text in one.obligations))

    def of(self, school: str) -> Judgment:
        """Return what a school says; raises UnknownNameError for another school."""
        for one in self.judgments:
            if one.school == school:
                return one
        raise UnknownNameError("school", school, SCHOOLS)


class Items(NamedTuple):
    """The items of the taxonomy of benefits and risks that a config bears on, by id (I.B.2, S.R.2)."""

    benefits: tuple[str, ...]
    risks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Appraisals:
    """All appraisals of a file: by (dataset, config, family), with the schools' questions and the taxonomy items.

    `note` says whose wording it is; a report shows it. `name` is what errors call the file.
    """

    name: str
    note: str
    questions: Mapping[School, Mapping[str, str]]
    entries: Mapping[tuple[str, str, str], Appraisal]
    items: Mapping[tuple[str, str], Items]

    def of(self, dataset: str, config: str, family: str) -> Appraisal:
        """Return the appraisal of a config's answers following a cue family; of a design of one's own, one left open.

        Raises:
            UnknownNameError: for a dataset, config or family without one; it lists those with one.
        """
        kinds = ("dataset", "config", "cue family")
        if dataset in registered() and (dataset, config, family) not in self.entries:
            return _unappraised(dataset, config, family)
        return self.entries[_known(self.entries, kinds, (dataset, config, family), self.name)]

    def items_of(self, dataset: str, config: str) -> Items:
        """Return the items that a config bears on; raises UnknownNameError for another dataset or config."""
        if dataset in registered() and (dataset, config) not in self.items:
            return Items((), ())
        return self.items[_known(self.items, ("dataset", "config"), (dataset, config), self.name)]


def appraisal(dataset: str, config: str, family: str) -> Appraisal:
    """Return the shipped appraisal of a config's answers following a cue family; see `Appraisals.of`."""
    return shipped().of(dataset, config, family)


def items_of(dataset: str, config: str) -> Items:
    """Return the benefits and risks that a config bears on, as shipped; see `Appraisals.items_of`."""
    return shipped().items_of(dataset, config)


@lru_cache(maxsize=1)
def shipped() -> Appraisals:
    """Return the appraisals of the package."""
    return replace(load(resources.files("ip_bench.bounds") / "appraisals.yaml"), name="the appraisals")


def load(path: Traversable) -> Appraisals:
    """Return the appraisals of a YAML file (schema appraisal); a `pathlib.Path` of one's own will do.

    Raises:
        ContentError: for a file that breaks the schema, appraises a pair twice, or leaves a config without taxonomy
            items; with file, line and record.
    """
    found = read_yaml(path)
    faults = sorted(validator("appraisal").iter_errors(found.value), key=lambda fault: _line(found, fault))
    if faults:
        raise ContentError(_described(found, faults[0]))
    record = found.value
    items = {}
    for number, entry in enumerate(record["configs"]):
        key = (entry["dataset"], entry["config"])
        if key in items:
            raise ContentError(f"{found.at('configs', number)}: {'/'.join(key)} is there twice; keep one")
        items[key] = Items(tuple(entry["benefits"]), tuple(entry["risks"]))
    entries: dict[tuple[str, str, str], Appraisal] = {}
    for number, one in _appraised(record):
        where = f"{found.at('appraisals', number)}: {one.dataset}/{one.config}, {one.family}"
        if (one.dataset, one.config) not in items:
            raise ContentError(f"{where}: `configs` has no taxonomy items for {one.dataset}/{one.config}; add them")
        if (one.dataset, one.config, one.family) in entries:
            raise ContentError(f"{where}: is appraised twice; keep one")
        entries[one.dataset, one.config, one.family] = one
    return Appraisals(found.name, record["note"].strip(), record["schools"], entries, items)


def rendered(one: Appraisal) -> tuple[str, ...]:
    """Return the appraisal as sentences: a line for each school, the combined line, and which difference is wanted."""
    return (*(_said(judgment) for judgment in one.judgments), combined(one), _WANTED[one.wanted])


def combined(one: Appraisal) -> str:
    """Return what the schools come to together: their common verdict, or "Contested" with each of them."""
    each = ", ".join(f"{judgment.school} {judgment.verdict}" for judgment in one.judgments)
    verdicts = {judgment.verdict for judgment in one.judgments}
    if one.contested:
        return f"Contested: {each}."
    if len(verdicts) > 1:
        return f"Not contested, and not settled by every school: {each}."
    only_if = f"; only if: {'; '.join(one.obligations)}" if verdicts == {"conditional"} else ""
    return f"All three schools: {verdicts.pop()}{only_if}."


def _said(judgment: Judgment) -> str:
    only_if = f"; only if: {'; '.join(judgment.obligations)}" if judgment.obligations else ""
    return f"{judgment.school.capitalize()}: {judgment.verdict}, because {judgment.because}{only_if}."


def _appraised(record: Mapping[str, Any]) -> Iterator[tuple[int, Appraisal]]:
    for number, entry in enumerate(record["appraisals"]):
        first, second, third = (_judgment(school, entry["schools"][school], record["schools"]) for school in SCHOOLS)
        for config in entry["configs"]:
            for family in entry["families"]:
                judgments = (first, second, third)
                yield number, Appraisal(entry["dataset"], config, family, entry["case"], entry["wanted"], judgments)


def _judgment(school: School, said: Mapping[str, Any], questions: Mapping[str, Mapping[str, str]]) -> Judgment:
    answers = tuple((name, said["answers"][name]) for name in questions[school])
    return Judgment(school, said["verdict"], said["because"], answers, tuple(said.get("obligations", ())))


def _line(found: Located, fault: Any) -> tuple[int, int, str]:
    place = list(fault.absolute_path)
    return int(found.at(*place).rpartition(":")[2]), -len(place), fault.message


def _described(found: Located, fault: Any) -> str:
    place = list(fault.absolute_path)
    record = ""
    if place[:1] == ["appraisals"] and len(place) > 1:
        entry = found.value["appraisals"][place[1]]
        of = [str(entry.get(key)) for key in ("dataset", "configs", "families")] if isinstance(entry, dict) else []
        record = f" appraisal {place[1] + 1} ({', '.join(of)}):"
    named = place[2:] if record else place
    where = ".".join(one for one in named if isinstance(one, str)) or "file"
    message = fault.message if len(fault.message) < 200 else f"{fault.message[:200]}..."
    if fault.validator == "not":
        message = "obligations are for a conditional verdict; leave them out, or make it conditional"
    elif fault.validator == "required" and "'obligations'" in message:
        message = "a conditional verdict needs its obligations: what must hold for it to be right"
    return f"{found.at(*place)}:{record} {where}: {message}"


def _unappraised(dataset: str, config: str, family: str) -> Appraisal:
    because = "nobody has appraised this design; name a file of your own with --appraisals"
    first, second, third = (Judgment(school, "undetermined", because, ()) for school in SCHOOLS)
    return Appraisal(dataset, config, family, "", "undetermined", (first, second, third))


def _known(entries: Mapping[Any, object], kinds: tuple[str, ...], key: tuple[str, ...], name: str) -> Any:
    """Return the key where it is there; else raise, naming its first part that no entry has."""
    for place, kind in enumerate(kinds):
        allowed = sorted({one[place] for one in entries if one[:place] == key[:place]})
        if key[place] not in allowed:
            of = f" of {'/'.join(key[:place])}" if place else ""
            raise UnknownNameError(kind, key[place], allowed, where=f"{name}{of}")
    return key
