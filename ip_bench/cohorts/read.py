"""Tables of opinions as `Answers`: Polis export folders, wide tables (a row a person), long ones (a row an answer)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from ip_bench.cohorts.answers import Answers, Group, Ints, Item, Scale
from ip_bench.cohorts.intake import cleaned, personal_columns, rekeyed
from ip_bench.errors import IpBenchError, UnknownNameError

VOTES = {"-1": 0, "0": 1, "1": 2}
VOTE_OPTIONS = ("disagree", "pass", "agree")
MISSING = ("", "NA", "NaN", "nan", "null", "None", ".")
KEY_COLUMNS = ("participant", "person", "user", "respondent", "rownames", "id", "user_id", "person_id", "respondent_id")
LONG_COLUMNS = ("user", "item", "answer")
MOST_OPTIONS = 12  # a column with more values is no opinion item
MOST_LEVELS = 12  # nor a group


def read(path: Path, form: str, items: Sequence[str] = ()) -> Answers:
    """Return the answers in a file or folder, cleaned and re-keyed, with counts of what was set aside.

    Args:
        path: A Polis export folder, or a CSV or parquet table.
        form: polis, wide or long.
        items: The columns (wide) or item ids that are items; all where it is empty.

    Raises:
        UnknownNameError: where the form or an item does not exist.
        IpBenchError: where the table has not the columns of its form, or holds unknown codes.
    """
    if form not in FORMS:
        raise UnknownNameError("format", form, FORMS)
    if not path.exists():
        raise IpBenchError(f"{path} does not exist; name a Polis export folder, or a CSV or parquet table")
    if form == "polis":
        return cleaned(polis(path, tuple(items)))
    return cleaned(FRAMES[form](table(path), path.name, tuple(items)))


def read_hub(dataset: str, revision: str, form: str, items: Sequence[str] = (), *, config: str | None = None,
             split: str = "train") -> Answers:  # fmt: skip
    """Return the answers in a dataset of the hub, or of a local folder, at one revision; `form` is wide or long.

    Raises:
        UnknownNameError: where the form or an item does not exist.
        IpBenchError: where the dataset cannot be loaded, or its table has not the columns of its form.
    """
    if form not in FRAMES:
        raise UnknownNameError("format", form, FRAMES)
    from datasets import load_dataset

    where = f"{dataset}@{revision}"
    try:
        loaded = load_dataset(dataset, config, revision=revision, split=split)
    except (OSError, ValueError) as error:
        raise IpBenchError(f"{where} cannot be loaded ({str(error).splitlines()[0]})") from error
    frame = pl.from_arrow(loaded.data.table.combine_chunks())
    if not isinstance(frame, pl.DataFrame):
        raise IpBenchError(f"{where} is no table")
    return cleaned(FRAMES[form](plain(frame, where), where, tuple(items)))


def table(path: Path) -> pl.DataFrame:
    """Return a CSV or parquet file as text columns, with null for what is missing."""
    if path.is_dir():
        raise IpBenchError(f"{path} is a folder; a table is a CSV or parquet file (Polis folders: --format polis)")
    try:
        frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError) as error:
        raise IpBenchError(f"{path} is not readable as a table ({str(error).splitlines()[0]})") from error
    return plain(frame, path.name)


def plain(frame: pl.DataFrame, where: str) -> pl.DataFrame:
    """Return a table as text columns, with null for what is missing; whole numbers lose a decimal zero."""
    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    if nested:
        raise IpBenchError(f"{where} has columns that are no plain values: {', '.join(nested)}")
    text = pl.all().cast(pl.String).str.strip_chars()
    frame = frame.select(text).with_columns(pl.all().str.replace(r"^([+-]?\d+)\.0+$", "$1"))
    return frame.with_columns(pl.when(pl.all().is_in(list(MISSING))).then(None).otherwise(pl.all()).name.keep())


def polis(path: Path, items: tuple[str, ...]) -> Answers:
    """Return a Polis export: participants-votes.csv and, where it is there, comments.csv with the statements' texts."""
    file = path / "participants-votes.csv"
    if not file.is_file():
        raise IpBenchError(f"{path} has no participants-votes.csv; a Polis export folder has one (and comments.csv)")
    frame = table(file)
    statements = [name for name in frame.columns if name.isdigit()]
    if "participant" not in frame.columns or not statements:
        raise IpBenchError(
            f"{file.name} has the columns {_some(frame.columns)}; it must have participant, and a number for each "
            f"statement"
        )
    chosen = _chosen(statements, items, file.name)
    groups: tuple[Group, ...] = ()
    if "group-id" in frame.columns:
        groups = (_group("polis group", frame["group-id"].to_list()),)
    personal = personal_columns(frame, [name for name in frame.columns if name not in {"participant", *statements}])
    texts = _texts(path / "comments.csv")
    known = [Item(name, texts.get(name, ""), VOTE_OPTIONS, "ordinal") for name in chosen]
    people = rekeyed(frame["participant"], file.name)
    return _gathered(frame, chosen, known, [VOTES] * len(chosen), people, groups, file.name, personal)


