"""From a model to its effects in Python: the names, what they return, and how they show themselves."""

from __future__ import annotations

import inspect
import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import ip_bench
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.files import read_json, write_json
from ip_bench.report.rows import ARM_COLUMNS, EFFECT_COLUMNS

TASK = "ip_cues_names_mini"
HOSTILE = '<script>alert("x")</script>\u202egnp.exe\x1b[31m{{ 7*7 }}&amp;</div>'

#: The public surface. A change here is a change for everybody who uses the package.
NAMES = [
    "Comparison", "Contrast", "Edit", "Effect", "Effects", "Item", "Prompt", "Results", "__version__", "analyze",
    "build", "compare", "cue", "diff", "estimate", "load", "publish", "run",
]  # fmt: skip
SIGNATURES = {
    "run": (
        "model", "model_args", "out", "dataset", "suite", "tasks", "tokenizer", "batch_size", "device",
        "chat_template", "log_likelihood", "max_gen_toks", "temperature", "seed", "margin", "alpha", "sequential",
        "allow_code", "judge", "fresh", "announce", "progress",
    ),
    "analyze": ("folder", "margin", "alpha", "allow_code", "judge"),
    "compare": ("runs", "margin", "alpha", "allow_code", "judge"),
    "estimate": (
        "table", "item", "arm", "outcome", "realization", "template", "reference", "placebos", "margin", "alpha",
        "family",
    ),
    "Results": ("folder",),
    "Results.effects": ("self", "frame", "part"),
    "Results.arms": ("self", "frame"),
    "Results.samples": ("self", "allow_code"),
    "Results.report": ("self", "format", "out"),
    "Results.plots": ("self", "out"),
    "Results.plot": ("self", "name"),
    "Results.compare": ("self", "others"),
    "Comparison.effects": ("self", "frame", "part"),
    "Comparison.report": ("self", "format", "out"),
    "Effects.frame": ("self", "frame"),
}  # fmt: skip
MEMBERS = {
    "Results": {
        "analysis", "answer", "arms", "compare", "dataset", "effects", "folder", "model", "plot", "plots", "report",
        "samples",
    },
    "Comparison": {"answer", "effects", "record", "report"},
    "Effects": {"count", "frame", "index"},
}  # fmt: skip


def test_the_public_names_are_these():
    assert ip_bench.__all__ == NAMES


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures_are_these(name):
    found = ip_bench
    for part in name.split("."):
        found = getattr(found, part)
    assert tuple(inspect.signature(found).parameters) == SIGNATURES[name]
    assert (found.__doc__ or "").strip()


def test_objects_have_these_members(runs, comparison):
    made = {"Results": ip_bench.Results(runs / "follows"), "Comparison": comparison, "Effects": ip_bench.Effects()}
    for name, one in made.items():
        assert {member for member in dir(one) if not member.startswith("_")} == MEMBERS[name]


def test_five_lines_from_model_to_effects(runs):
    results = ip_bench.Results(runs / "follows")
    assert results.model == "simulated"
    assert results.dataset.startswith("ip-cues ")
    assert "more often when the asker signs with a name common in the UK" in results.answer[0]
    effects = results.effects()
    assert isinstance(effects, pl.DataFrame)
    assert {name: dtype.to_python() for name, dtype in effects.schema.items()} == EFFECT_COLUMNS
    (effect,) = effects.filter(arm="uk minus placebo").iter_rows(named=True)
    recorded = next(one for one in results.analysis["tasks"][TASK]["effects"] if one["arm"] == "uk minus placebo")
    assert effect["estimate"] == recorded["estimate"]
    assert [effect["ci_simultaneous_low"], effect["ci_simultaneous_high"]] == recorded["ci_simultaneous"]
    assert effect["ci_low"] < 0.3 < effect["ci_high"]
    assert effect["n_missing"] == 0


def test_frames_of_pandas_hold_the_same(runs):
    results = ip_bench.Results(runs / "follows")
    frame = results.effects("pandas")
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == list(EFFECT_COLUMNS)
    assert frame["estimate"].tolist() == results.effects()["estimate"].to_list()
    assert list(results.arms("pandas").columns) == list(ARM_COLUMNS)
    arms = results.arms()
    assert arms.filter(arm="uk")["rows"].to_list() == [333]
    assert arms.filter(arm="uk")["mean"][0] > arms.filter(arm="us")["mean"][0]


