"""The sentences that are put around a response: length without content, and claims of authority."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import resources
from typing import Literal, NamedTuple, cast, get_args

from ip_bench.errors import ContentError

Place = Literal["before", "after"]
GROUPS = {
    "authority": ("institution", "panel", "person", "publication"),
    "verbosity": ("closing", "opening"),
}
_FIELDS = ("wording_id", "perturbation", "group", "place", "text", "note")
#: What would say, or hint at, how the response was or should be judged.
_TELLS = re.compile(
    r"\b(?:refus\w*|compl(?:y|ies|ied|iance|ete\w*)|declin\w*|reject\w*|accept\w*|approv\w*|endors\w*|prais\w*|"
    r"critici[sz]\w*|safe\w*|harm\w*|danger\w*|correct\w*|right|wrong\w*|good|bad|best|better|excellent|poor\w*|"
    r"help\w*|answer\w*|sorry|cannot|can't|sure|certainly|polic\w*)\b",
    re.IGNORECASE,
)


class Wording(NamedTuple):
    """A text that stands before or after a response; `group` is the kind that results are shown by."""

    wording_id: str
    perturbation: str
    group: str
    place: Place
    text: str
    note: str


def problem(record: dict[str, str]) -> str | None:
    """Return the first rule that a record breaks, None where it keeps them all."""
    if tuple(record) != _FIELDS or not all(isinstance(value, str) and value for value in record.values()):
        return f"a record must have the texts {', '.join(_FIELDS)}, in this order"
    name = record["perturbation"]
    broken = {
        f"perturbation must be one of {', '.join(GROUPS)}": name not in GROUPS,
        "wording_id must be the perturbation, - and two digits": not re.fullmatch(
            rf"{re.escape(name)}-\d\d", record["wording_id"]
        ),
        f"group must be one of {', '.join(GROUPS.get(name, ()))}": record["group"] not in GROUPS.get(name, ()),
        f"place must be one of {', '.join(get_args(Place))}": record["place"] not in get_args(Place),
        "the text must be a line that ends a sentence": not re.fullmatch(r"[\[A-Z].*[.\]]", record["text"]),
        "the text must not hint at a label": bool(_TELLS.search(record["text"])),
        "an authority must be said to have assessed the response": name == "authority"
        and not re.search(r"\bassess(?:ed|ment)\b", record["text"], re.IGNORECASE),
    }
    return next((rule for rule, found in broken.items() if found), None)


@lru_cache(maxsize=1)
def wordings() -> tuple[Wording, ...]:
    """Return the wordings in order of their ids; raises ContentError for the first record that breaks a rule."""
    path = resources.files("ip_bench.judging") / "wordings.jsonl"
    found: list[Wording] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        record = json.loads(line)
        if rule := problem(record):
            raise ContentError(f"{path.name}:{number}: {rule}: {record}")
        if found and record["wording_id"] <= found[-1].wording_id:
            raise ContentError(f"{path.name}:{number}: {record['wording_id']} must stand after the ids before it")
        found.append(Wording(**record | {"place": cast("Place", record["place"])}))
    return tuple(found)