def wide(frame: pl.DataFrame, where: str, items: tuple[str, ...]) -> Answers:
    """Return a table with a row a person and a column an item; other columns with few values are groups."""
    key = next((name for name in frame.columns if name.lower() in KEY_COLUMNS), None)
    others = [name for name in frame.columns if name != key]
    personal = personal_columns(frame, others)
    asked = [name for name in items if name in personal]
    if asked:
        raise IpBenchError(f"{', '.join(asked)}: personal data ({personal[asked[0]]}), which is never an item")
    free = [name for name in others if name not in personal]
    sizes = {name: frame[name].n_unique() - (frame[name].null_count() > 0) for name in free}
    chosen = _chosen(free, items, where) if items else [name for name in free if sizes[name] <= MOST_OPTIONS]
    unfit = [name for name in chosen if sizes[name] > MOST_OPTIONS]
    if unfit:
        raise IpBenchError(f"{where}: {_some(unfit)} have more than {MOST_OPTIONS} answers; items have options")
    if len(chosen) < 2:
        raise IpBenchError(
            f"{where} has the columns {_some(frame.columns)}; a wide table has a row a person and two or more "
            f"columns of answers with at most {MOST_OPTIONS} values"
        )
    groups = [
        _group(name, frame[name].to_list()) for name in free if name not in chosen and 2 <= sizes[name] <= MOST_LEVELS
    ]
    pairs = [_scaled(name, "", frame[name].drop_nulls().unique().to_list(), where) for name in chosen]
    people = rekeyed(frame[key] if key else None, where, len(frame))
    dropped = {f"columns of no use as items or groups ({_some(unused)})": len(unused)} if (
        unused := [name for name in free if name not in chosen and not 2 <= sizes[name] <= MOST_LEVELS]
    ) else {}  # fmt: skip
    found = _gathered(
        frame, chosen, [item for item, _ in pairs], [codes for _, codes in pairs], people, groups, where, personal
    )
    return _counted(found, dropped)


def long(frame: pl.DataFrame, where: str, items: tuple[str, ...]) -> Answers:
    """Return a table with the columns user, item and answer; answers that disagree with one another are set aside."""
    lacking = [name for name in LONG_COLUMNS if name not in frame.columns]
    if lacking:
        raise IpBenchError(
            f"{where} lacks {', '.join(lacking)}; its columns are {_some(frame.columns)}, and a long table has "
            f"{', '.join(LONG_COLUMNS)}"
        )
    others = [name for name in frame.columns if name not in LONG_COLUMNS]
    personal = personal_columns(frame, others)
    whole = frame.select(LONG_COLUMNS).drop_nulls(["user", "item"])
    nameless = len(frame) - len(whole)
    given = whole.drop_nulls()
    names = sorted(given["item"].unique().to_list(), key=_natural)
    chosen = _chosen(names, items, where)
    given = given.filter(pl.col("item").is_in(chosen))
    once = given.unique()
    several = once.group_by("user", "item").len().filter(pl.col("len") > 1)
    kept = once.join(several, on=["user", "item"], how="anti")
    values = {str(name[0]): part["answer"].unique().to_list() for name, part in kept.group_by("item")}
    chosen = [name for name in chosen if name in values]
    if not chosen:
        raise IpBenchError(f"{where} has no row with a user, an item and an answer")
    pairs = [_scaled(name, "", values[name], where) for name in chosen]
    users = pl.Series("user", sorted(whole["user"].unique().to_list()))
    people = rekeyed(users, where)
    code = pl.DataFrame({"user": users, "person": people[1]})
    place = pl.DataFrame({"item": chosen, "column": np.arange(len(chosen))})
    options = pl.DataFrame(
        [(name, value, spot) for name, (_, codes) in zip(chosen, pairs, strict=True) for value, spot in codes.items()],
        schema={"item": pl.String, "answer": pl.String, "code": pl.Int64}, orient="row",
    )  # fmt: skip
    cells = kept.join(code, on="user").join(place, on="item").join(options, on=["item", "answer"])
    found = Answers.of(
        cells["person"].to_numpy(), cells["column"].to_numpy(), cells["code"].to_numpy(), [item for item, _ in pairs],
        people[0],
    )  # fmt: skip
    counts = {
        "rows without a user or an item": nameless, "rows without an answer": len(whole) - len(whole.drop_nulls()),
        "rows that repeat another": len(given) - len(once),
        "cells with answers that disagree" + _where(several["item"].unique().to_list()): len(several),
    }  # fmt: skip
    return _counted(found, counts | _personal(personal))


