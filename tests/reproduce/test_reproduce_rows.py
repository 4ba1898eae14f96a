"""Every error of a data file names the file, the line and the column; missing is missing and nothing else."""

import math

import pytest

from ip_bench.errors import IpBenchError
from ip_bench.reproduce.rows import Row, csv_rows, jsonl_rows


def written(tmp_path, text, name="scores.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def row(value, tmp_path):
    return Row(tmp_path / "a.csv", 7, {"score": value})


def test_csv_rows_hold_their_line_and_skip_empty_lines(tmp_path):
    path = written(tmp_path, "\ufeffa, b\n1,2\n\n3,4\n")
    assert [(one.line, one.whole("a"), one.whole("b")) for one in csv_rows(path, ("a", "b"))] == [(2, 1, 2), (4, 3, 4)]


def test_csv_without_a_header_takes_the_given_names(tmp_path):
    path = written(tmp_path, "0,38.0\n1,37.5\n")
    assert [one.number("score") for one in csv_rows(path, ("index", "score"), header=False)] == [38.0, 37.5]


@pytest.mark.parametrize("value", ["", " ", "nan", "NaN", "NA", "null", "None", None, math.nan])
def test_blank_is_missing(value, tmp_path):
    assert math.isnan(row(value, tmp_path).number("score"))


@pytest.mark.parametrize("value", ["x", "1_0", True, [], {}, "1,5"])
def test_what_is_no_number_is_an_error_that_names_file_line_and_column(value, tmp_path):
    with pytest.raises(IpBenchError, match=r"a\.csv, line 7, column 'score': .* is no number"):
        row(value, tmp_path).number("score")


@pytest.mark.parametrize("value", ["inf", "-inf", "1e999", "2", "-0.1"])
def test_what_lies_outside_the_bounds_is_an_error_with_the_bounds(value, tmp_path):
    with pytest.raises(IpBenchError, match=r"line 7, column 'score': .* is no finite number from 0 to 1"):
        row(value, tmp_path).number("score", low=0, high=1)


@pytest.mark.parametrize("value", ["1.5", "-1", "", "nan"])
def test_an_index_is_whole(value, tmp_path):
    with pytest.raises(IpBenchError, match="is no whole number of 0 or more"):
        row(value, tmp_path).whole("score")


def test_flags_and_texts(tmp_path):
    assert [row(v, tmp_path).flag("score") for v in (True, False, "1", "0", 1, 0)] == [True, False] * 3
    assert row(" x ", tmp_path).text("score") == "x"
    with pytest.raises(IpBenchError, match="neither true"):
        row("yes", tmp_path).flag("score")
    with pytest.raises(IpBenchError, match="is no text"):
        row("  ", tmp_path).text("score")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,c\n1,2\n", "line 1: column 'b' is missing; needed are a, b"),
        ("", "line 1: column 'a' is missing"),
        ("a,b,a\n1,2,3\n", "line 1: column 'a' is there twice"),
        ("a,b\n1,2\n1\n", "line 3: 1 fields where there are 2 columns"),
        (b"a,b\n\xff,2\n", "is not readable as UTF-8 CSV"),
        ('a,b\n"1,2\n', "is not readable as UTF-8 CSV"),
    ],
)
def test_a_broken_csv_file_says_where(text, message, tmp_path):
    path = written(tmp_path, text)
    with pytest.raises(IpBenchError, match=message):
        list(csv_rows(path, ("a", "b")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n{"a": 1\n', "line 2: not JSON"),
        ('{"a": 1}\n\n[1]\n', "line 3: a list; each line must be a JSON object"),
        ('{"b": 1}\n', "line 1: column 'a' is missing"),
        (b'{"a": "\xff"}\n', "is not readable as UTF-8 JSONL"),
        ("[" * 100_000 + "\n", "line 1: not JSON"),
    ],
)
def test_a_broken_jsonl_file_says_where(text, message, tmp_path):
    path = written(tmp_path, text, "a.jsonl")
    with pytest.raises(IpBenchError, match=message):
        list(jsonl_rows(path, ("a",)))
