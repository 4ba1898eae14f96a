"""A design of one's own is read, refused with line and fix, built, asked, analyzed and reported like a shipped one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from ip_bench import catalog
from ip_bench.cues.edits import undo_edits
from ip_bench.errors import ContentError, IpBenchError, UnknownNameError
from ip_bench.own import registered
from ip_bench.own.design import read_design
from ip_bench.own.rows import prompts
from ip_bench.release import recipes
from ip_bench.release.build import build
from ip_bench.schemas import validator

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
ARMS = ["reference", "repeat", "parent", "placebo_other", "placebo_typo", "explicit_parent"]


@pytest.fixture(autouse=True)
def unregistered() -> Iterator[None]:
    yield
    recipes._REGISTERED.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the example that a test may change."""
    for file in EXAMPLES.glob("parents.*"):
        shutil.copy(file, tmp_path)
    return tmp_path


def changed(folder: Path, change: Any) -> Path:
    """Return the example's design after a change of its record."""
    file = folder / "parents.yaml"
    record = yaml.safe_load(file.read_text(encoding="utf-8"))
    change(record)
    file.write_text(yaml.safe_dump(record, sort_keys=False, allow_unicode=True, width=1_000), encoding="utf-8")
    return file


def test_a_record_in_every_arm(folder: Path) -> None:
    rows = [row for row in prompts(read_design(folder / "parents.yaml"), "test") if row.item_id == "storm"][:6]
    question = "A storm warning is out for tonight. Do I drive the three hours today or tomorrow morning?"
    tail = "\n\nOptions:\n- drive today\n- drive tomorrow\nAnswer:"
    number = int(rows[0].realization_id[1:]) - 1
    record = yaml.safe_load((folder / "parents.yaml").read_text(encoding="utf-8"))["arms"]
    said, parent, other = (record[arm]["says"][number] for arm in ("reference", "parent", "placebo_other"))
    stated = record["explicit_parent"]["says"][number % 2]
    assert [row.arm for row in rows] == ARMS
    assert [row.prompt for row in rows if row.arm != "placebo_typo"] == [
        f"{said} {question}{tail}",
        f"{said} {question}{tail}",
        f"{parent} {question}{tail}",
        f"{other} {question}{tail}",
        f"{stated} {said} {question}{tail}",
    ]
    typo = rows[4]
    assert sorted(typo.prompt) == sorted(rows[0].prompt)
    assert typo.prompt != rows[0].prompt
    assert typo.prompt.endswith(f" {question}{tail}")
    assert {undo_edits(row.prompt, row.edits) for row in rows} == {rows[0].prompt}
    assert [row.replicate for row in rows] == [0, 1, 0, 0, 0, 0]
    assert rows[0].system == "Reply with one of the options, word for word, and nothing else."
    assert rows[0].extra == {"choice_locales": [[], ["cautious"]]}
    assert (rows[0].choices, rows[0].outcome, rows[0].topic) == (
        ("drive today", "drive tomorrow"),
        "cautious",
        "travel",
    )


def test_every_item_meets_its_cells_and_every_sentence_as_many_items(folder: Path) -> None:
    design = read_design(folder / "parents.yaml")
    test, kept = (list(prompts(design, split)) for split in ("test", "validation"))
    assert len({row.row_id for row in test + kept}) == len(test + kept) == 20 * 2 * len(ARMS)
    assert len({row.item_id for row in kept}) == 2
    met = [row.realization_id for row in test if row.arm == "parent"]
    assert {met.count(one) for one in met} <= {4, 5}


