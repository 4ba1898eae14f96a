"""Samples of many runs that are odd, hostile or no samples: marked where they can be read, else named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from logged_sample import sample
from some_runs import CHOSEN, GENERATED, rows_of, write_samples

from ip_bench.errors import IpBenchError, SamplesError
from ip_bench.files import write_json, write_jsonl
from ip_bench.samples.batches import FAULTS
from ip_bench.samples.effects import effects_by_run
from ip_bench.samples.scan import scan_samples


def test_faults_are_marked_and_effects_refuse_them_with_counts(dataset: Path, tmp_path: Path) -> None:
    rows = rows_of("cultural")
    records = [sample(row, row["choices"][0]) for row in rows[:-2]]
    records[0]["doc"] = rows[0] | {"prompt": "Another version"}
    records[1]["arguments"] = {"gen_args_0": {"arg_0": rows[1]["prompt"]}}
    records.append(sample(rows[5], "again"))
    table = scan_samples(write_samples(tmp_path, records)).collect(engine="streaming")
    marked = table.with_row_index().filter(pl.col("fault").is_not_null()).select("index", "fault", "arm", "uk", "kind")
    assert marked.rows() == [
        (0, "foreign", rows[0]["arm"], None, None),
        (1, "undelivered", rows[1]["arm"], None, "undelivered"),
        (len(records) - 1, "duplicate", rows[5]["arm"], None, None),
    ]
    assert set(marked["fault"]) < set(FAULTS)
    with pytest.raises(SamplesError) as caught:
        list(effects_by_run(tmp_path))
    for said in (
        f"{GENERATED} of one (samples_{GENERATED}.jsonl) cannot be analyzed: ",
        f"{rows[0]['arm']} 1 rows are not of this dataset version",
        f"rows occur more than once: {rows[5]['arm']} 1",
        f"2 of {len(rows):,} rows are missing",
        f"missing in the request of rows: {rows[1]['arm']} 1",
    ):
        assert said in str(caught.value)


def test_what_fits_no_column_is_null_in_foreign_rows(dataset: Path, tmp_path: Path) -> None:
    row = rows_of("cultural")[0]
    odd = [{"replicate": 10**30}, {"replicate": True}, {"replicate": -(2**63)}, {"arm": 5, "item_id": ["x"]}]
    records = [sample(row | one, "x") for one in odd]
    table = scan_samples(write_samples(tmp_path, records)).collect(engine="streaming")
    assert table["fault"].to_list() == ["foreign"] * 4
    assert table["replicate"].to_list() == [None, None, -(2**63), row["replicate"]]
    assert table["arm"].to_list() == [row["arm"]] * 3 + [None]


def test_scores_that_are_nan_are_marked(dataset: Path, tmp_path: Path) -> None:
    rows = rows_of("cultural")[:3]
    records = [sample(row, [[float("nan"), "False"]] * len(row["choices"])) for row in rows]
    write_jsonl(tmp_path / "one" / f"samples_{CHOSEN}.jsonl", records)
    table = scan_samples(tmp_path).collect(engine="streaming")
    assert table["fault"].to_list() == table["kind"].to_list() == ["no score"] * 3
    assert table["uk"].null_count() == 3


def test_a_row_that_another_run_has_changed_is_told_from_the_dataset(dataset: Path, tmp_path: Path) -> None:
    """The text of a row is known again by its hash: one letter more, another row, or a second `doc` is not it."""
    rows = rows_of("cultural")
    good = json.dumps(sample(rows[0], "x"))
    longer = good.replace('"prompt": "', '"prompt": "A', 1)
    other = good.replace(rows[0]["row_id"], rows[1]["row_id"], 1)
    twice = good[:-1] + ', "doc": {"row_id": "' + rows[0]["row_id"] + '"}}'
    narrow = json.dumps(sample(rows[0], "x"), separators=(",", ":"))
    for place, lines in enumerate(([good], [good, good], [longer], [other], [twice], [narrow])):
        folder = tmp_path / f"run{place}"
        folder.mkdir()
        (folder / f"samples_{GENERATED}.jsonl").write_text("\n".join(lines) + "\n")
    faults = scan_samples(tmp_path).select("run", "fault").collect(engine="streaming").rows()
    expected = [None, None, "duplicate", "foreign", "foreign", "foreign", None]
    assert faults == list(zip(["run0", "run1", "run1", "run2", "run3", "run4", "run5"], expected, strict=True))


def test_of_two_docs_in_a_line_the_first_is_not_known_again(dataset: Path, tmp_path: Path) -> None:
    good = json.dumps(sample(rows_of("cultural")[0], "x"))
    changed = good.replace('"prompt": "', '"prompt": "A', 1)
    docs = [json.dumps(json.loads(line)["doc"]) for line in (changed, good)]
    changed_first = good.replace('"doc": ', f'"doc": {docs[0]}, "doc": ', 1)
    good_first = changed.replace('"doc": ', f'"doc": {docs[1]}, "doc": ', 1)
    for place, line in enumerate((changed_first, changed, good_first, good, good_first, changed)):
        (tmp_path / f"run{place}").mkdir()
        (tmp_path / f"run{place}" / f"samples_{GENERATED}.jsonl").write_text(line + "\n")
    faults = scan_samples(tmp_path).collect(engine="streaming")["fault"].to_list()
    assert faults == [None, "foreign", "foreign", None, "foreign", "foreign"]


def test_hostile_responses_are_read_unharmed(dataset: Path, tmp_path: Path) -> None:
    rows = rows_of("cultural")
    said = [
        "\x00\x07\x1b[31m\u2028\r\n",
        "x" * 1_000_000,
        "broken \ud83d emoji",
        "NaN",
        '{"doc": {"row_id": "x"}}',
        "<think>",
        "",
    ]
    records = [sample(row, text) for row, text in zip(rows, said, strict=False)]
    records.append(sample(rows[len(said)], "x") | {"filtered_resps": [float("nan")]})
    table = scan_samples(write_samples(tmp_path, records))
    found = table.collect(engine="streaming")
    expected = [*said[:2], "broken \ufffd emoji", *said[3:], "nan"]
    assert found["response"].to_list() == expected
    assert found["fault"].null_count() == len(records)
    table.sink_parquet(tmp_path / "out.parquet")
    assert pl.read_parquet(tmp_path / "out.parquet").equals(found)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"\xff\xfe", r"\.jsonl:2: not JSON \('utf-8' codec"),
        (b'{"doc": {"row_id"', r"\.jsonl:2: not JSON \(Expecting ':' delimiter\)"),
        (b"[" * 100_000, r"\.jsonl:2: not JSON"),
        (b"[]", r"samples_ip_cues_cultural_mini\.jsonl:2: not a logged sample"),
        (b'{"doc": {"row_id": 3}}', r"\.jsonl:2: not a logged sample"),
    ],
)
def test_lines_that_are_no_samples_are_named(dataset: Path, tmp_path: Path, line: bytes, said: str) -> None:
    file = write_samples(tmp_path, [sample(rows_of("cultural")[0], "x")]) / "one" / f"samples_{GENERATED}.jsonl"
    file.write_bytes(file.read_bytes() + line + b"\n")
    with pytest.raises(SamplesError, match=said):
        scan_samples(tmp_path).collect(engine="streaming")


def test_a_likelihood_beyond_floats_is_named(dataset: Path, tmp_path: Path) -> None:
    row = rows_of("cultural")[0]
    records = [sample(row, [[-(10**400), "False"]] * len(row["choices"]))]
    write_jsonl(tmp_path / "one" / f"samples_{CHOSEN}.jsonl", records)
    with pytest.raises(SamplesError, match=r"one: .*\.jsonl:1: no log-likelihoods"):
        scan_samples(tmp_path).collect(engine="streaming")


@pytest.mark.parametrize("mitigation", [7, "strip", ["strip"], {"kind": "strip"}])
def test_a_record_of_no_mitigation_is_named(few: Path, mitigation: Any) -> None:
    write_json(few / "second" / "run.json", {"mitigation": mitigation})
    with pytest.raises(IpBenchError, match=r"run\.json does not say how the run was mitigated"):
        scan_samples(few).collect(engine="streaming")
