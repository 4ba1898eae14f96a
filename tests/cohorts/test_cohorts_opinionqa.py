"""A small archive of two waves, made here: no text of the real one is in the project."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from ip_bench.cli.app import app
from ip_bench.cohorts import read_opinionqa
from ip_bench.errors import IpBenchError, UnknownNameError

ORDERED = ["Very good", "Fairly good", "Bad", "Refused"]
WORDS = ["Trains", "Buses", "Cars", "Refused"]
INFO = ["key", "question", "references", "option_mapping", "option_ordinal"]


def written(path: Path, header: list[str], rows: list[list[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])


def wave(folder: Path, number: int, people: range, questions: int = 4) -> None:
    """Write a wave: ordered questions, and a last one without order; person 3 refuses everything."""
    draw = np.random.default_rng(number)
    keys = [f"Q{question}_W{number}" for question in range(questions)]
    codes = str(dict(zip((1.0, 2.0, 3.0, 99.0), ORDERED, strict=True)))
    info: list[list[object]] = [
        [key, f"How good is  {key}?", str(ORDERED), codes, "[1.0, 2.0, 3.0]"] for key in keys[:-1]
    ]
    info.append([keys[-1], "Which do you take?", str(WORDS), "", "[]"])
    rows: list[list[object]] = []
    for person in people:
        lean = person % 2
        good = [ORDERED[int(np.clip(2 * lean + draw.integers(-1, 2), 0, 2))] for _ in keys[:-1]]
        given: list[object] = [*good, WORDS[draw.integers(0, 3)]]
        rows.append([1000 + person, *(["Refused"] * questions if person == 3 else given), "North" if lean else "South",
                     "Refused" if person == 4 else "Rep" if lean else "Dem", 0.7 + person / 100])  # fmt: skip
    written(folder / "info.csv", INFO, info)
    written(folder / "responses.csv", ["QKEY", *keys, "CREGION", "POLPARTY", f"WEIGHT_W{number}"], rows)
    written(folder / "metadata.csv", ["key", "options"], [["CREGION", "['North', 'South']"]])


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    wave(tmp_path / "human_resp" / "American_Trends_Panel_W26", 26, range(40))
    wave(tmp_path / "human_resp" / "American_Trends_Panel_W27", 27, range(20, 60))
    return tmp_path / "human_resp"


def test_waves_lie_side_by_side(archive: Path) -> None:
    answers = read_opinionqa(archive)
    assert len(answers.people) == 59
    assert len(answers) == (39 + 40) * 4
    assert [item.item_id for item in answers.items][:4] == ["Q0_W26", "Q1_W26", "Q2_W26", "Q3_W26"]
    assert answers.items[0].options == ("Very good", "Fairly good", "Bad")
    assert (answers.items[0].scale, answers.items[0].text) == ("ordinal", "How good is Q0_W26?")
    assert answers.items[3].scale == "categorical"
    assert dict(answers.set_aside) == {"people with no answers": 1}
    both = np.bincount(answers.person) == 8
    assert both.sum() == 20
    groups = {each.name: each for each in answers.groups}
    assert groups["CREGION"].levels == ("North", "South")
    assert (groups["POLPARTY"].codes == -1).sum() == 1
    assert not any("100" in key for key in answers.people)


def test_one_wave_alone_gives_the_same_answers(archive: Path) -> None:
    """Person and region belong together before and after re-keying: those of the north answer worse."""
    answers = read_opinionqa(archive / "American_Trends_Panel_W26", ["Q0_W26", "Q1_W26", "Q2_W26"])
    north = answers.groups[0].codes[answers.person] == answers.groups[0].levels.index("North")
    assert answers.answer[north].mean() > answers.answer[~north].mean() + 0.7


def test_codes_serve_for_texts(archive: Path) -> None:
    folder = archive / "American_Trends_Panel_W26"
    before = read_opinionqa(folder)
    text = (folder / "responses.csv").read_text()
    for code, option in ((1, "Very good"), (2, "Fairly good"), (3, "Bad")):
        text = text.replace(option, f"{code}.0")
    (folder / "responses.csv").write_text(text)
    info = (folder / "info.csv").read_text().replace("99.0: 'Refused'", "nan: 'Refused'")
    (folder / "info.csv").write_text(info)
    after = read_opinionqa(folder)
    assert (after.answer == before.answer).all()
    assert after.items == before.items


def test_options_are_those_of_the_mapping_where_there_is_no_list(archive: Path) -> None:
    folder = archive / "American_Trends_Panel_W26"
    before = read_opinionqa(folder)
    (folder / "info.csv").write_text((folder / "info.csv").read_text().replace(str(ORDERED), ""))
    assert read_opinionqa(folder).items == before.items


def test_answers_that_are_no_option_are_counted(archive: Path) -> None:
    folder = archive / "American_Trends_Panel_W27"
    text = (folder / "responses.csv").read_text()
    (folder / "responses.csv").write_text(text.replace("Trains", "Zeppelin", 2))
    answers = read_opinionqa(archive)
    assert answers.set_aside["answers to Q3_W27 that are none of its options"] == 2
    assert len(answers) == (39 + 40) * 4 - 2


def test_a_question_asked_twice_has_two_names(archive: Path) -> None:
    for file in ("info.csv", "responses.csv"):
        path = archive / "American_Trends_Panel_W27" / file
        path.write_text(path.read_text().replace("Q0_W27", "Q0_W26"))
    names = [item.item_id for item in read_opinionqa(archive).items]
    assert [name for name in names if name.startswith("Q0_W26")] == [
        "Q0_W26 (American_Trends_Panel_W26)", "Q0_W26 (American_Trends_Panel_W27)",
    ]  # fmt: skip


def test_bad_archives_are_named(archive: Path, tmp_path: Path) -> None:
    folder = archive / "American_Trends_Panel_W26"
    with pytest.raises(UnknownNameError, match="unknown item 'Q9'"):
        read_opinionqa(archive, ["Q9"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(IpBenchError, match=r"has no responses\.csv"):
        read_opinionqa(tmp_path / "empty")
    info = (folder / "info.csv").read_text()
    (folder / "info.csv").write_text(info.replace("['Very good'", "__import__('os').getcwd() + ['Very good'", 1))
    with pytest.raises(IpBenchError, match=r"question Q0_W26 has .* where a list must stand"):
        read_opinionqa(folder)
    (folder / "info.csv").write_text(info.replace("key,question,references,option_mapping", "a,b,c,d"))
    with pytest.raises(IpBenchError, match="must have key, and references or option_mapping"):
        read_opinionqa(folder)
    (folder / "info.csv").write_text("key,references\nother,\"['a', 'b']\"\n")
    with pytest.raises(IpBenchError, match=r"no question of info\.csv is a column"):
        read_opinionqa(folder)
    (folder / "info.csv").unlink()
    with pytest.raises(IpBenchError, match=r"has no info\.csv"):
        read_opinionqa(folder)
    (folder / "info.csv").write_text(info)
    responses = (folder / "responses.csv").read_text()
    (folder / "responses.csv").write_text(responses.replace("\n1001,", "\n1000,", 1))
    with pytest.raises(IpBenchError, match="1 rows lack QKEY or repeat"):
        read_opinionqa(folder)
    (folder / "responses.csv").write_text(responses.replace("QKEY", "WHO", 1))
    assert len(read_opinionqa(folder).people) == 39
    with pytest.raises(IpBenchError, match="has no QKEY, by which"):
        read_opinionqa(archive)


def test_the_command_says_which_methods_do_not_serve(archive: Path) -> None:
    done = CliRunner().invoke(
        app, ["cohorts", "fit", str(archive), "--format", "opinionqa", "--seeds", "1", "--holdout", "0.2", "--json"]
    )
    assert done.exit_code == 0, done.output
    methods = {each["method"]: each for each in json.loads(done.stdout)["methods"]}
    assert [*methods] == [
        "chance", "item_mode", "squared_error", "ordinal", "binary", "categorical", "polis", "cohorts",
    ]  # fmt: skip
    for name in ("squared_error", "ordinal", "polis"):
        assert methods[name]["accuracy"] is None
        assert methods[name]["ci"] == [None, None]
        assert "2 of 8 items have unordered ones" in methods[name]["reason"]
    assert methods["categorical"]["reason"] is None
    assert methods["categorical"]["accuracy"] > 0
