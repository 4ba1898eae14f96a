"""`ip-bench effects` and `ip-bench plan` on what licenses no number: nulls with a note, or one line that says why."""

import json
import re

import pytest
from typer.testing import CliRunner

from ip_bench.cli.app import app
from ip_bench.errors import IpBenchError


def run(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False)


def rows(*, items=40, forms=8, uk="1", us="0", arms=("uk", "us")):
    """Lines of a table; `uk` and `us` are the outcome as text, or made of the item's number."""
    lines = ["item,arm,name,score"]
    for k in range(items):
        for arm, outcome in zip(arms, (uk, us), strict=False):
            lines.append(f"q{k},{arm},n{k % forms},{outcome(k) if callable(outcome) else outcome}")
    return lines


def effects(folder, lines, *more):
    path = folder / "t.csv"
    path.write_text("\n".join(lines))
    columns = ("--item", "item", "--arm", "arm", "--outcome", "score", "--reference", "us")
    return run("effects", path, *columns, *more)


@pytest.mark.parametrize("form", [(), ("--realization", "name")])
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (rows(items=1), r"1 items"),
        (rows(uk=""), r"0 items"),
        (rows(us=""), r"0 items"),
        (rows(uk=lambda k: k % 2 if k < 20 else "", us=lambda k: k % 2 if k >= 20 else ""), r"0 items"),
    ],
    ids=["one item", "no outcome", "no reference", "no pair"],
)
def test_a_table_without_a_number_gives_nulls_and_says_why(tmp_path, lines, said, form):
    result = effects(tmp_path, lines, "--json", *form)
    (found,) = json.loads(result.output)
    assert result.exit_code == 0
    assert {found[name] for name in ("estimate", "se", "p", "p_adjusted")} == {None}
    assert found["ci"] == found["ci_simultaneous"] == [None, None]
    assert found["verdict"] == "undecided"
    assert re.search(said, found["note"])
    assert "nan" in effects(tmp_path, lines, *form).output


def test_one_realization_gives_nulls_where_it_is_named(tmp_path):
    lines = rows(forms=1, uk=lambda k: k % 2)
    (found,) = json.loads(effects(tmp_path, lines, "--json", "--realization", "name").output)
    assert found["estimate"] is None
    assert "40 items and 1 realizations" in found["note"]


@pytest.mark.parametrize(("uk", "us"), [("0", "0"), ("1", "1"), ("1", "0"), ("7.5", "2")])
def test_outcomes_that_are_all_equal_have_no_p_of_0_and_no_interval_of_a_point(tmp_path, uk, us):
    (found,) = json.loads(effects(tmp_path, rows(uk=uk, us=us), "--json", "--realization", "name").output)
    assert found["se"] is None
    assert found["p"] is None or found["p"] >= 2 / 2**8  # the sign test of eight realizations
    low, high = found["ci"]
    assert low is None or low < high
    assert found["note"]


@pytest.mark.parametrize(
    ("lines", "more", "said"),
    [
        (rows()[:1], (), "without rows"),
        (rows(arms=("us",)), (), "one arm, 'us'"),
        (rows(uk="inf"), (), "40 of 80 outcomes .* no finite numbers .*, first in row 1"),
        (rows(uk="nan"), (), "40 of 80 outcomes .* no finite numbers .*, first in row 1"),
        (rows(uk="yes"), (), "40 of 80 outcomes .* no finite numbers .*, first in row 1: 'yes'"),
        (rows(), ("--margin", "0"), "margin is 0"),
        (rows(), ("--margin", "nan"), "margin is nan"),
        (rows(), ("--margin", "inf"), "margin is inf"),
        (rows(), ("--alpha", "0"), "alpha is 0"),
        (rows(), ("--alpha", "0.5"), "alpha is 0.5"),
        (rows(), ("--alpha", "nan"), "alpha is nan"),
    ],
)
def test_a_table_that_cannot_be_read_as_declared_is_refused(tmp_path, lines, more, said):
    with pytest.raises(IpBenchError, match=said):
        effects(tmp_path, lines, *more)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--effect", "0"), "effect is 0"),
        (("--effect", "-0.1"), "effect is -0.1"),
        (("--effect", "nan"), "effect is nan"),
        (("--effect", "inf"), "effect is inf"),
        (("--effect", "0.1", "--power", "1"), "power is 1"),
        (("--effect", "0.1", "--power", "0.01"), "power is 0.01"),
        (("--effect", "0.1", "--alpha", "0"), "alpha 0"),
        (("--effect", "0.1", "--alpha", "nan"), "alpha nan"),
        (("--effect", "0.1", "--item-sd", "-0.1"), "component item is -0.1"),
        (("--effect", "0.1", "--realization-sd", "nan"), "component realization is nan"),
        (("--effect", "0.1", "--cell-sd", "inf"), "component cell is inf"),
        (
            ("--effect", "0.1", "--item-sd", "0", "--row-sd", "0", "--realization-sd", "0", "--cell-sd", "0"),
            "all components are 0",
        ),
        (("--effect", "0.1", "--budget", "1"), "items are 1"),
        (("--effect", "0.1", "--realizations", "4", "--rows", "5"), "rows_per_item is 5; there are 4 realizations"),
    ],
)
def test_a_plan_that_cannot_be_made_says_why(options, said):
    with pytest.raises(IpBenchError, match=said):
        run("plan", *options)


def test_a_plan_from_a_pilot_needs_one(tmp_path):
    with pytest.raises(IpBenchError):
        run("plan", "--effect", "0.1", "--from", tmp_path)
