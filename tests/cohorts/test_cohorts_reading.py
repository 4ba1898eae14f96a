from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from ip_bench.cli.app import app, main
from ip_bench.cohorts import read, read_hub
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.schemas import validator
from ip_bench.seeds import generator

SHARED = Path(os.environ.get("IP_BENCH_SHARED") or Path(__file__).parents[3] / "shared")
OPINIONS = SHARED / "data" / "opinions"


def written(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])
    return path


def answered(people: int = 60, items: int = 6, options: int = 5) -> list[list[int]]:
    draw = generator("answered", people, items, options)
    place = draw.normal(size=people)
    lean = place[:, None] * draw.choice([-2, 2], items) + draw.logistic(size=(people, items))
    return np.digitize(lean, np.linspace(-2, 2, options - 1)).tolist()


@pytest.fixture
def votes(tmp_path: Path) -> Path:
    header = ["participant", "xid", "group-id", "n-votes", *map(str, range(6))]
    rows = [[n, "", n % 2, 6, *(vote - 1 for vote in row)] for n, row in enumerate(answered(options=3))]
    rows[7][4:] = [""] * 6
    for row in rows:
        row[9] = 1 if row[9] != "" else ""
    written(tmp_path / "export" / "participants-votes.csv", header, rows)
    comments = [[n, f"Statement {n}\nin two lines"] for n in range(6)]
    written(tmp_path / "export" / "comments.csv", ["comment-id", "comment-body"], comments)
    return tmp_path / "export"


def test_polis(votes: Path) -> None:
    answers = read(votes, "polis")
    assert len(answers.people) == 59
    assert [item.item_id for item in answers.items] == ["0", "1", "2", "3", "4"]
    assert answers.items[0].text == "Statement 0\nin two lines"
    assert answers.items[0].options == ("disagree", "pass", "agree")
    assert dict(answers.set_aside) == {
        "items answered one way or by nobody (5)": 1, "people with no answers": 1,
    }  # fmt: skip
    assert answers.groups[0].name == "polis group"
    assert len(answers.groups[0].codes) == 59


def test_wide_tables_are_ordered_numbers_or_unordered_words(tmp_path: Path) -> None:
    rows = [[n, *row, "red" if row[0] > 2 else "blue"] for n, row in enumerate(answered())]
    path = written(tmp_path / "t.csv", ["id", *"abcdef", "color"], rows)
    answers = read(path, "wide", [*"abcd"])
    assert [item.item_id for item in answers.items] == [*"abcd"]
    assert answers.items[0].options == ("0", "1", "2", "3", "4")
    assert {each.name for each in answers.groups} == {"e", "f", "color"}
    assert read(path, "wide").items[-1].scale == "binary"
    frame = pl.read_csv(path)
    frame.write_parquet(tmp_path / "t.parquet")
    again = read(tmp_path / "t.parquet", "wide", [*"abcd"])
    assert (again.answer == answers.answer).all()


def test_groups_stay_with_their_people(tmp_path: Path) -> None:
    """A column that copies an item as a group has the same code for every person, after re-keying."""
    rows = [[f"someone{n}", *row, row[0]] for n, row in enumerate(answered())]
    answers = read(written(tmp_path / "t.csv", ["user", *"abcdef", "copy"], rows), "wide", [*"abcdef"])
    first = answers.where(answers.item == 0)
    assert (answers.groups[0].codes[first.person] == first.answer).all()


def test_long_tables(tmp_path: Path) -> None:
    rows = [[f"u{n}", f"q{m}", value] for n, row in enumerate(answered()) for m, value in enumerate(row)]
    rows += [["u0", "q0", rows[0][2]], ["u1", "q1", (rows[7][2] + 1) % 5], ["silent", "q1", ""], ["", "q1", 2]]
    answers = read(written(tmp_path / "t.csv", ["user", "item", "answer"], rows), "long")
    assert len(answers.people) == 60
    assert len(answers) == 60 * 6 - 1
    assert dict(answers.set_aside) == {
        "rows without a user or an item": 1, "rows without an answer": 1, "rows that repeat another": 1,
        "cells with answers that disagree (items q1)": 1, "people with no answers": 1,
    }  # fmt: skip


