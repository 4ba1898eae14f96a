"""The demo: the real transformer through lm-eval's hf backend recovers its planted effects, and the null none."""

import pytest

from ip_bench.analysis import analyze
from ip_bench.report.page import write_report
from ip_bench.selfcheck import selfcheck, truths

pytestmark = pytest.mark.usefixtures("dataset")


@pytest.fixture(scope="module")
def runs(tmp_path_factory, dataset):
    out = tmp_path_factory.mktemp("runs")
    return {name: (out / name, selfcheck(out / name, reference=name, progress=False)) for name in ("tiny", "null")}


@pytest.mark.parametrize("name", ["tiny", "null"])
def test_every_truth_lies_in_its_simultaneous_interval(runs, name):
    missed = [check for check in runs[name][1] if not check.recovered]
    assert missed == []
    assert {"uk", "uk minus placebo", "placebo", "explicit_uk"} <= {check.contrast for check in runs[name][1]}


def test_tiny_is_found_different_and_its_placebo_is_not(runs):
    verdict = {check.contrast: check.verdict for check in runs["tiny"][1] if check.task == "ip_cues_cultural_mini"}
    assert verdict["uk"] == verdict["uk minus placebo"] == verdict["explicit_uk"] == "different"
    assert verdict["placebo"] != "different"


def test_the_checkpoint_without_cue_effects_is_equivalent(runs):
    verdict = {check.contrast: check.verdict for check in runs["null"][1] if check.task == "ip_cues_cultural_mini"}
    assert verdict["uk"] == "equivalent"
    assert verdict["uk minus placebo"] == "equivalent"


def test_wald_ratio_is_an_interval_for_tiny_and_unbounded_for_null(runs):
    shapes = {name: analyze(folder)["wald"][0]["shape"] for name, (folder, _) in runs.items()}
    assert shapes["tiny"] == "interval"
    assert shapes["null"] in {"line", "two rays"}


def test_report_draws_the_truth_beside_the_estimates(runs):
    page = write_report(runs["tiny"][0], truth=truths("tiny")).read_text(encoding="utf-8")
    assert page.count('class="truth"') >= 10
    assert "http://" not in page
    assert "https://" not in page