def test_samples_are_lazy_and_scored_alike(runs):
    results = ip_bench.Results(runs / "follows")
    samples = results.samples()
    assert isinstance(samples, pl.LazyFrame)
    mean = samples.filter(pl.col("arm") == "uk").select(pl.col("uk").mean()).collect().item()
    assert mean == pytest.approx(results.arms().filter(arm="uk")["mean"][0])


def test_a_part_or_frame_that_is_none_is_refused_by_name(runs):
    results = ip_bench.Results(runs / "follows")
    with pytest.raises(UnknownNameError, match="unknown part 'gaps'; parts are: declared, normalized"):
        results.effects(part="gaps")
    with pytest.raises(UnknownNameError, match="unknown frame 'arrow'; frames are: polars, pandas"):
        results.effects("arrow")
    with pytest.raises(UnknownNameError, match="unknown plot 'x'; plots are: forest_ip_cues_names_mini"):
        results.plot("x")
    with pytest.raises(IpBenchError, match="no folder"):
        ip_bench.Results(runs / "nothing")


def test_samples_without_an_analysis_are_analyzed_with_what_the_run_declared(runs, tmp_path):
    for name in ("run.json", f"samples_{TASK}.jsonl"):
        (tmp_path / name).write_bytes((runs / "follows" / name).read_bytes())
    record = read_json(tmp_path / "run.json")
    record["declared"] = {"margin": 0.02, "alpha": 0.1}
    write_json(tmp_path / "run.json", record)
    effects = ip_bench.Results(tmp_path).effects()
    assert set(effects["margin"]) == {0.02}
    assert set(effects["alpha"]) == {0.1}


def test_a_report_goes_where_it_is_asked_to(runs, tmp_path):
    results = ip_bench.Results(runs / "follows")
    assert results.report() == runs / "follows" / "report.html"
    assert results.report("md", out=tmp_path) == tmp_path / "report.md"
    for several in ("md,csv", "pdf"):
        with pytest.raises(UnknownNameError, match=f"unknown format '{several}'; formats are: html, md"):
            results.report(several)
    assert results.report("csv", out=tmp_path / "mine.csv").read_text().startswith("task,contrast,outcome,estimate")
    figure = results.plot()
    assert "percentage points" in [axes.get_xlabel() for axes in figure.axes]
    assert figure._repr_png_().startswith(b"\x89PNG")  # what a notebook shows of it


# --- a model in memory


def test_a_model_of_lm_eval_is_asked_as_it_is(dataset, tmp_path):
    from ip_bench.harness.simulated import Simulated

    out = tmp_path / "run"
    results = ip_bench.run(Simulated(effect=0.3), out=out, suite="mini", tasks=[TASK], progress=False)
    record = results.analysis["run"]
    assert (record["backend"], record["model"]) == ("given", "Simulated")
    assert not list(tmp_path.glob("*.sqlite"))  # nothing tells its weights apart tomorrow, so no answer is kept
    assert results.effects().filter(arm="uk minus placebo")["verdict"].item() == "different"


def test_a_transformers_model_is_asked_with_its_tokenizer():
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from ip_bench.harness.given import given_model

    tiny = Path(str(files("ip_bench.builders"))) / "reference_model" / "checkpoints" / "tiny"
    model, tokenizer = AutoModelForCausalLM.from_pretrained(tiny), AutoTokenizer.from_pretrained(tiny)
    lm, name = given_model(model, tokenizer, {"max_length": 99}, 8)
    assert lm.model is model
    assert lm.tokenizer is tokenizer
    assert (lm.max_length, lm.batch_size) == (99, 8)
    assert name == str(tiny)
    with pytest.raises(IpBenchError, match="without its tokenizer"):
        given_model(model, None, {}, 8)
    with pytest.raises(IpBenchError, match="leave tokenizer and model_args out"):
        given_model(lm, tokenizer, {}, 8)


@pytest.mark.parametrize(
    ("model", "settings", "said"),
    [(3, {}, "model is a int"), ("hf", {"tokenizer": "x"}, "tokenizer= is for a model in memory")],
)
def test_what_is_no_model_is_refused(model, settings, said, tmp_path):
    with pytest.raises(IpBenchError, match=said):
        ip_bench.run(model, out=tmp_path / "run", **settings)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"temperature": -1}, "temperature is -1; it must be 0"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"max_gen_toks": 0}, "max_gen_toks is 0; a response needs 1 token or more"),
    ],
)
def test_a_generation_that_none_can_make_is_refused(tmp_path, settings, said):
    with pytest.raises(IpBenchError, match=said):
        ip_bench.run("simulated", out=tmp_path / "run", **settings)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("level", "said"), [({"margin": 5}, "margin is 5"), ({"alpha": 0}, "alpha is 0")])