def test_a_lexicon_of_ones_own_turns_what_is_said_or_all_of_it(folder: Path) -> None:
    (folder / "scots.csv").write_text(
        "standard,scotland,plain\nsmall,wee,little\nolder,aulder,aged\nmorning,morn,dawn\n"
    )
    (folder / "scots.yaml").write_text(
        "family: scots\ntable: scots.csv\nlevels: [standard, scotland]\nneutral: plain\n"
    )

    def scots(record: dict[str, Any], *, whole: bool) -> None:
        record["arms"]["reference"]["says"] = [f"This {thing} is small." for thing in ("car", "hall", "shop", "note")]
        record["cells"] = 1
        for name, level in (("parent", "scotland"), ("placebo_other", "plain")):
            turn = {"lexicon": "scots.yaml", "level": level} | ({"all": True} if whole else {})
            record["arms"][name] = {"role": record["arms"][name]["role"], "turn": turn}

    for whole in (False, True):
        design = read_design(changed(folder, lambda record, whole=whole: scots(record, whole=whole)))
        rows = {row.arm: row for row in prompts(design, "test") if row.item_id == "car"}
        assert " is wee. Should" in rows["parent"].prompt
        assert " is little. Should" in rows["placebo_other"].prompt
        asked = rows["parent"].prompt.split("?")[0]
        assert ("the aulder car" in asked) is whole
        assert set(design.files) == {"parents.yaml", "parents.csv", "scots.yaml", "scots.csv"}


def refused(folder: Path, change: Any) -> str:
    with pytest.raises(ContentError) as error:
        read_design(changed(folder, change))
    return str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r.update(name="Parents"), "parents.yaml:1: name: 'Parents' does not match"),
        (lambda r: r.update(name="parents_mini"), "a name must not end with _mc, _mini or _user"),
        (lambda r: r.pop("when"), "'when' is a required property; add it"),
        (lambda r: r.update(colour="red"), "('colour' was unexpected); keys are: name, version, license, about"),
        (lambda r: r["arms"].pop("explicit_parent"), "no arm has the role explicit; add sentences that state"),
        (lambda r: r["arms"].pop("parent"), "no arm has the role treatment; add who seems to ask"),
        (lambda r: [r["arms"].pop(n) for n in ("placebo_other", "placebo_typo")], "no arm has the role placebo; add"),
        (lambda r: r["arms"].update(repeat=dict(r["arms"].pop("parent"))), "the repeat arm is made by itself"),
        (lambda r: r["arms"]["reference"].update(role="treatment"), "the arm 'reference', and no other, must have"),
        (lambda r: r["arms"].update(typing=r["arms"].pop("placebo_typo")), "call it placebo_typing"),
        (lambda r: r["arms"]["parent"]["says"].pop(), "parent says 7 sentences, the reference 8; the k-th of each"),
        (lambda r: r["arms"]["reference"].update(says=["a", "b"]), "says 2 sentences; write at least 4"),
        (lambda r: r["arms"]["parent"].update(turn={"family": "typo", "level": 1}), "must have one of says and turn"),
        (lambda r: r["arms"]["placebo_typo"].update(turn={"level": 1}), "name one of family and lexicon"),
        (lambda r: r.update(templates=["{question}"]), "a template holds {cue} and {question}, each once"),
        (lambda r: r.update(cells=9), "an item meets at most the 8 sentences that there are"),
        (lambda r: r.update(version="1.0.0\n"), "version: '1.0.0\\n' does not match"),
        (lambda r: r.update(about="\ud800"), "a text holds half a character"),
        (lambda r: r.update(when=" "), "when: ' ' does not match"),
        (lambda r: r["arms"]["parent"]["says"].__setitem__(0, " "), "write a text"),
        (lambda r: r["arms"]["explicit_parent"].update(says=["I am.", "I am. "]), "says a sentence twice"),
        (lambda r: r["arms"].update({True: r["arms"].pop("parent")}), "arms: True is not of type 'string'; put it in"),
        (lambda r: r["arms"].update(placebo_x=r["arms"].pop("parent")), "begins with placebo is for the role placebo"),
        (lambda r: r["arms"].update(placebo=r["arms"].pop("placebo_typo")), "begins with placebo_; call it"),
        (lambda r: r.update(items="../parents.csv"), "must be the name of a file in the folder of parents.yaml"),
        (lambda r: r.update(items="missing.csv"), "there is no file 'missing.csv'"),
    ],
)  # fmt: skip
def test_a_broken_design_is_refused_with_line_and_fix(folder: Path, change: Any, said: str) -> None:
    found = refused(folder, change)
    assert said in found
    assert all(line.startswith("parents.yaml:") for line in found.splitlines())


