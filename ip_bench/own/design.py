"""A design of one's own, read from a YAML file and the files beside it: items, and arms that say who asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ip_bench.cues.declared import beside, declared
from ip_bench.cues.families import Cue, cue, lexicon_cue
from ip_bench.design import Arm, Item
from ip_bench.errors import ContentError
from ip_bench.own.items import read_items
from ip_bench.yamls import Located, of_shape, read_yaml

LEAST_SAID = 4  # realizations: intervals count them as a sample
CELLS = 2  # realizations that an item meets, where a design does not say
OPTIONS_ASKED = "Reply with one of the options, word for word, and nothing else."
ASKED = "Reply with a short answer and nothing else."
_BY_NAME = ("placebo", "explicit")  # roles that reports read off an arm's name


@dataclass(frozen=True, slots=True)
class Voice:
    """What an arm says before the question: sentences, one a realization, or the reference's turned by a cue.

    `whole`: the cue turns the question, too.
    """

    arm: Arm
    says: tuple[str, ...] = ()
    cue: Cue | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Items crossed with voices; `version` ends with a hash of the files, so that other content is another version."""

    name: str
    version: str
    license: str
    about: str
    outcome: str
    does: str
    when: str
    system: str
    options: bool
    templates: tuple[str, ...]
    cells: int
    items: tuple[Item, ...]
    voices: Mapping[str, Voice]
    files: Mapping[str, bytes]


def read_design(path: Path) -> Design:
    """Return the design of a YAML file (schema design); the items and lexicons that it names lie beside it.

    Raises:
        ContentError: with every fault found, one a line, each with file, line and what would be right.
    """
    found = read_yaml(path)
    if wrong := [*of_shape(found, "design")] or [*_faults(found)]:
        raise ContentError("\n".join(wrong))
    record = found.value
    outcome, options = str(record["outcome"]["name"]), bool(record.get("options", True))
    items = beside(path, record["items"], found.at("items"))
    voices = {name: _voice(path, found, name, one) for name, one in record["arms"].items()}
    files = {path.name: path.read_bytes(), items.name: items.read_bytes()} | _lexicons(path, found)
    return Design(
        name=record["name"], version=f"{record.get('version', '1.0.0')}+{_revision(files)}",
        license=record.get("license", "not stated"), about=record["about"].strip(), outcome=outcome,
        does=record["outcome"]["does"].strip(), when=record["when"].strip(),
        system=record.get("system", OPTIONS_ASKED if options else ASKED), options=options,
        templates=tuple(record.get("templates", ("{cue} {question}",))),
        cells=int(record.get("cells", min(CELLS, len(voices["reference"].says)))),
        items=read_items(items, outcome), voices=voices, files=files,
    )  # fmt: skip


def _revision(files: Mapping[str, bytes]) -> str:
    whole = blake2b(digest_size=6)
    for name, held in sorted(files.items()):
        whole.update(blake2b(name.encode(), digest_size=32).digest() + blake2b(held, digest_size=32).digest())
    return whole.hexdigest()


def _lexicons(path: Path, found: Located) -> dict[str, bytes]:
    """Return the files of the lexicons that arms name: each declaration, its table and its exceptions."""
    held: dict[str, bytes] = {}
    for name, one in found.value["arms"].items():
        if lexicon := one.get("turn", {}).get("lexicon"):
            file = beside(path, lexicon, found.at("arms", name, "turn", "lexicon"))
            read = declared(file)
            held |= {part.name: part.read_bytes() for part in (file, read.table, read.exceptions) if part is not None}
    return held


def _voice(path: Path, found: Located, name: str, record: Mapping[str, Any]) -> Voice:
    turn = record.get("turn")
    if turn is None:
        return Voice(Arm(name, record["role"], name), tuple(said.strip() for said in record["says"]))
    level, at = str(turn["level"]), found.at("arms", name, "turn")
    if "lexicon" in turn:
        turned = lexicon_cue(declared(beside(path, turn["lexicon"], at)), level)
    else:
        turned = cue(turn["family"], level)
    return Voice(Arm(name, record["role"], turned.family), cue=turned, whole=turn.get("all", False))


def _faults(found: Located) -> Iterator[str]:
    """Yield what a schema cannot say."""
    arms: Mapping[str, Mapping[str, Any]] = found.value["arms"]
    roles = [one["role"] for one in arms.values()]
    top = found.at("arms")
    if arms["reference"]["role"] != "reference" or roles.count("reference") != 1:
        yield f"{top}: the arm 'reference', and no other, must have the role reference"
    for role, why in (
        ("treatment", "who seems to ask"),
        ("placebo", "sentences that say nothing of the asker: without them an effect cannot be told from any change"),
        ("explicit", "sentences that state it outright: what the cue could do at most"),
    ):
        if role not in roles:
            yield f"{top}: no arm has the role {role}; add {why}"
    if found.value["name"].endswith(("_mc", "_mini", "_user")):
        yield f"{found.at('name')}: a name must not end with _mc, _mini or _user, which tasks of it end with"
    if "repeat" in arms:
        yield f"{found.at('arms', 'repeat')}: the repeat arm is made by itself; leave it out"
    said = len(arms["reference"].get("says", ()))
    if said < LEAST_SAID:
        yield (
            f"{found.at('arms', 'reference')}: says {said} sentences; write at least {LEAST_SAID}: one sentence is "
            "an effect of that sentence"
        )
    for name, one in arms.items():
        yield from _arm_faults(found, name, one, said)
    for number, template in enumerate(found.value.get("templates", ())):
        if template.count("{cue}") != 1 or template.count("{question}") != 1:
            yield f"{found.at('templates', number)}: a template holds {{cue}} and {{question}}, each once"
    if found.value.get("cells", 1) > max(said, 1):
        yield f"{found.at('cells')}: an item meets at most the {said} sentences that there are"


def _arm_faults(found: Located, name: str, one: Mapping[str, Any], said: int) -> Iterator[str]:
    at = found.at("arms", name)
    role = one["role"]
    for begins in _BY_NAME:
        if role == begins and not name.startswith(f"{begins}_"):
            yield f"{at}: the name of an arm with the role {begins} begins with {begins}_; call it {begins}_{name}"
        if role != begins and name.startswith(begins):
            yield f"{at}: {name} has the role {role}; a name that begins with {begins} is for the role {begins}"
    if len({text.strip() for text in one.get("says", ())}) < len(one.get("says", ())):
        yield f"{at}: {name} says a sentence twice; each is a realization of its own"
    if ("says" in one) == ("turn" in one):
        yield f"{at}: {name} must have one of says and turn"
        return
    if name == "reference" and "turn" in one:
        yield f"{at}: the reference says what it says; it is turned by no cue"
    if "says" in one and one["role"] not in {"explicit", "reference"} and len(one["says"]) != said:
        yield (
            f"{at}: {name} says {len(one['says'])} sentences, the reference {said}; the k-th of each are one "
            "realization"
        )
    if "turn" in one and ("family" in one["turn"]) == ("lexicon" in one["turn"]):
        yield f"{found.at('arms', name, 'turn')}: name one of family and lexicon"