def test_a_level_that_none_has_is_refused_before_the_model_is_asked(runs, tmp_path, level, said):
    with pytest.raises(IpBenchError, match=said):
        ip_bench.run("simulated", dataset=Path("nowhere.yaml"), out=tmp_path / "run", **level)
    with pytest.raises(IpBenchError, match=said):
        ip_bench.analyze(runs / "follows", **level)
    with pytest.raises(IpBenchError, match=r"there is no design nowhere\.yaml"):
        ip_bench.run("simulated", dataset=Path("nowhere.yaml"), out=tmp_path / "run")


# --- anyone's table


def scores():
    """Twelve items, four names, two arms: the arm raises the score by 0.5 in half of the items."""
    return [
        {"q": f"q{k}", "who": who, "name": f"n{n}", "ok": 0.5 * (k % 2 and who == "x") + 0.1 * (n == 1)}
        for k in range(12)
        for n in range(4)
        for who in ("reference", "x")
    ]


def test_effects_of_a_table_are_those_of_the_command(tmp_path):
    asked = {"item": "q", "arm": "who", "outcome": "ok", "realization": "name"}
    (tmp_path / "t.jsonl").write_text(pl.DataFrame(scores()).write_ndjson())
    tables = [pl.DataFrame(scores()), pl.DataFrame(scores()).lazy(), pd.DataFrame(scores()), tmp_path / "t.jsonl"]
    found = [ip_bench.estimate(table, **asked) for table in tables]
    assert found[0] == found[1] == found[2] == found[3]
    (effect,) = found[0]
    assert effect.estimate == pytest.approx(0.25)
    frame = found[0].frame()
    assert {name: dtype.to_python() for name, dtype in frame.schema.items()} == EFFECT_COLUMNS
    assert frame["contrast"].to_list() == ["x against reference"]
    assert "x against reference on ok: +0.25" in repr(found[0])
    with pytest.raises(UnknownNameError, match="unknown column in the table: 'qq'"):
        ip_bench.estimate(tables[0], **asked | {"item": "qq"})
    with pytest.raises(IpBenchError, match="table is a list"):
        ip_bench.estimate(scores(), **asked)
    with pytest.raises(IpBenchError, match="margin is 0"):
        ip_bench.estimate(tables[0], **asked, margin=0)


# --- how objects show themselves


class Parsed(HTMLParser):
    """The tags, attributes and text of a piece of HTML; an element that is not closed is an error."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.names, self.text, self._open = [], set(), "", []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_a_notebook_shows_the_answer_a_plot_and_a_table(runs, comparison):
    results = ip_bench.Results(runs / "follows")
    table = ip_bench.estimate(pl.DataFrame(scores()), item="q", arm="who", outcome="ok", realization="name")
    for one, said in ((results, results.answer[0]), (comparison, comparison.answer[1]), (table, "x against reference")):
        page = Parsed(one._repr_html_())
        assert said in page.text
        assert {"svg", "circle", "table"} <= set(page.tags)
        assert not {"script", "style", "link", "img"} & set(page.tags)
        assert not {"src", "href", "onload"} & page.names
        assert len(one._repr_html_()) < 20_000
        colors = set(re.findall(r"#[0-9a-f]{6}", one._repr_html_()))
        assert colors <= {"#3b86c8", "#a8741a", "#808080"}  # text takes the notebook's own color


def test_hostile_names_stay_text(runs, tmp_path):
    analysis = read_json(runs / "follows" / "analysis.json")
    analysis["model"] = HOSTILE
    write_json(tmp_path / "analysis.json", analysis)
    results = ip_bench.Results(tmp_path)
    for text in (results._repr_html_(), repr(results)):
        assert not re.search("[\u202a-\u202e\x00-\x08\x0b-\x1f]", text)
    assert "<script" not in results._repr_html_()
    assert "script" not in Parsed(results._repr_html_()).tags
    assert (
        '<script>alert("x")</script>\\u202egnp.exe\\u001b[31m{{ 7*7 }}&amp;</div>' in Parsed(results._repr_html_()).text
    )


def test_a_terminal_shows_the_answer(runs, comparison):
    results = ip_bench.Results(runs / "follows")
    assert results.answer[0].split(":")[0] in " ".join(repr(results).split())
    assert repr(comparison).startswith("Comparison of ignores with follows")
