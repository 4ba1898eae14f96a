"""A report as Markdown, JSON, CSV and TeX: what was found, and nothing of a model's text but text."""

from __future__ import annotations

import copy
import csv
import html
import io
import json
import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from ip_bench.cli import app as cli
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.files import write_json
from ip_bench.report.cells import csv_cell, csv_table, markdown, markdown_table, tex, tex_row
from ip_bench.report.formats import FORMATS, folder_of, formats_named, read_analysis, record, texts, write_formats
from ip_bench.report.rows import EFFECT_COLUMNS, PARTS, effect_rows
from ip_bench.report.words import visible
from ip_bench.schemas import schema, validator

HOSTILE = (
    '=HYPERLINK("http://evil")|`x`<script>alert(1)</script>\u202egnp\x1b[31m @user #12 $x^2$ \\input{/etc/passwd}%&~_*'
)
needs_latex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")


def effect(arm, reference="us", estimate=0.3, half=0.05, verdict="different", note=""):
    ends = [None, None] if estimate is None else [estimate - half, estimate + half]
    known = estimate is not None
    return {
        "outcome": "uk", "arm": arm, "reference": reference, "estimate": estimate, "se": half / 2 if known else None,
        "df": 15, "ci": ends, "alpha": 0.05, "p": 0.001 if known else None, "p_adjusted": 0.004 if known else None,
        "ci_simultaneous": ends, "margin": 0.05, "verdict": verdict, "n_items": 400, "n_realizations": 16,
        "n_rows": 800, "n_missing_by_arm": {"uk": 3, "us": 4}, "method": "t", "estimand": f"P({arm}) - P({reference})",
        "model": "m", "dataset_hash": "h", "note": note,
    }  # fmt: skip


def analysis(model="org/model", note="none of 8 repeats differs"):
    arm = {
        "arm": "uk", "role": "treatment", "rows": 800, "kinds": {"choice": 790, "unparsed": 10}, "outcome": "uk",
        "share": 0.61, "means": {"uk": 0.61}, "thinking_rows": 3, "thinking_chars_mean": 42,
    }  # fmt: skip
    return {
        "model": model, "run": {"model_args": {"pretrained": model}, "seeds": {"all": 1234}}, "margin": 0.05,
        "dataset": {"name": "ip-cues", "version": "2.0.0", "content_hash": {"cultural": "f" * 64}}, "alpha": 0.05,
        "judge": "rules", "wald": [], "balance": {},
        "tasks": {
            "ip_cues_cultural": {
                "config": "cultural", "measure": "generation", "arms": [arm],
                "effects": [
                    effect("uk"),
                    effect("uk minus placebo"),
                    effect("placebo", "reference", 0.0, verdict="equivalent"),
                    effect("repeat", "reference", None, verdict="undecided", note=note),
                ],
                "effects_normalized": [effect("uk", estimate=0.2)],
                "noise": {"pairs": 8, "texts_differ": 0, "answers_differ": 0, "temperature": 0.7, "note": ""},
            }
        },
    }  # fmt: skip


def written(name, **how):
    return texts(analysis(**how))[name]()


def shown(text):
    """Return the text that a reader of Markdown sees, and the tags that it became."""
    made = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    made = made.replace("<!-- -->", "")
    return html.unescape(re.sub(r"<[^>]*>", "", made)), set(re.findall(r"<(\w+)", made))


# --- Markdown


def test_markdown_has_the_answer_the_effects_and_how_it_was_made():
    text, tags = shown(written("md"))
    assert "Does org/model answer differently because of who seems to ask?" in text
    assert "+30.0 points [+25.0, +35.0] over placebo, on 400 items" in text
    for words in ("UK words against US words, minus placebo", "+30.0", "[+25.0, +35.0]", "0.004", "undecided (1)",
                  "(1) none of 8 repeats differs", "choice 790, unparsed 10", '"all": 1234', "f" * 64):  # fmt: skip
        assert words in text, words
    assert tags == {
        "h1",
        "h2",
        "p",
        "ul",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "pre",
        "code",
    }