def test_the_order_of_rows_says_nothing(tmp_path: Path) -> None:
    rows = [[f"u{n}", f"q{m}", value] for n, row in enumerate(answered()) for m, value in enumerate(row)]
    one = read(written(tmp_path / "one.csv", ["user", "item", "answer"], rows), "long")
    other = read(written(tmp_path / "other.csv", ["user", "item", "answer"], rows[::-1]), "long")
    assert (one.answer == other.answer).all()
    assert (one.person == other.person).all()


def test_identifiers_are_rekeyed_and_personal_columns_never_read(tmp_path: Path) -> None:
    rows = [
        [f"ann{n}@example.org", f"Ann {n}", f"10.0.0.{n}", f"10.1.1.{n}", *row] for n, row in enumerate(answered(12))
    ]
    path = written(tmp_path / "t.csv", ["user", "Full name", "IP address", "source", *"abcdef"], rows)
    answers = read(path, "wide")
    assert list(answers.people) == [f"p{n:02d}" for n in range(1, 13)]
    assert dict(answers.set_aside) == {"columns of personal data (Full name, IP address, source)": 3}
    assert not any(secret in str(answers.__dict__) for secret in ("ann", "Ann", "10.0", "10.1"))
    with pytest.raises(IpBenchError, match=r"Full name: personal data \(names\), which is never an item"):
        read(path, "wide", ["a", "Full name"])


@pytest.mark.parametrize(
    ("form", "header", "rows", "said"),
    [
        ("wide", ["id", "a", "b"], [[n, 99 if n == 3 else 1 + n % 5, n % 2] for n in range(20)], "unknown code 99 far"),
        ("wide", ["id", "a", "b"], [[n, -9 if n == 3 else 1 + n % 5, n % 2] for n in range(20)], "unknown code -9 far"),
        ("wide", ["id", "a", "b"], [[n, "x" if n == 3 else n % 5, n % 2] for n in range(20)], "unknown codes x"),
        ("wide", ["id", "a"], [[n, n % 2] for n in range(20)], "two or more columns of answers"),
        ("wide", ["id", "a", "b"], [[n % 19, n % 3, n % 2] for n in range(20)], "1 rows repeat the identifier"),
        ("wide", ["id", "a", "b", "c"], [[n, 1, 1, 2] for n in range(20)], "too little to fit"),
        ("long", ["who", "item", "value"], [["u", "q", 1]], "lacks user, answer; its columns are who, item, value"),
        ("long", ["user", "item", "answer"], [["u", "q", ""]], "no row with a user, an item and an answer"),
    ],
)  # fmt: skip
def test_bad_tables_are_named(
    form: str, header: list[str], rows: list[list[object]], said: str, tmp_path: Path
) -> None:
    with pytest.raises(IpBenchError, match=said):
        read(written(tmp_path / "t.csv", header, rows), form)


