"""The pages: complete without a script, and nothing submitted becomes markup."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from leaderboard.made import HOSTILE, analysis, made_site, submitted, write

from ip_bench.errors import IpBenchError
from ip_bench.files import read_json, write_json
from ip_bench.leaderboard.board import page_of
from ip_bench.leaderboard.site import leaderboard


class Page(HTMLParser):
    """The tags and attributes of a page, its rows, and its visible text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text, self.models, self.sorts = [], [], "", [], []
        self._model = self._hidden = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self._hidden = tag in {"script", "style"}
        self._model = self._model if tag == "a" else tag == "td" and given.get("class") == "model"
        if "aria-sort" in given:
            self.sorts.append(given["aria-sort"])

    def handle_endtag(self, tag):
        self._hidden = self._hidden and tag not in {"script", "style"}

    def handle_data(self, data):
        if not self._hidden:
            self.text += data
        if self._model and data.strip():
            self.models.append(data)
            self._model = False


@pytest.fixture
def site(tmp_path):
    return made_site(tmp_path)


def test_the_page_is_complete_without_its_script(site):
    page = Page((site / "index.html").read_text())
    shown = HOSTILE.replace("\u202e", "\\u202e").replace("\x00", "\\u0000").replace("\x1b", "\\u001b")
    assert page.models == ["org/alpha", "org/beta", shown, "org/gamma", "lab/delta", "org/none", "lab/delta"]
    for words in ("1–3", "3–4", "+36.0", "[-10.6, +26.6]", "n/a", "How ranks are made", "org/gone", "<i>wrong</i>"):
        assert words in page.text, words
    assert page.sorts.count("ascending") == 2
    assert page.tags.count("svg") == 6  # one an interval; a model without numbers has none


def test_no_request_leaves_the_pages(site):
    for file in site.rglob("*.html"):
        text = file.read_text()
        page = Page(text)
        addresses = [value for _, name, value in page.attributes if name in {"src", "href", "srcset", "action", "data"}]
        assert all((file.parent / address).resolve().is_file() or address == "#tables" for address in addresses)
        assert not set(page.tags) & {"link", "iframe", "img", "object", "form", "base", "embed"}
        assert not [name for _, name, _ in page.attributes if name.startswith("on")]
        (policy,) = [value for tag, _, value in page.attributes if tag == "meta" and value and "default-src" in value]
        assert policy.startswith("default-src 'none'")
        assert "url(" not in text
        assert "@import" not in text


def test_the_policy_allows_the_one_script_that_is_there(site):
    text = (site / "index.html").read_text()
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in text
    assert "<script" not in (site / "models" / page_of("org/alpha")).read_text()


def test_hostile_names_and_notes_stay_text(tmp_path):
    given = analysis(HOSTILE, 0.1, note=HOSTILE)
    given["run"]["model_args"] = {"pretrained": HOSTILE, "revision": HOSTILE}
    given["dataset"]["version"] = "1.0.0"
    out = leaderboard([write(tmp_path / "results", given)], tmp_path / "site").parent
    plain = analysis("m", 0.1, note="n")
    clean = leaderboard([write(tmp_path / "clean", plain)], tmp_path / "other").parent
    assert Page((out / "index.html").read_text()).tags == Page((clean / "index.html").read_text()).tags
    hostile, ordinary = (folder / "models" / page_of(name) for folder, name in ((out, HOSTILE), (clean, "m")))
    assert Page(hostile.read_text()).tags == Page(ordinary.read_text()).tags
    for file in out.rglob("*.html"):
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f]", file.read_text())


def test_a_models_page_has_its_effects_and_provenance(site):
    text = Page((site / "models" / page_of("lab/delta")).read_text()).text
    for words in ("ip_cues_cultural_mini", "ip_education_requests", "minus placebo", "+36.0", '"lm-eval": "0.4.13"'):
        assert words in text, words


def test_pages_of_models_that_read_alike_are_two_files():
    assert len({page_of("org/a.b"), page_of("org/a-b"), page_of("ORG/A-B"), page_of("")}) == 4
    assert all(re.fullmatch(r"[a-z0-9-]+\.html", page_of(name)) for name in (HOSTILE, "../../etc", "", "x" * 999))


def test_results_that_do_not_compare_stand_in_different_tables(tmp_path):
    results = write(tmp_path / "results", analysis("a/a", 0.1), analysis("b/b", 0.2, version="2.0.0"))
    record = read_json(leaderboard([results], tmp_path / "site").with_name("leaderboard.json"))
    assert [board["dataset"] for board in record["boards"]] == ["ip-cues 2.0.0", "ip-cues 1.0.0"]
    assert [row["rank"] for board in record["boards"] for row in board["rows"]] == [[1, 1], [1, 1]]


def test_two_results_of_one_model_in_one_table_are_refused(tmp_path):
    results = write(tmp_path / "results", analysis("a/a", 0.1), analysis("a/a", 0.2))
    with pytest.raises(IpBenchError, match=r"a/a has two results of ip_cues_cultural_mini 1\.0\.0: .*r0 and .*r1"):
        leaderboard([results], tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_what_is_no_result_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(IpBenchError, match=r"holds no analysis\.json"):
        leaderboard([tmp_path / "empty"], tmp_path / "site")
    write_json(tmp_path / "bad" / "analysis.json", {"model": "m"})
    with pytest.raises(
        IpBenchError,
        match=r"analysis\.json is no record of analysis, at \$: .* is a required property; run `ip-bench analyze`",
    ):
        leaderboard([tmp_path / "bad"], tmp_path / "site")


def test_a_folder_with_other_files_is_not_replaced(tmp_path):
    write(tmp_path / "results", analysis("a/a", 0.1))
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "thesis.tex").touch()
    with pytest.raises(IpBenchError, match=r"other files and no leaderboard\.json"):
        leaderboard([tmp_path / "results"], tmp_path / "site")
    leaderboard([tmp_path / "results"], tmp_path / "new")
    leaderboard([tmp_path / "results"], tmp_path / "new")