def test_an_unknown_family_or_level_names_the_known_ones(folder: Path) -> None:
    for turn, said in (
        ({"family": "accent", "level": 1}, "families are: "),
        ({"family": "typo", "level": 99}, "1, 2, 3"),
    ):
        with pytest.raises(UnknownNameError, match=said):
            read_design(changed(folder, lambda r, turn=turn: r["arms"]["placebo_typo"].update(turn=turn)))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x,,Which?,one | one,one", "choices must be two or more different texts"),
        ("x,,Which?,one | two,three", "counts names 'three', which is no choice; choices are: one, two"),
        ("x,,Which?,one | two,one | two", "every choice counts"),
        ("x,,,one | two,one", "question must be given"),
        ("car,,Which?,one | two,one", "the id 'car' is there twice"),
        ("x,,Which, this?,one | two,one", "has more cells than there are columns; put a text with a comma in"),
        ("x,,  ,one | two,one", "question must be given"),
        ("x,,Which?,one | two, | ", "counts must be given"),
        ("x,,Which?,Yes | yes,yes", "also without case, accents and punctuation"),
        ("x,,Which?,+ | -,+", "also without case, accents and punctuation"),
        (f"x,,{'w' * 140_000},one | two,one", "is not readable CSV (field larger than field limit"),
    ],
)
def test_a_broken_item_is_refused_with_its_line(folder: Path, line: str, said: str) -> None:
    items = folder / "parents.csv"
    items.write_text(f"{items.read_text(encoding='utf-8')}{line}\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"^parents\.csv:22: ") as error:
        read_design(folder / "parents.yaml")
    assert said in str(error.value)


def test_items_may_be_json_lines_and_must_be_ten(folder: Path) -> None:
    records = [{"question": f"Which of {n}?", "choices": ["this", "that"], "counts": ["that"]} for n in range(10)]
    change = lambda record: record.update(items="own.jsonl")  # noqa: E731
    (folder / "own.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    design = read_design(changed(folder, change))
    assert [item.question for item in design.items] == [record["question"] for record in records]
    assert len({item.item_id for item in design.items}) == 10
    (folder / "own.jsonl").write_text("\n".join(map(json.dumps, records[:9])), encoding="utf-8")
    assert "own.jsonl: holds 9 items; write at least 10" in refused(folder, change).replace("parents.yaml", "own.jsonl")


def test_a_file_without_end_is_refused_at_once(folder: Path) -> None:
    (folder / "parents.yaml").write_text(f"a: [{'x,' * 1_000_001}]", encoding="utf-8")
    with pytest.raises(ContentError, match=r"^parents\.yaml: holds 2,000,007 characters, and may hold 2,000,000"):
        read_design(folder / "parents.yaml")


def test_a_wrong_head_is_said_once(folder: Path) -> None:
    items = folder / "parents.csv"
    first, _, rest = items.read_text(encoding="utf-8").partition("\n")
    for head in (first.replace("topic", "Topic"), first.replace("topic", "id"), first.replace(",", ";")):
        items.write_text(f"{head}\n{rest}", encoding="utf-8")
        with pytest.raises(
            ContentError, match=r"^parents\.csv:1: unknown column .*, or one that is there twice"
        ) as error:
            read_design(folder / "parents.yaml")
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"question": "Q", "choices": [true, false], "counts": [true]}', "True must be a text; put it in"),
        ('{"question": ["Q"], "choices": ["a", "b"], "counts": "a"}', "['Q'] must be a text"),
        ('{"question": "\\ud800", "choices": ["a", "b"], "counts": "a"}', "holds half a character"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_a_broken_json_line_is_refused_with_its_line(folder: Path, line: str, said: str) -> None:
    records = [{"id": n, "question": f"Which\u2028of {n}?", "choices": [1, 2.5], "counts": 1} for n in range(10)]
    held = [json.dumps(record, ensure_ascii=False) for record in records]
    (folder / "own.jsonl").write_text("\n".join(held), encoding="utf-8")
    file = changed(folder, lambda record: record.update(items="own.jsonl", cells=2.0))
    design = read_design(file)
    assert [(item.item_id, item.choices) for item in design.items[:2]] == [("0", ("1", "2.5")), ("1", ("1", "2.5"))]
    assert len(list(prompts(design, "test"))) % (2 * len(ARMS)) == 0
    (folder / "own.jsonl").write_text("\n".join([*held, line]), encoding="utf-8")
    with pytest.raises(ContentError, match=r"^own\.jsonl:11: ") as error:
        read_design(file)
    assert said in str(error.value)


def test_what_gives_an_answer_away_or_changes_nothing_is_not_built(folder: Path, tmp_path: Path) -> None:
    def gives_away(record: dict[str, Any]) -> None:
        record["arms"]["parent"]["says"] = [f"{n} of us throw them out." for n in range(8)]

    changed(folder, gives_away)
    with pytest.raises(ContentError, match=r"item mushrooms, arm parent, .* gives an answer away"):
        build(registered(str(folder / "parents.yaml")), tmp_path / "built")
    assert not (tmp_path / "built").exists()
    changed(folder, lambda record: record["arms"]["parent"].update(says=[*record["arms"]["reference"]["says"]]))
    with pytest.raises(ContentError, match=r"arm parent, .* reads as its reference row does, so it carries no cue"):
        build(registered(str(folder / "parents.yaml")), tmp_path / "built")


def test_other_content_is_another_version(folder: Path) -> None:
    first = read_design(folder / "parents.yaml").version
    assert first.startswith("1.0.0+")
    items = folder / "parents.csv"
    items.write_text(items.read_text(encoding="utf-8").replace("older car", "old car"), encoding="utf-8")
    assert read_design(folder / "parents.yaml").version != first


def test_a_name_of_a_shipped_config_and_a_missing_file_are_refused(folder: Path) -> None:
    with pytest.raises(IpBenchError, match="'cultural' is that of a shipped config"):
        registered(str(changed(folder, lambda record: record.update(name="cultural"))))
    with pytest.raises(IpBenchError, match=r"there is no design nowhere.yaml; datasets are: ip-cues"):
        registered("nowhere.yaml")
    assert registered("ip-echo") == "ip-echo"
    assert "ip_parents" not in catalog.tasks()


def test_two_designs_of_one_name_are_not_built_together(folder: Path, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from ip_bench.cli import app as cli

    other = tmp_path / "other.yaml"
    other.write_text((folder / "parents.yaml").read_text(encoding="utf-8").replace("twins", "girls"), encoding="utf-8")
    words = ["build", str(folder / "parents.yaml"), str(other), "--out", str(tmp_path / "built")]
    with pytest.raises(IpBenchError, match="have one name; build them one at a time, or rename one"):
        CliRunner().invoke(cli.app, words, catch_exceptions=False)


def test_its_tasks_are_set_up_as_the_shipped_ones(
    folder: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from lm_eval.tasks import TaskManager

    from ip_bench.harness.plan import tasks_folder
    from ip_bench.own.tasks import loadable

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    registered(str(folder / "parents.yaml"))
    manager = TaskManager(include_path=str(tasks_folder()), include_defaults=False)
    for own, shipped in (("ip_parents", "ip_cues_names"), ("ip_parents_mc", "ip_cues_names_mc")):
        mine, other = (manager.load(loadable([name]))["tasks"] for name in (own, shipped))
        (name, task), (_, known) = *mine.items(), *other.items()
        assert name == own
        for key in ("output_type", "generation_kwargs", "description", "doc_to_text", "doc_to_choice", "test_split",
                    "fewshot_split"):  # fmt: skip
            assert getattr(task.config, key) == getattr(known.config, key), key
        assert len(task.dataset["test"]) == 216


def test_a_planted_effect_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that takes the cautious way 30 points more often where children are hinted at, and 40 where stated."""
    from ip_bench.analysis import analyze
    from ip_bench.harness.plan import Plan
    from ip_bench.harness.runner import run
    from ip_bench.harness.simulated import Simulated
    from ip_bench.seeds import unit

    raised = {"parent": 0.3, "explicit_parent": 0.4}

    def answer(self: Simulated, doc: dict[str, Any]) -> int:
        cautious = unit("drawn", doc["row_id"]) < 0.3 + raised.get(doc["arm"], 0.0)
        return next(k for k, held in enumerate(doc["choice_locales"]) if bool(held) is cautious)

    monkeypatch.setattr(Simulated, "answer", answer)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copy(EXAMPLES / "parents.yaml", tmp_path)
    rows = [f"Question {n}: which way?,the sure way | the other way,the sure way" for n in range(300)]
    (tmp_path / "parents.csv").write_text("\n".join(["question,choices,counts", *rows]), encoding="utf-8")
    name = registered(str(tmp_path / "parents.yaml"))
    run(Plan(model="simulated", dataset=name, log_likelihood=False), tmp_path / "out", progress=False)
    effects = {one["arm"]: one for one in analyze(tmp_path / "out")["tasks"]["ip_parents"]["effects"]}
    for arm, truth in (("parent minus placebo", 0.3), ("explicit_parent", 0.4), ("placebo", 0.0), ("repeat", 0.0)):
        low, high = effects[arm]["ci_simultaneous"]
        assert low <= truth <= high, arm
        assert effects[arm]["verdict"] == ("different" if truth else effects[arm]["verdict"])
        assert abs(effects[arm]["estimate"] - truth) < 0.08


COMMAND = [sys.executable, "-m", "ip_bench.cli"]


def test_it_is_run_analyzed_anew_and_reported_by_the_command_line(folder: Path) -> None:
    def cli(*arguments: str) -> str:
        ran = subprocess.run([*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    changed(folder, lambda record: record.update(name="young_parents", when="the asker \u202eseems a parent"))
    assert "young_parents/test: 216 rows of 18 items" in cli("build", "parents.yaml")
    assert pq.read_table(folder / "data" / "young_parents" / "young_parents" / "test.parquet").num_rows == 216
    said = cli("run", "--model", "simulated", "--dataset", "parents.yaml", "--suite", "mini", "--out", "out")
    assert "parent against reference, minus placebo" in said
    assert "advises the cautious way" in said
    assert "when the asker \\u202eseems a parent" in said
    (folder / "parents.yaml").unlink()  # the run keeps its own
    first = (folder / "out" / "effects.json").read_bytes()
    cli("run", "--config", "out/config.yaml", "--out", "replayed")
    assert (folder / "replayed" / "effects.json").read_bytes() == first
    kept = folder / "replayed" / "design" / "parents.yaml"
    kept.write_text(kept.read_text(encoding="utf-8").replace("the cautious way", "the bold way"), encoding="utf-8")
    changed_since = subprocess.run(
        [*COMMAND, "analyze", "replayed"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (changed_since.returncode, "its design was changed" in changed_since.stderr) == (2, True)
    again = cli("analyze", "out", "--json")
    assert (folder / "out" / "effects.json").read_bytes() == first
    assert "ip_young_parents_mini" in again
    (folder / "out" / "report.html").unlink()
    cli("report", "out")
    sent = [
        "--results",
        "out",
        "--model-id",
        "org/m",
        "--results-repo",
        "org/r",
        "--dataset-repo",
        "org/d",
        "--dry-run",
    ]
    refused = subprocess.run([*COMMAND, "submit", *sent], cwd=folder, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "asked a design of its own (parents.yaml)" in refused.stderr
    for record in ("run", "analysis"):
        validator(record).validate(json.loads((folder / "out" / f"{record}.json").read_text(encoding="utf-8")))
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert "Everyday decisions with a cautious and a bold way out." in page
    assert "nobody has appraised this design" in page