@pytest.mark.parametrize(("start", "separator"), [("\ufeff", ","), ("", ";"), ("", "\t")])
def test_spreadsheets_are_read(start: str, separator: str, tmp_path: Path) -> None:
    rows = [[f"u{n}", *(f"{value}.0" for value in row)] for n, row in enumerate(answered())]
    text = "\r\n".join(separator.join(row) for row in [["id", *"abcdef"], *rows, rows[3]])
    (tmp_path / "t.csv").write_bytes((start + text).encode("utf-8"))
    answers = read(tmp_path / "t.csv", "wide")
    assert [item.item_id for item in answers.items] == [*"abcdef"]
    assert answers.items[0].options == ("0", "1", "2", "3", "4")
    assert dict(answers.set_aside) == {"rows that repeat another": 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty CSV"),
        (b"id,a,b\n", "columns and no rows"),
        ("größe,b\n1,2\n".encode("latin-1"), "it is not UTF-8; save it as UTF-8"),
        (b"id,a,a\n1,2,3\n", "more than one column a; name each"),
        (",".join(map(str, range(30_000))).encode(), "30,000 columns, more than 20,000; give a long table"),
    ],
)
def test_files_that_are_no_table_are_refused(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(IpBenchError, match=said):
        read(tmp_path / "t.csv", "wide")


def test_personal_columns_in_odd_spellings(tmp_path: Path) -> None:
    secret = {"E-Mail_2": "a", "clientIP": "b", "Name of respondent": "c", "contact": "+43 660 123 4567", "DOB": "d"}
    rows = [[n, *secret.values(), *row] for n, row in enumerate(answered(20))]
    path = written(tmp_path / "t.csv", ["id", *secret, "a question on the phones we use", *"bcdef"], rows)
    answers = read(path, "wide")
    assert dict(answers.set_aside) == {f"columns of personal data ({', '.join(secret)})": 5}
    assert answers.items[0].item_id == "a question on the phones we use"


def test_long_items_that_are_no_opinions_are_set_aside(tmp_path: Path) -> None:
    rows = [[f"u{n}", f"q{m}", value] for n, row in enumerate(answered()) for m, value in enumerate(row)]
    rows += [[f"u{n}", "comment", f"word {n}"] for n in range(30)]
    rows += [[f"u{n}", "boss", f"boss{n % 2}@example.org"] for n in range(30)]
    path = written(tmp_path / "t.csv", ["user", "item", "answer"], rows)
    answers = read(path, "long")
    assert len(answers.items) == 6
    assert dict(answers.set_aside) == {
        "items with more than 12 answers (comment)": 1, "items of personal data (boss)": 1,
    }  # fmt: skip
    with pytest.raises(IpBenchError, match="boss hold personal data"):
        read(path, "long", ["q0", "boss"])
    with pytest.raises(IpBenchError, match="comment have more than 12 answers"):
        read(path, "long", ["q0", "comment"])


def test_what_a_file_holds_cannot_drive_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "\x1b[2Jq\u202e"
    path = written(tmp_path / "t.csv", ["user", "item", "answer"], [["u1", hostile, "1"], ["u1", hostile, "x"]])
    monkeypatch.setattr("sys.argv", ["ip-bench", "cohorts", "fit", str(path), "--format", "long", "--items", "q9"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert "\\u001b[2Jq\\u202e" in said
    assert not {"\x1b", "\u202e"} & set(said)


def test_datasets_of_the_hub_are_read_like_tables(tmp_path: Path) -> None:
    """A local folder stands for a repository: both go through the same loader."""
    rows = [[f"u{n}", f"q{m}", value] for n, row in enumerate(answered()) for m, value in enumerate(row)]
    written(tmp_path / "data" / "train.csv", ["user", "item", "answer"], rows)
    found = read_hub(str(tmp_path / "data"), "main", "long")
    assert (len(found.people), len(found.items), len(found)) == (60, 6, 360)
    assert (found.answer == read(tmp_path / "data" / "train.csv", "long").answer).all()
    with pytest.raises(UnknownNameError, match="unknown format 'polis'"):
        read_hub(str(tmp_path / "data"), "main", "polis")
    with pytest.raises(IpBenchError, match="nowhere@main cannot be loaded"):
        read_hub(str(tmp_path / "nowhere"), "main", "long")
    with pytest.raises(IpBenchError, match="a branch or tag may move; write hub:ORG/NAME@COMMIT"):
        read("hub:org/votes@main", "long")


def test_bad_polis_folders_are_named(votes: Path, tmp_path: Path) -> None:
    file = votes / "participants-votes.csv"
    file.write_text(file.read_text().replace("\n3,,1,6,", "\n3,,1,6,2", 1))
    with pytest.raises(IpBenchError, match=r"column 0 has unknown codes 2.*its codes are -1, 0, 1"):
        read(votes, "polis")
    file.write_text("a,b\n1,2\n")
    with pytest.raises(IpBenchError, match="has the columns a, b; it must have participant"):
        read(votes, "polis")
    with pytest.raises(IpBenchError, match=r"has no participants-votes\.csv"):
        read(tmp_path, "polis")
    with pytest.raises(UnknownNameError, match=r"unknown format 'tall'.*polis, wide, long"):
        read(file, "tall")
    with pytest.raises(IpBenchError, match="does not exist"):
        read(tmp_path / "nowhere", "polis")
    (tmp_path / "t.parquet").write_text("no parquet")
    with pytest.raises(IpBenchError, match="is not readable as a table"):
        read(tmp_path / "t.parquet", "wide")


def test_the_command_prints_every_method(votes: Path) -> None:
    done = CliRunner().invoke(app, ["cohorts", "fit", str(votes), "--format", "polis", "--seeds", "2", "--json"])
    assert done.exit_code == 0, done.output
    record = json.loads(done.stdout)
    assert list(validator("cohorts").iter_errors(record)) == []
    assert [each["method"] for each in record["methods"]] == [
        "chance", "item_mode", "squared_error", "ordinal", "binary", "categorical", "polis", "cohorts",
    ]  # fmt: skip
    for each in record["methods"]:
        assert each["ci"][0] <= each["accuracy"] <= each["ci"][1]
        assert (each["log_loss"] is None) == (each["method"] == "squared_error")
    assert record["set_aside"]["people with no answers"] == 1
    assert {"count", "answer", "considered"} <= set(record["cohorts"])
    assert {each["division"] for each in record["coherence"]} >= {"cohorts", "polis group", "shuffled labels"}
    files = [votes.parent / "found.html", votes.parent / "found.json"]
    asked = ["cohorts", "fit", str(votes), "--format", "polis", "--seeds", "1"]
    shown = CliRunner().invoke(app, [*asked, "--html", str(files[0]), "--out", str(files[1])])
    assert shown.exit_code == 0
    assert "item_mode" in shown.stdout
    assert "Do the people of <bdi>export</bdi> form cohorts?" in files[0].read_text()
    written = json.loads(files[1].read_text())
    assert written["items"] == 5
    assert list(validator("cohorts").iter_errors(written)) == []
    wrong = written | {"seeds": 0, "user": "p1"}
    assert len(list(validator("cohorts").iter_errors(wrong))) == 2
    folder = CliRunner().invoke(app, [*asked, "--html", str(votes)])
    assert "is a folder or lies below a file" in str(folder.exception)
    assert str(votes.parent) not in "".join(file.read_text() for file in files)


def test_real_votes_are_read() -> None:
    if not OPINIONS.is_dir():
        pytest.skip(f"no opinions at {OPINIONS}; set IP_BENCH_SHARED")
    folder = OPINIONS / "polis" / "american-assembly.bowling-green"
    answers = read(folder, "polis")
    assert len(answers) + 0 == 225_524 - _one_way(folder)
    items = [f"{letter}{number}" for letter in "ACENO" for number in range(1, 6)]
    bfi = read(OPINIONS / "bfi" / "psych_bfi.csv", "wide", items)
    assert (len(bfi.people), len(bfi.items)) == (2800, 25)
    assert {each.name for each in bfi.groups} == {"gender", "education"}


def _one_way(folder: Path) -> int:
    """Return how many votes fell on statements that were answered one way, counted another way."""
    frame = pl.read_csv(folder / "participants-votes.csv", infer_schema=False)
    columns = [frame[name].drop_nulls() for name in frame.columns if name.isdigit()]
    return sum(len(values) for values in columns if values.n_unique() == 1)
