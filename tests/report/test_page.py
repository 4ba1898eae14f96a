"""The page: one file, no network, and nothing a model wrote becomes markup."""

import base64
import hashlib
import json
import math
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ip_bench.effects.effect import Effect
from ip_bench.errors import IpBenchError
from ip_bench.files import read_json, write_json, write_jsonl
from ip_bench.release.recipes import DATASETS, recipe
from ip_bench.report.asked import ASKED
from ip_bench.report.page import answer, render, write_report
from ip_bench.report.words import contrast_name, interval, number, points, visible

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>\u202egnp.exe\u2066\x00\x1b[31m{{ 7*7 }}&amp;</pre>'


def effect(arm, reference="us", estimate=0.3, half=0.05, verdict="different", note=""):
    low, high = (None, None) if estimate is None else (estimate - half, estimate + half)
    return {
        "outcome": "uk", "arm": arm, "reference": reference, "estimate": estimate,
        "se": None if estimate is None else half / 2, "df": 15, "ci": [low, high], "alpha": 0.05,
        "p": None if estimate is None else 0.001, "p_adjusted": None if estimate is None else 0.004,
        "ci_simultaneous": [low, high], "margin": 0.05, "verdict": verdict, "n_items": 400, "n_realizations": 16,
        "n_rows": 800, "n_missing_by_arm": {}, "method": "t", "estimand": f"P(UK | {arm}) - P(UK | {reference})",
        "model": "m", "dataset_hash": "h", "note": note,
    }  # fmt: skip


def pairs(response="999", **change):
    """One pair that moved: what was answered, on the arm's side, is `response`."""
    side = {
        "row_id": "0" * 32, "system": "Be brief.", "prompt": "My favourite mug. What is 999?", "response": response,
        "chars": len(response), "kind": "choice", "read": "", "values": {"uk": 1.0},
    }  # fmt: skip
    other = side | {"prompt": "My favorite mug. What is 999?", "response": "the 911", "values": {"uk": 0.0}}
    found = {
        "task": "ip_cues_cultural", "arm": "uk", "reference": "us", "item_id": "i1", "realization_id": "b01",
        "template_id": "t01", "moved": True, "sides": [side, other],
    }  # fmt: skip
    return [found | change]


def analysis(model="org/model"):
    return {
        "model": model,
        "run": {"versions": {"python": "3.11"}, "seeds": {"all": 1234}, "chat_template": {"text_hash": "abc123"}},
        "dataset": {"name": "ip-cues", "version": "1.0.0", "content_hash": {"cultural": "f" * 64}},
        "margin": 0.05,
        "alpha": 0.05,
        "tasks": {
            "ip_cues_cultural": {
                "config": "cultural",
                "measure": "generation",
                "effects": [
                    effect("uk"),
                    effect("uk minus placebo"),
                    effect("placebo", "reference", 0.0, verdict="equivalent"),
                    effect("placebo_typo", "reference", 0.01, verdict="undecided"),
                    effect("repeat", "reference", None, verdict="undecided", note="none of 8 repeats differs"),
                ],
                "arms": [
                    {
                        "arm": "uk", "role": "treatment", "rows": 800, "kinds": {"choice": 790, "unparsed": 10},
                        "outcome": "uk", "share": 0.61, "means": {"uk": 0.61},
                        "thinking_rows": 3, "thinking_chars_mean": 42,
                    },
                    {
                        "arm": "us", "role": "treatment", "rows": 800, "kinds": {"unparsed": 800},
                        "outcome": "uk", "share": None, "means": {"uk": None},
                        "thinking_rows": 0, "thinking_chars_mean": 0,
                    },
                ],
                "noise": {
                    "pairs": 8, "texts_differ": 0, "answers_differ": 0, "temperature": 0.7,
                    "note": "none of 8 repeats differs",
                },
                "pairs": [{"arm": "uk", "reference": "us", "pairs": 464, "moved": 130, "chosen": 1}],
            }
        },
        "wald": [],
        "balance": {
            "cultural": {
                "uk": {
                    "chars_mean_x10": 1423, "chars_smd_x1000": -12, "words_mean_x10": 254, "words_smd_x1000": 3,
                    "edits_mean_x10": 30,
                }
            }
        },
    }  # fmt: skip


class Page(HTMLParser):
    """The tags and attributes of a page, and its visible text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data):
        self.text += data


def test_the_page_is_one_file_without_network_and_runs_its_own_script_alone():
    text = render(analysis(), pairs_read=pairs())
    page = Page(text)
    names = {name for _, name, _ in page.attributes}
    assert names & {"src", "srcset", "action", "onerror", "onload", "onclick"} == set()
    assert all(value.startswith("#") for _, name, value in page.attributes if name == "href")
    assert not set(page.tags) & {"link", "iframe", "img", "object", "base"}
    (policy,) = [value for tag, name, value in page.attributes if tag == "meta" and value and "default-src" in value]
    assert policy.startswith("default-src 'none'")
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert f"script-src '{integrity(script)}'" in policy
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|localStorage|fetch\(", script)
    assert not re.search(r"url\((?!#)|@import|https?://(?!www\.w3\.org)", text)


def integrity(script):
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def test_every_link_leads_to_a_place_of_the_page():
    page = Page(render(analysis(), pairs_read=pairs()))
    places = [value for _, name, value in page.attributes if name == "id"]
    assert len(places) == len({*places})
    links = {value[1:] for _, name, value in page.attributes if name == "href"}
    assert links <= {*places}
    assert {"pairs-0-0", "effect-0-0-1", "task-0"} <= links


def test_it_says_what_was_found_for_each_contrast():
    text = Page(render(analysis())).text
    assert "+30.0 points [+25.0, +35.0] over placebo, on 400 items (generation)." in text
    for words in (
        "UK words against US words, minus placebo", "placebo: typo", "the same prompt again", "equivalent",
        "choice 790, unparsed 10", "3 (42 characters)", "Provenance", "abc123", "f" * 64, "142.3", "-0.01",
        "First stage", "Balance of length and edits",
    ):  # fmt: skip
        assert words in text, words


def test_what_has_no_number_is_n_a_and_has_no_mark():
    text = render(analysis())
    row = next(line for line in text.splitlines() if "the same prompt again" in line and "<tr id=" in line)
    assert row.count("n/a") == 4  # effect, both ends, p
    assert "none of 8 repeats differs" in row
    assert text.count("<circle") == 2 * 4  # in the wide and in the narrow plot
    assert "nan" not in re.sub(r"[a-z]*nan[a-z]+", "", Page(text).text.lower())
    assert '<td class="n">n/a UK</td>' in text


def test_a_headline_without_numbers_says_why():
    given = analysis()
    own = given["tasks"]["ip_cues_cultural"]["effects"]
    own[1] = effect("uk minus placebo", estimate=None, verdict="undecided", note="0 items and 0 realizations")
    assert answer(given) == ["ip_cues_cultural: no estimate (0 items and 0 realizations)."]
    own[1] = own[1] | {"estimate": math.nan}  # as the analysis has it before it is written
    assert answer(given) == ["ip_cues_cultural: no estimate (0 items and 0 realizations)."]
    del own[1]
    assert answer(given) == ["ip_cues_cultural: no estimate (an arm is missing)."]
    assert "no estimate" in render(given)


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("different", "gives the UK answer more often"),
        ("different but negligible", "moves when the asker uses UK words, but below the margin"),
        ("equivalent", "as often when the asker uses UK words as when not, within the margin"),
        ("undecided", "does not decide"),
    ],
)
def test_the_headline_of_each_verdict(verdict, words):
    given = analysis()
    given["tasks"]["ip_cues_cultural"]["effects"][1]["verdict"] = verdict
    assert words in answer(given)[0]


def test_known_truths_are_diamonds():
    assert 'class="truth"' not in render(analysis())
    text = render(analysis(), truth={"cultural": {"uk": 0.3, "placebo": 0.0, "nobody": 0.1}})
    assert text.count('<path class="truth"') == 2 * 2
    assert "Diamond: the truth" in text
    assert render(analysis(), truth={"inference": {"uk": 0.3}}).count('<path class="truth"') == 0


def test_a_first_stage_is_a_row():
    given = analysis()
    given["wald"] = [
        {
            "task": "ip_cues_cultural", "first_stage_task": "ip_cues_inference", "reduced_form": 0.3,
            "first_stage": None, "n_rows": 0, "text": "(-inf, inf)",
        }
    ]  # fmt: skip
    text = Page(render(given)).text
    assert "(-inf, inf)" in text
    assert "Not measured" not in text
    assert "Not measured" in Page(render(analysis())).text


def test_a_page_is_written_beside_its_analysis(tmp_path):
    given = analysis()
    given["tasks"]["ip_cues_cultural"]["effects"][4]["estimate"] = math.nan  # write_json turns it into null
    write_json(tmp_path / "analysis.json", given)
    path = write_report(tmp_path)
    assert path == tmp_path / "report.html"
    assert path.read_text(encoding="utf-8") == render(read_json(tmp_path / "analysis.json"))
    write_jsonl(tmp_path / "pairs.jsonl", pairs())
    assert write_report(tmp_path).read_text(encoding="utf-8") == render(
        read_json(tmp_path / "analysis.json"), pairs_read=pairs()
    )


def test_a_broken_emoji_is_shown_as_an_escape(tmp_path):
    (tmp_path / "analysis.json").write_text(json.dumps(analysis()), encoding="utf-8")
    write_jsonl(tmp_path / "pairs.jsonl", pairs("\ud83d"))
    assert "\\ud83d" in write_report(tmp_path).read_text(encoding="utf-8")


@given(st.text())
def test_visible_text_has_no_control_or_direction_characters(text):
    shown = visible(text)
    assert all(char.isprintable() or char in "\n\t" for char in shown)
    if all(char.isprintable() or char in "\n\t" for char in text):
        assert shown == text


def test_figures():
    assert [points(x) for x in (0.123, -0.05, 0.0, None, math.nan)] == ["+12.3", "-5.0", "+0.0", "n/a", "n/a"]
    assert interval([0.1, None]) == "[+10.0, n/a]"
    assert [number(x) for x in (0.12345, None, math.nan)] == ["0.123", "n/a", "n/a"]


@pytest.mark.parametrize(
    ("arm", "reference", "name"),
    [
        ("uk", "us", "UK words against US words"),
        ("us", "reference", "US words against neutral words"),
        ("nz minus placebo", "us", "New Zealand words against US words, minus placebo"),
        ("placebo", "reference", "all placebos against neutral words"),
        ("placebo_signoff", "reference", "placebo: signoff"),
        ("explicit_uk", "explicit_us", "stated: lives in UK (against US)"),
    ],
)
def test_contrasts_in_words(arm, reference, name):
    assert contrast_name(effect(arm, reference)) == name


@pytest.mark.parametrize(
    ("config", "arm", "reference", "name"),
    [
        ("names", "uk", "us", "UK names against US names"),
        ("places_inference", "us", "reference", "US places against neutral places"),
        ("cultural_opinion", "in minus placebo", "us", "Indian words against US words, minus placebo"),
        ("education_reasoning", "mandarin", "reference", "Mandarin speakers' English against standard English"),
        ("education_requests", "typo_aae", "reference", "placebo: typing slips as in African American English"),
        (
            "education_requests", "explicit_hindi", "explicit_standard",
            "stated: speaks Hindi (against standard English)",
        ),
        (
            "education_inference", "explicit_standard", "reference",
            "stated: speaks standard English (against nothing stated)",
        ),
        (
            "education_requests", "aae_fixed", "reference_fixed",
            "African American English, at a fixed length against standard English, at a fixed length",
        ),
        (
            "echo", "right_same minus placebo", "wrong_same",
            "a right belief against a wrong belief, minus placebo",
        ),
        ("echo", "wrong_same", "placebo_stated_turned",
         "a wrong belief against a neutral sentence with a word turned"),
        ("echo", "explicit_right", "explicit_wrong", "the right answer stated against a wrong answer stated"),
        ("echo_inference", "placebo_implied", "placebo_implied_turned", "placebo: a neutral habit"),
        ("identity", "muslim minus placebo", "reference", "a Muslim person against nothing told, minus placebo"),
        ("identity_user", "any_identity", "reference", "any identity against nothing told"),
        ("profile", "none", "reference", "the bare request against nothing told"),
        ("profile_user", "placebo_tea_drinker", "reference", "placebo: a tea drinker"),
    ],
)  # fmt: skip
def test_contrasts_of_a_config_in_words(config, arm, reference, name):
    assert contrast_name(effect(arm, reference), config) == name


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_contrast_has_words_of_its_own(dataset):
    for config in recipe(dataset).TASKS:
        pairs = {(one.arm, one.reference) for one in recipe(dataset).CONTRASTS[config]}
        names = {contrast_name({"arm": arm, "reference": reference}, config) for arm, reference in pairs}
        assert len(names) == len(pairs)
        assert ASKED[config].about.endswith(".")
        assert not any("_" in name for name in names)


def of_echo(verdict="different", estimate=0.1):
    """Return an analysis of ip-echo with two outcomes."""
    given = analysis()
    given["dataset"]["name"] = "ip-echo"
    (entry,) = given["tasks"].values()
    arms = ("right_same", "right_same minus placebo")
    entry |= {
        "config": "echo",
        "effects": [
            effect(arm, "wrong_same", estimate if outcome == "correct" else 0.2, verdict=verdict) | {"outcome": outcome}
            for outcome in ("correct", "abstained")
            for arm in arms
        ],
    }
    entry["arms"][0] |= {"arm": "right_same", "means": {"correct": 0.61, "abstained": 0.25}}
    given["tasks"] = {"ip_echo_answers": entry}
    return given


def test_several_outcomes_are_told_apart():
    text = render(of_echo())
    assert text.count("<h3>Outcome: ") == 2
    assert text.count("<svg") == 2 * 2
    assert "0.610 correct, 0.250 abstained" in Page(text).text
    assert "<h3>Outcome: " not in render(analysis())


def test_the_finding_is_of_the_primary_outcome():
    (said,) = answer(of_echo())
    assert said.startswith(
        "The model gives the right answer more often when the belief stated before was right and not wrong: +10.0"
    )
    assert answer(of_echo(estimate=-0.1))[0].startswith("The model gives the right answer less often when")


def test_a_leaky_claim_stands_below_its_task():
    claimed = Effect(**effect("leaky", "wrong_same", 0.5, half=0.1) | {"estimand": "P(x)"})
    text = Page(render(of_echo(), leaky={"ip_echo_answers": claimed})).text
    assert "would have claimed +50.0 points [+40.0, +60.0] (P(x), 400 items)" in text
    assert "leaky" not in render(of_echo())


@pytest.mark.parametrize(
    ("text", "said"), [("{bad", "is not readable JSON"), ('{"tasks": {}}', "lacks alpha, balance")]
)
def test_an_analysis_that_is_none_is_named(tmp_path, text, said):
    (tmp_path / "analysis.json").write_text(text)
    with pytest.raises(IpBenchError, match=said):
        write_report(tmp_path)


def test_an_analysis_that_does_not_fit_together_is_named(tmp_path):
    given = analysis()
    del given["tasks"]["ip_cues_cultural"]["effects"][1]["ci_simultaneous"]
    (tmp_path / "analysis.json").write_text(json.dumps(given))
    with pytest.raises(IpBenchError, match=r"does not fit together: it lacks 'ci_simultaneous'; run `ip-bench analyze"):
        write_report(tmp_path)


def test_a_run_that_could_stop_early_says_so():
    text = "uk against us: different at look 3 of 13, after 64 of 232 items"
    assert text in render(analysis() | {"sequential": {"text": text}})
    assert "Looked at on the way" not in render(analysis())