def test_hostile_text_makes_no_markdown():
    plain, hostile = written("md"), written("md", model=HOSTILE, note=HOSTILE)
    text, tags = shown(hostile)
    assert tags == shown(plain)[1]
    assert visible(HOSTILE) in text
    assert not re.search("[\u202a-\u202e\x00-\x08\x0b-\x1f]", hostile)
    assert not re.search(r"@user|(?<!\\)#12|(?<!-->)://", "".join(part for part in hostile.split("```")[::2]))


@given(st.text(max_size=60))
def test_any_text_is_the_same_text_in_markdown(text):
    said = " ".join(visible(" ".join(text.split())).split())
    places = {"x": f"x\n\n{markdown(text)}", "h": markdown_table(["h"], [[text]]), "": f"- {markdown(text)}"}
    for lead, made in places.items():
        found, tags = shown(made)
        assert " ".join(found.split()) == f"{lead} {said}".strip()
        assert tags <= {"p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}


# --- JSON


def test_json_is_one_record_of_its_schema():
    found = json.loads(written("json"))
    assert list(validator("report").iter_errors(found)) == []
    assert found["answer"]
    assert [row["part"] for row in found["effects"]] == ["declared"] * 4 + ["normalized"]
    assert found["effects"][3]["estimate"] is None
    assert found["effects"][0]["n_missing"] == 7
    assert found["arms"][0]["kinds"] == "choice 790, unparsed 10"
    columns = schema("report")["properties"]["effects"]["items"]
    assert columns["required"] == list(EFFECT_COLUMNS)
    assert columns["properties"]["part"]["enum"] == list(PARTS)


def test_json_keeps_hostile_text_and_has_no_nan():
    given_ = analysis(model=f"{HOSTILE}\ud800")
    given_["tasks"]["ip_cues_cultural"]["effects"][0]["df"] = float("inf")
    given_["run"]["generation"] = {"temperature": float("nan")}
    text = texts(given_)["json"]()
    text.encode("utf-8")
    found = json.loads(text, parse_constant=pytest.fail)
    assert found["model"] == f"{HOSTILE}\ud800"
    assert found["effects"][0]["df"] is None


# --- CSV


def test_csv_has_a_row_an_effect_and_every_column():
    table = list(csv.DictReader(io.StringIO(written("csv"))))
    assert list(table[0]) == list(EFFECT_COLUMNS)
    assert [row["arm"] for row in table] == ["uk", "uk minus placebo", "placebo", "repeat", "uk"]
    assert float(table[0]["ci_low"]) == 0.25
    assert table[3]["estimate"] == ""


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\n+1", "'=1"])
def test_no_text_of_csv_is_a_formula(start):
    cell = csv_cell(start)
    assert str(cell).startswith("'")
    (row,) = csv.DictReader(io.StringIO(csv_table(["a"], [{"a": start}])))
    assert row["a"][1:] == " ".join(start.split())


def test_numbers_of_csv_stay_numbers():
    assert csv_table(["a", "b", "c"], [{"a": -0.5, "b": None, "c": 3}]) == "a,b,c\n-0.5,,3\n"


# --- TeX


def test_tex_holds_every_special_sign_as_text():
    assert tex("50% & _x_ {a} $ # ~ ^ \\") == (
        r"50\% \& \_x\_ \{a\} \$ \# \textasciitilde{} \textasciicircum{} \textbackslash{}"
    )
    assert tex("a--b ,, é \u202e \U0001f600") == (r"a-{}-b ,{}, é \textbackslash{}u202e \textbackslash{}u1f600")
    assert tex_row(["[1]", "*"]) == r"{}[1] & * \\"


@given(st.text(max_size=80))
def test_no_text_is_a_command_of_tex(text):
    made = tex(text)
    known = r"\\(textbackslash|textasciicircum|textasciitilde|textless|textgreater|textbar|textquotedbl|textquotesingle"
    left = re.sub(known + r"|textasciigrave|textsuperscript|textminus)\{2?\}|\\[{}$&#_%]|(?<=[-,])\{\}", "", made)
    assert not re.search(r"[\\{}$&#_%~^\n]", left)


@needs_latex
def test_tex_compiles_with_hostile_text(tmp_path):
    (tmp_path / "report.tex").write_text(written("tex", model=HOSTILE, note=HOSTILE), encoding="utf-8")
    packages = "".join(rf"\usepackage{name}" for name in ("[T1]{fontenc}", "{textcomp}", "{booktabs}"))
    document = rf"\documentclass{{article}}{packages}\begin{{document}}\input{{report.tex}}\end{{document}}"
    (tmp_path / "main.tex").write_text(document)
    # -draftmode checks everything and makes no file of fonts.
    done = subprocess.run(
        ["pdflatex", "-draftmode", "-halt-on-error", "-interaction=nonstopmode", "-no-shell-escape", "main.tex"],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.decode("latin-1")[-2000:]


# --- files


def test_formats_are_named_once_and_a_wrong_one_lists_all():
    assert formats_named([]) == ["html"]
    assert formats_named(["md,json", "md", " csv "]) == ["md", "json", "csv"]
    with pytest.raises(UnknownNameError, match="unknown format 'pdf'; formats are: html, md, json, csv, tex"):
        formats_named(["md,pdf"])


def test_files_go_where_they_are_asked_to(tmp_path):
    made = {name: lambda name=name: name for name in FORMATS}
    assert write_formats(made, ["md", "csv"], tmp_path, "report", None) == [
        tmp_path / "report.md",
        tmp_path / "report.csv",
    ]
    out = tmp_path / "new" / "mine.txt"
    assert write_formats(made, ["md"], tmp_path, "report", out) == [out]
    assert out.read_text() == "md"
    assert write_formats(made, ["md"], tmp_path, "report", tmp_path / "folder") == [tmp_path / "folder" / "report.md"]
    with pytest.raises(IpBenchError, match=r"md, csv do not go into one file, .*name a folder"):
        write_formats(made, ["md", "csv"], tmp_path, "report", out)
    with pytest.raises(IpBenchError, match=r"mine\.txt is there and is no csv file; name one that ends in \.csv"):
        write_formats(made, ["csv"], tmp_path, "report", out)
    with pytest.raises(IpBenchError, match=r"run\.json has the name of a record of a run"):
        write_formats(made, ["json"], tmp_path, "report", tmp_path / "run.json")
    assert out.read_text() == "md"
    assert [folder_of(tmp_path, where) for where in (None, out, tmp_path / "x")] == [
        tmp_path,
        out.parent,
        tmp_path / "x",
    ]


def test_the_same_analysis_gives_the_same_bytes():
    given_ = analysis(model=HOSTILE)
    for name, make in texts(given_).items():
        assert make() == texts(copy.deepcopy(given_))[name]()


def test_an_analysis_that_lacks_a_part_is_refused(tmp_path):
    with pytest.raises(IpBenchError, match=r"has no analysis\.json; run `ip-bench analyze"):
        read_analysis(tmp_path)
    write_json(tmp_path / "analysis.json", {"model": "m"})
    with pytest.raises(IpBenchError, match="lacks alpha, dataset, margin, run, tasks"):
        read_analysis(tmp_path)


def test_parts_are_selected_by_name():
    assert [row["part"] for row in effect_rows(analysis(), "normalized")] == ["normalized"]
    with pytest.raises(UnknownNameError, match="unknown part 'bare'"):
        effect_rows(analysis(), "bare")


def test_the_command_writes_what_it_is_asked(tmp_path):
    write_json(tmp_path / "analysis.json", analysis())
    done = CliRunner().invoke(cli.app, ["report", str(tmp_path), "--format", "md,tex", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["files"] == [str(tmp_path / "report.md"), str(tmp_path / "report.tex")]
    assert said["answer"] == record(analysis())["answer"]
    done = CliRunner().invoke(cli.app, ["report", str(tmp_path), "--format", "csv", "--out", str(tmp_path / "e.csv")])
    assert done.stdout.split() == [str(tmp_path / "e.csv")]