FRAMES: Mapping[str, Callable[[pl.DataFrame, str, tuple[str, ...]], Answers]] = {"wide": wide, "long": long}
FORMS = ("polis", *FRAMES)


def _gathered(
    frame: pl.DataFrame, columns: Sequence[str], items: Sequence[Item], codes: Sequence[Mapping[str, int]],
    people: tuple[list[str], Ints], groups: Sequence[Group], where: str, personal: Mapping[str, str],
) -> Answers:  # fmt: skip
    """Return the cells of a table with a row a person; rows go to the places that re-keying gave them."""
    keys, place = people
    person, item, answer = [], [], []
    for number, (name, known) in enumerate(zip(columns, codes, strict=True)):
        values = frame[name]
        unknown = sorted(set(values.drop_nulls().unique().to_list()) - set(known))
        if unknown:
            count = int(values.is_in(unknown).sum())
            raise IpBenchError(
                f"{where}: column {name} has unknown codes {_some(unknown)} ({count} cells); its codes are "
                f"{', '.join(known)}, and nothing where there is no answer"
            )
        seen = np.flatnonzero(values.is_not_null().to_numpy())
        person.append(place[seen])
        item.append(np.full(len(seen), number))
        answer.append(values.drop_nulls().replace_strict(known, return_dtype=pl.Int64).to_numpy())
    back = np.argsort(place)
    turned = tuple(Group(each.name, each.levels, each.codes[back]) for each in groups)
    found = Answers.of(np.concatenate(person), np.concatenate(item), np.concatenate(answer), items, keys, turned)
    return _counted(found, _personal(personal))


def _scaled(name: str, text: str, values: Sequence[str], where: str) -> tuple[Item, dict[str, int]]:
    """Return a column as an item, and the code of each value: numbers are ordered, other texts are not."""
    numbers = [value for value in values if re.fullmatch(r"[+-]?\d+", value)]
    if numbers and len(numbers) < len(values):
        words = sorted(set(values) - set(numbers))
        raise IpBenchError(
            f"{where}: item {name} has numbers and also unknown codes {_some(words)}; blank or recode them"
        )
    if not numbers:
        options = sorted(values)
        scale: Scale = "categorical" if len(options) > 2 else "binary"
    else:
        ordered = sorted(int(value) for value in values)
        for low, high in ((ordered[:-1], ordered[-1:]), (ordered[1:], ordered[:1])):
            apart = min(abs(high[0] - low[0]), abs(high[0] - low[-1])) if low else 0
            if low and apart > max(low[-1] - low[0], 2) + 1:
                raise IpBenchError(
                    f"{where}: item {name} has the unknown code {high[0]} far from {low[0]} to {low[-1]}; blank it if "
                    f"it says that there is no answer, or recode it"
                )
        options = [str(value) for value in ordered]
        scale = "ordinal" if len(options) > 2 else "binary"
    codes = {value: options.index(str(int(value)) if numbers else value) for value in values}
    if len(options) < 2:  # answered one way: kept until it is counted and set aside
        options = [*options, "any other"]
    return Item(name, text, tuple(options), scale), codes


def _chosen(names: Sequence[str], items: tuple[str, ...], where: str) -> list[str]:
    for name in items:
        if name not in names:
            raise UnknownNameError("item", name, names[:30], where)
    return list(dict.fromkeys(items)) or list(names)


def _group(name: str, values: Sequence[str | None]) -> Group:
    levels = sorted({value for value in values if value is not None}, key=_natural)
    place = {level: code for code, level in enumerate(levels)}
    return Group(name, tuple(levels), np.array([place.get(value, -1) if value else -1 for value in values]))


def _natural(value: str) -> tuple[int, float, str]:
    return (0, float(value), "") if re.fullmatch(r"[+-]?\d+(\.\d+)?", value) else (1, 0.0, value)


def _texts(path: Path) -> dict[str, str]:
    """Return the statements' texts by number; none where the file is not there or has other columns."""
    if not path.is_file():
        return {}
    frame = table(path)
    if not {"comment-id", "comment-body"} <= set(frame.columns):
        return {}
    return {str(number): text or "" for number, text in frame.select("comment-id", "comment-body").iter_rows()}


def _personal(columns: Mapping[str, str]) -> dict[str, int]:
    return {f"columns of personal data ({', '.join(columns)})": len(columns)} if columns else {}


def _counted(answers: Answers, counts: Mapping[str, int]) -> Answers:
    return replace(answers, set_aside={**answers.set_aside, **{why: count for why, count in counts.items() if count}})


def _where(items: Sequence[str]) -> str:
    return f" (items {_some(sorted(items))})" if items else ""


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(str, names[:12])) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
