"""What is set aside before a fit: personal data, people with no answers, items answered one way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl

from ip_bench.cohorts.answers import Answers, Ints
from ip_bench.errors import IpBenchError
from ip_bench.seeds import digest

#: Column names that say it all, and words that say it in names of few words.
KINDS = {
    "names": ("name", "firstname", "lastname", "fullname", "surname", "username", "nickname", "givenname"),
    "e-mail": ("email", "mail", "emailaddress"),
    "IP address": ("ip", "ipaddress", "ipaddr"),
    "telephone": ("phone", "telephone", "mobile", "phonenumber", "cellphone"),
    "postal address": ("address", "street", "postaladdress", "postcode", "zipcode"),
    "identity number": ("ssn", "passport", "passportnumber"),
    "date of birth": ("dob", "dateofbirth", "birthdate", "birthday"),
    "outside identifier": ("xid",),
}
NAMES = {name: kind for kind, names in KINDS.items() for name in names}
TELLING = {
    "name": "names", "surname": "names", "firstname": "names", "lastname": "names", "fullname": "names",
    "username": "names", "nickname": "names", "email": "e-mail", "ip": "IP address", "ipaddress": "IP address",
    "phone": "telephone", "telephone": "telephone", "address": "postal address", "ssn": "identity number",
    "passport": "identity number", "dob": "date of birth", "birthdate": "date of birth", "birthday": "date of birth",
}  # fmt: skip
FEW_WORDS = 3  # a longer name is a question, which may well ask about phones
CONTENTS = (
    ("e-mail", re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")),
    ("IP address", re.compile(r"(\d{1,3}\.){3}\d{1,3}|([0-9A-Fa-f]{1,4}:){3,7}[0-9A-Fa-f:.]*")),
    ("telephone", re.compile(r"\+\d[\d ()/.-]{6,}\d")),
)
LOOKED_AT = 1_000  # values of a column


def personal_columns(frame: pl.DataFrame, columns: Sequence[str]) -> dict[str, str]:
    """Return the columns that hold personal data, by name or by what their values look like, with the kind."""
    known = {name: frame[name].drop_nulls().head(LOOKED_AT).to_list() for name in columns}
    return {name: kind for name, values in known.items() if values and (kind := personal_kind(name, values))}


def personal_kind(name: str, values: Iterable[str]) -> str | None:
    """Return the kind of personal data that a column or item holds, by its name or any of its values."""
    kind = _kind(name)
    return kind or next((what for what, form in CONTENTS if any(form.fullmatch(value) for value in values)), None)


def _kind(name: str) -> str | None:
    """Return what kind of personal data a column name promises: E-Mail_2, clientIP, name of respondent."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    words = re.findall(r"[a-z]+", spaced)
    if (kind := NAMES.get("".join(words))) is not None:
        return kind
    pairs = ["".join(pair) for pair in pairwise(words)]
    return (
        next((TELLING[word] for word in (*pairs, *words) if word in TELLING), None) if len(words) <= FEW_WORDS else None
    )


def personal_counts(columns: Mapping[str, str]) -> dict[str, int]:
    """Return how many columns of personal data were set aside, with their names."""
    return {f"columns of personal data ({', '.join(columns)})": len(columns)} if columns else {}


def rekeyed(identifiers: pl.Series | None, where: str, people: int = 0) -> tuple[list[str], Ints]:
    """Return new keys p1, p2... and the place of each row among them; the order is that of hashes, not of the file.

    Raises:
        IpBenchError: where an identifier is missing or occurs twice.
    """
    known = identifiers.to_list() if identifiers is not None else [str(row) for row in range(people)]
    if None in known:
        raise IpBenchError(f"{where}: {known.count(None)} rows have no identifier of the person")
    if len(set(known)) < len(known):
        twice = len(known) - len(set(known))
        raise IpBenchError(f"{where}: {twice} rows repeat the identifier of another; a wide table has one row a person")
    hashed = [digest("person", each, size=16) for each in known]
    place = np.empty(len(known), dtype=np.int64)
    place[np.argsort(hashed, kind="stable")] = np.arange(len(known))
    width = len(str(len(known)))
    return [f"p{number:0{width}d}" for number in range(1, len(known) + 1)], place


def cleaned(answers: Answers) -> Answers:
    """Return answers without items answered one way and people with no answers, and count both.

    Raises:
        IpBenchError: where too little is left for any fit.
    """
    counts = answers.counts()
    varied = (counts > 0).sum(1) > 1
    place = np.cumsum(varied) - 1
    kept = varied[answers.item]
    items = tuple(item for item, keep in zip(answers.items, varied, strict=True) if keep)
    found = replace(
        answers, person=answers.person[kept], item=place[answers.item[kept]], answer=answers.answer[kept], items=items
    )  # fmt: skip
    silent = np.bincount(answers.person, minlength=len(answers.people)) == 0
    answering = np.bincount(found.person, minlength=len(answers.people)) > 0
    one_way = [item.item_id for item, keep in zip(answers.items, varied, strict=True) if not keep]
    aside = {
        f"items answered one way or by nobody ({', '.join(one_way[:12])}{', ...' if len(one_way) > 12 else ''})": len(
            one_way
        ),
        "people with no answers": int(silent.sum()),
        "people with answers to such items only": int((~silent & ~answering).sum()),
    }
    if len(items) < 3 or answering.sum() < 10:
        left = ", ".join(f"{count} {why}" for why, count in {**answers.set_aside, **aside}.items() if count)
        raise IpBenchError(
            f"{int(answering.sum())} people and {len(items)} items are left, which is too little to fit (10 people and "
            f"3 items are the least); set aside: {left or 'nothing'}"
        )
    found = replace(found, set_aside={**answers.set_aside, **{why: count for why, count in aside.items() if count}})
    return found.of_people(np.flatnonzero(answering)) if not answering.all() else found
