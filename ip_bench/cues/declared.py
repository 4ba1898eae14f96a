"""The declaration of a lexicon cue: a YAML file that says what the columns of its table are (docs/lexicons.md)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from ip_bench.errors import ContentError
from ip_bench.yamls import Located, read_yaml

#: Columns of a table that are no level.
NOTES = ("pos", "ambiguous", "forms", "note")
_TEXTS = ("family", "about", "table", "source", "fallback", "neutral", "rule", "exceptions")
_LISTS = ("levels", "phrases", "names")
_KEYS = (*_TEXTS, *_LISTS, "contexts")
_NEEDED = ("family", "table", "levels")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A lexicon cue as declared: its table, the level columns, and what it leaves alone.

    `source` is the column whose words stand in neutral text, `fallback` the one whose form an empty cell stands for;
    `neutral` the column of the placebo, words that say nothing. `rule` names the lexicon in the log of edits.
    `exceptions` is a table of phrases and names that are never turned; `phrases` and `names` are more of them.
    `contexts` says whether words of two senses are told apart (`ip_bench.cues.contexts`).
    """

    family: str
    table: Traversable
    levels: tuple[str, ...]
    source: str
    fallback: str
    about: str = ""
    neutral: str | None = None
    rule: str = ""
    exceptions: Traversable | None = None
    phrases: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    contexts: bool = False

    @property
    def targets(self) -> tuple[str, ...]:
        """What a text can be turned into: the levels, and the placebo's column where there is one."""
        return self.levels if self.neutral is None else (*self.levels, self.neutral)


def declared(path: Traversable) -> Lexicon:
    """Return the lexicon that a YAML file declares; the tables it names lie beside it.

    Raises:
        ContentError: for a file that breaks the format, with file and line.
    """
    found = read_yaml(path)
    record = found.value
    if not isinstance(record, dict):
        raise ContentError(f"{found.name}:1: must hold keys and values: {', '.join(_KEYS)}")
    for key in record:
        if key not in _KEYS:
            raise ContentError(f"{found.at(key)}: unknown key {key!r}; keys are: {', '.join(_KEYS)}")
    if missing := [key for key in _NEEDED if key not in record]:
        raise ContentError(f"{found.name}:1: {', '.join(missing)} must be given")
    texts = {key: _text(found, key) for key in _TEXTS if key in record}
    lists = {key: _texts(found, key) for key in _LISTS if key in record}
    levels = lists["levels"]
    source = texts.get("source", levels[0])
    lexicon = Lexicon(
        family=texts["family"],
        table=beside(path, texts["table"], found.at("table")),
        levels=levels,
        source=source,
        fallback=texts.get("fallback", source),
        about=texts.get("about", ""),
        neutral=texts.get("neutral"),
        rule=texts.get("rule", texts["family"]),
        exceptions=beside(path, texts["exceptions"], found.at("exceptions")) if "exceptions" in texts else None,
        phrases=frozenset(lists.get("phrases", ())),
        names=frozenset(lists.get("names", ())),
        contexts=_flag(found, "contexts"),
    )
    _check(lexicon, found)
    return lexicon


def beside(path: Traversable, name: str, where: str) -> Traversable:
    """Return the file of this name in the folder of `path`; a name that leads out of it is refused.

    Raises:
        ContentError: for such a name, or no such file.
    """
    folder = getattr(path, "parent", None)
    if folder is None or name in {".", ".."} or "/" in name or "\\" in name:
        raise ContentError(f"{where}: {name!r} must be the name of a file in the folder of {path.name}")
    file: Traversable = folder / name
    if not file.is_file():
        raise ContentError(f"{where}: there is no file {name!r} in the folder of {path.name}")
    return file


@lru_cache(maxsize=1)
def shipped() -> dict[str, Lexicon]:
    """Return the lexicons of the package by family, sorted.

    Raises:
        ContentError: for a file that breaks the format, with file and line.
    """
    folder = resources.files("ip_bench.builders.cues") / "content" / "lexicons"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return {one.family: one for one in map(declared, files)}


def _text(found: Located, key: str) -> str:
    text = found.value[key]
    if not isinstance(text, str) or not text.strip() or not text.isprintable():
        raise ContentError(
            f"{found.at(key)}: {key} is {text!r}; it must be a text of one line (in quotes where needed)"
        )
    return text


def _texts(found: Located, key: str) -> tuple[str, ...]:
    listed: Any = found.value[key]
    if not isinstance(listed, list) or not listed:
        raise ContentError(f"{found.at(key)}: {key} must be a list of texts, [one, two]")
    for number, text in enumerate(listed):
        if not isinstance(text, str) or not text.strip() or not text.isprintable():
            raise ContentError(f"{found.at(key, number)}: {text!r} in {key} must be a text (in quotes where needed)")
    if twice := sorted({text for text in listed if listed.count(text) > 1}):
        raise ContentError(f"{found.at(key)}: {', '.join(twice)} is twice in {key}")
    return tuple(listed)


def _flag(found: Located, key: str) -> bool:
    flag = found.value.get(key, False)
    if not isinstance(flag, bool):
        raise ContentError(f"{found.at(key)}: {key} is {flag!r}; it must be true or false")
    return flag


def _check(lexicon: Lexicon, found: Located) -> None:
    if len(lexicon.targets) < 2:
        raise ContentError(f"{found.at('levels')}: two levels, or one and a neutral column, are needed")
    for key in ("source", "fallback"):
        if getattr(lexicon, key) not in lexicon.levels:
            raise ContentError(
                f"{found.at(key)}: {key} {getattr(lexicon, key)!r} is no level; levels are {', '.join(lexicon.levels)}"
            )
    if lexicon.neutral in lexicon.levels:
        raise ContentError(f"{found.at('neutral')}: {lexicon.neutral!r} is a level; the placebo needs its own column")
    if taken := [name for name in lexicon.targets if name in NOTES]:
        raise ContentError(
            f"{found.at('levels')}: {', '.join(taken)} names a column of notes; call the level otherwise"
        )
    for key in ("phrases", "names"):
        for text in sorted(getattr(lexicon, key)):
            if text != text.lower() or text != text.strip():
                raise ContentError(f"{found.at(key)}: {text!r} in {key} must be lower-case and without space around it")
