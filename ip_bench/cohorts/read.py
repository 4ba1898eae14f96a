"""Opinions as `Answers`: Polis and OpinionQA folders, wide tables (a row a person), long ones (a row an answer)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from ip_bench.cohorts.answers import Answers, Group, Ints, Item
from ip_bench.cohorts.intake import cleaned, personal_columns, personal_counts, personal_kind, rekeyed
from ip_bench.cohorts.opinionqa import opinionqa
from ip_bench.cohorts.tables import chosen_items, counted, group, natural, plain, scaled, some, table, without_repeats
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.hub.pinned import pinned

VOTES = {"-1": 0, "0": 1, "1": 2}
VOTE_OPTIONS = ("disagree", "pass", "agree")
KEY_COLUMNS = ("participant", "person", "user", "respondent", "rownames", "id", "user_id", "person_id", "respondent_id")
LONG_COLUMNS = ("user", "item", "answer")
MOST_OPTIONS = 12  # a column with more values is no opinion item
MOST_LEVELS = 12  # nor a group


def read(path: Path | str, form: str, items: Sequence[str] = ()) -> Answers:
    """Return the answers in a file or folder, cleaned and re-keyed, with counts of what was set aside.

    Args:
        path: A Polis export folder, an OpinionQA folder, or a CSV or parquet table; or `hub:ORG/NAME@COMMIT`, of which
            the split train is read.
        form: polis, opinionqa, wide or long.
        items: The columns (wide) or item ids that are items; all where it is empty.

    Raises:
        UnknownNameError: where the form or an item does not exist.
        IpBenchError: where the table has not the columns of its form, or holds unknown codes.
    """
    if form not in FORMS:
        raise UnknownNameError("format", form, FORMS)
    if found := pinned(str(path)):
        return read_hub(found.repo, found.commit, form, items)
    path = Path(path)
    if not path.exists():
        raise IpBenchError(f"{path} does not exist; name a Polis or OpinionQA folder, or a CSV or parquet table")
    if form in FRAMES:
        return cleaned(FRAMES[form](table(path), path.name, tuple(items)))
    return cleaned(FOLDERS[form](path, tuple(items)))


def read_opinionqa(folder: Path, items: Sequence[str] = ()) -> Answers:
    """Return the answers in an OpinionQA folder: one wave, or several beside one another."""
    return read(folder, "opinionqa", items)


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


def polis(path: Path, items: tuple[str, ...]) -> Answers:
    """Return a Polis export: participants-votes.csv and, where it is there, comments.csv with the statements' texts."""
    file = path / "participants-votes.csv"
    if not file.is_file():
        raise IpBenchError(f"{path} has no participants-votes.csv; a Polis export folder has one (and comments.csv)")
    frame, repeats = without_repeats(table(file))
    statements = [name for name in frame.columns if name.isdigit()]
    if "participant" not in frame.columns or not statements:
        raise IpBenchError(
            f"{file.name} has the columns {some(frame.columns)}; it must have participant, and a number for each "
            f"statement"
        )
    chosen = chosen_items(statements, items, file.name)
    groups = (group("polis group", frame["group-id"].to_list()),) if "group-id" in frame.columns else ()
    personal = personal_columns(frame, [name for name in frame.columns if name not in {"participant", *statements}])
    texts = _texts(path / "comments.csv")
    known = [Item(name, texts.get(name, ""), VOTE_OPTIONS, "ordinal") for name in chosen]
    people = rekeyed(frame["participant"], file.name)
    found = _gathered(frame, chosen, known, [VOTES] * len(chosen), people, groups, file.name)
    return counted(found, repeats | personal_counts(personal))


def wide(frame: pl.DataFrame, where: str, items: tuple[str, ...]) -> Answers:
    """Return a table with a row a person and a column an item; other columns with few values are groups."""
    key = next((name for name in frame.columns if name.lower() in KEY_COLUMNS), None)
    frame, repeats = without_repeats(frame) if key else (frame, {})
    others = [name for name in frame.columns if name != key]
    personal = personal_columns(frame, others)
    asked = [name for name in items if name in personal]
    if asked:
        raise IpBenchError(f"{', '.join(asked)}: personal data ({personal[asked[0]]}), which is never an item")
    free = [name for name in others if name not in personal]
    sizes = {name: frame[name].n_unique() - (frame[name].null_count() > 0) for name in free}
    chosen = chosen_items(free, items, where) if items else [name for name in free if sizes[name] <= MOST_OPTIONS]
    unfit = [name for name in chosen if sizes[name] > MOST_OPTIONS]
    if unfit:
        raise IpBenchError(f"{where}: {some(unfit)} have more than {MOST_OPTIONS} answers; items have options")
    if len(chosen) < 2:
        raise IpBenchError(
            f"{where} has the columns {some(frame.columns)}; a wide table has a row a person and two or more "
            f"columns of answers with at most {MOST_OPTIONS} values"
        )
    taken = set(chosen)
    levels = [name for name in free if name not in taken and 2 <= sizes[name] <= MOST_LEVELS]
    unused = [name for name in free if name not in taken and name not in levels]
    pairs = [scaled(name, "", frame[name].drop_nulls().unique().to_list(), where) for name in chosen]
    people = rekeyed(frame[key] if key else None, where, len(frame))
    groups = [group(name, frame[name].to_list()) for name in levels]
    found = _gathered(frame, chosen, [item for item, _ in pairs], [codes for _, codes in pairs], people, groups, where)
    useless = {f"columns of no use as items or groups ({some(unused)})": len(unused)}
    return counted(found, repeats | personal_counts(personal) | useless)