def test_a_home_folder_in_a_run_keeps_the_page_from_being_written(tmp_path):
    given = analysis("a/a", 0.1)
    given["run"]["model_args"] = {"peft": "/home/jdoe/lora"}
    with pytest.raises(IpBenchError, match="a home folder in models/a-a-"):
        leaderboard([write(tmp_path / "results", given)], tmp_path / "site")


def joint(record, board=0):
    return {row["model"]: (row["rank"], row["joint_interval"]) for row in record["boards"][board]["rows"]}


def page_record(folder, *results):
    return read_json(leaderboard(results, folder).with_name("leaderboard.json"))


def test_a_model_without_a_number_widens_no_interval_and_has_no_place(tmp_path):
    two = [analysis("a/a", 0.1), analysis("b/b", 0.3)]
    results = write(tmp_path / "two", *two)
    more = write(tmp_path / "more", *two, analysis("c/c", None), analysis("d/d", None))
    alone, among = (page_record(tmp_path / f"{one.name}-site", one) for one in (results, more))
    assert joint(among) == joint(alone) | {"c/c": (None, None), "d/d": (None, None)}
    assert "joint for all models of this table (2)" in Page((tmp_path / "more-site" / "index.html").read_text()).text


def test_upper_and_lower_case_are_one_model_on_the_hub(tmp_path):
    results = write(tmp_path / "results", analysis("Org/M", 0.1), analysis("org/m", 0.2))
    with pytest.raises(IpBenchError, match="Org/M has two results"):
        leaderboard([results], tmp_path / "site")


def test_a_table_says_its_contrast(site):
    text = Page((site / "index.html").read_text()).text
    assert "UK words against US words, minus placebo, in points. ip-cues 1.0.0" in text
    assert "minus placebo, in points. ip-education 1.0.0" in text
    assert [one["contrast"].split()[0] for one in read_json(site / "leaderboard.json")["boards"]] == ["UK", "African"]


def test_the_table_says_what_was_not_submitted_and_what_is_only_stated(tmp_path):
    given = analysis("llama", 0.1)
    given["run"]["model_args"] = {"revision": "abc", "peft": None}
    submitted(tmp_path / "results", "org/model", given)
    submitted(tmp_path / "results", "org/other", analysis("org/other", 0.2))
    write(tmp_path / "own", analysis("a/run", 0.1))
    record = page_record(tmp_path / "site", tmp_path / "results", tmp_path / "own")
    assert {row["model"]: row["standing"] for row in record["boards"][0]["rows"]} == {
        "org/model": "model as stated by who submitted it, revision abc", "org/other": "", "a/run": "not a submission",
    }  # fmt: skip
    assert "(not a submission)" in Page((tmp_path / "site" / "index.html").read_text()).text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"model_id": "org/famous"}, "is the record of org/famous/ip-cues-1.0.0/mini and does not lie there"),
        ({"model_id": None}, r"submission\.json is no record of submission, at \$\.model_id"),
        ({"status": "withdrawn", "withdrawn": "2026-01-02", "reason": "r"}, "was withdrawn and still has analysis"),
        ({"status": "withdrawn"}, "is a required property"),
        ({"files": {"analysis.json": "0" * 64, "run.json": "0" * 64}}, "its record says 0{64}"),
        ({"files": {"analysis.json": "0" * 64, "run.json": "0" * 64, "../x": "0" * 64}}, "does not match"),
    ],
)
def test_a_submission_is_what_its_record_says(tmp_path, more, said):
    submitted(tmp_path / "results", "org/model", analysis("org/model", 0.1), **more)
    with pytest.raises(IpBenchError, match=said):
        leaderboard([tmp_path / "results"], tmp_path / "site")


def test_an_analysis_under_another_models_record_is_refused(tmp_path):
    submitted(tmp_path / "results", "org/model", analysis("org/other", 0.1))
    with pytest.raises(IpBenchError, match=r"analysis\.json: its model is org/other, that of its submission org/model"):
        leaderboard([tmp_path / "results"], tmp_path / "site")


def broken(change):
    given = analysis("a/a", 0.1)
    change(given)
    return given


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(alpha="0.05"),
        lambda one: one.update(margin=None),
        lambda one: one.update(run="x"),
        lambda one: one["dataset"].update(version="1.0.0-rc1"),
        lambda one: one["dataset"].update(name="ip-unknown"),
        lambda one: one["tasks"]["ip_cues_cultural_mini"].update(config="x"),
        lambda one: one["tasks"].update(ip_cues_cultural_mini=None),
        *(
            lambda one, edit=edit: one["tasks"]["ip_cues_cultural_mini"]["effects"][1].update(edit)
            for edit in (
                {"ci": None},
                {"verdict": None},
                {"note": 5},
                {"estimate": 2.5},
                {"ci_simultaneous": [None] * 2},
            )
        ),
    ],
)
def test_an_analysis_that_is_none_is_named(tmp_path, change):
    results = write(tmp_path / "results", analysis("b/b", 0.2), broken(change))
    with pytest.raises(IpBenchError, match=r"r1.analysis\.json"):
        leaderboard([results], tmp_path / "site")