def long(frame: pl.DataFrame, where: str, items: tuple[str, ...]) -> Answers:
    """Return a table with the columns user, item and answer.

    Answers that disagree with one another are set aside, and so are items with too many different answers, which are
    no options.
    """
    lacking = [name for name in LONG_COLUMNS if name not in frame.columns]
    if lacking:
        raise IpBenchError(
            f"{where} lacks {', '.join(lacking)}; its columns are {some(frame.columns)}, and a long table has "
            f"{', '.join(LONG_COLUMNS)}"
        )
    personal = personal_columns(frame, [name for name in frame.columns if name not in LONG_COLUMNS])
    whole = frame.select(LONG_COLUMNS).drop_nulls(["user", "item"])
    given = whole.drop_nulls()
    sizes = given.group_by("item").agg(pl.col("answer").n_unique())
    open_ended = sorted(sizes.filter(pl.col("answer") > MOST_OPTIONS)["item"].to_list(), key=natural)
    refused = sorted(set(items) & set(open_ended))
    if refused:
        raise IpBenchError(f"{where}: {some(refused)} have more than {MOST_OPTIONS} answers; items have options")
    names = sorted(set(sizes["item"].to_list()) - set(open_ended), key=natural)
    given = given.filter(pl.col("item").is_in(chosen_items(names, items, where)))
    once = given.unique()
    several = once.group_by("user", "item").len().filter(pl.col("len") > 1)
    kept = once.join(several, on=["user", "item"], how="anti")
    values = {str(name[0]): part["answer"].unique().to_list() for name, part in kept.group_by("item")}
    chosen = [name for name in names if name in values]
    if not chosen:
        raise IpBenchError(f"{where} has no row with a user, an item and an answer that is one of few")
    private = [name for name in chosen if personal_kind(name, values[name])]
    if private and items:
        raise IpBenchError(f"{where}: {some(private)} hold personal data, which is never an item")
    chosen = [name for name in chosen if name not in private]
    pairs = [scaled(name, "", values[name], where) for name in chosen]
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
    disagreeing = sorted(several["item"].unique().to_list(), key=natural)
    counts = {
        "rows without a user or an item": len(frame) - len(whole),
        "rows without an answer": len(whole) - len(whole.drop_nulls()),
        "rows that repeat another": len(given) - len(once),
        f"cells with answers that disagree (items {some(disagreeing)})": len(several),
        f"items with more than {MOST_OPTIONS} answers ({some(open_ended)})": len(open_ended),
        f"items of personal data ({some(private)})": len(private),
    }
    return counted(found, counts | personal_counts(personal))


FRAMES: Mapping[str, Callable[[pl.DataFrame, str, tuple[str, ...]], Answers]] = {"wide": wide, "long": long}
FOLDERS: Mapping[str, Callable[[Path, tuple[str, ...]], Answers]] = {"polis": polis, "opinionqa": opinionqa}
FORMS = ("polis", *FRAMES, "opinionqa")


def _gathered(
    frame: pl.DataFrame, columns: Sequence[str], items: Sequence[Item], codes: Sequence[Mapping[str, int]],
    people: tuple[list[str], Ints], groups: Sequence[Group], where: str,
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
                f"{where}: column {name} has unknown codes {some(unknown)} ({count} cells); its codes are "
                f"{', '.join(known)}, and nothing where there is no answer"
            )
        seen = np.flatnonzero(values.is_not_null().to_numpy())
        person.append(place[seen])
        item.append(np.full(len(seen), number))
        answer.append(values.drop_nulls().replace_strict(known, return_dtype=pl.Int64).to_numpy())
    back = np.argsort(place)
    turned = tuple(Group(each.name, each.levels, each.codes[back]) for each in groups)
    return Answers.of(np.concatenate(person), np.concatenate(item), np.concatenate(answer), items, keys, turned)


def _texts(path: Path) -> dict[str, str]:
    """Return the statements' texts by number; none where the file is not there or has other columns."""
    if not path.is_file():
        return {}
    frame = table(path)
    if not {"comment-id", "comment-body"} <= set(frame.columns):
        return {}
    return {str(number): text or "" for number, text in frame.select("comment-id", "comment-body").iter_rows()}
