"""The commands, as the command line registers them."""

import pytest
import typer
from leaderboard.made import analysis, write
from typer.testing import CliRunner

from ip_bench.cli import leaderboard
from ip_bench.errors import IpBenchError

app = typer.Typer()
app.command()(leaderboard.submit)
app.command()(leaderboard.withdraw)
app.command()(leaderboard.leaderboard)
app.command("tasks-export")(leaderboard.tasks_export)


def ran(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_the_pages_are_written_and_named(tmp_path):
    write(tmp_path / "results", analysis("org/a", 0.1))
    done = ran("leaderboard", tmp_path / "results", "--out", tmp_path / "site")
    assert done.exit_code == 0, done.output
    assert done.output.strip() == str((tmp_path / "site" / "index.html").resolve())


def test_the_tasks_are_written_and_named(tmp_path):
    done = ran("tasks-export", "--namespace", "some-org", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert str(tmp_path / "ip_cues" / "ip_cues_cultural.yaml") in done.output.splitlines()


def test_a_submission_needs_the_dataset_named(tmp_path, monkeypatch):
    monkeypatch.delenv("IP_BENCH_NAMESPACE", raising=False)
    given = ("submit", "--results", tmp_path, "--model-id", "org/model", "--results-repo", "org/results")
    done = ran(*given)
    assert isinstance(done.exception, IpBenchError)
    assert "--dataset-repo ORG/ip-cues, or set IP_BENCH_NAMESPACE" in str(done.exception)
    monkeypatch.setenv("IP_BENCH_NAMESPACE", "org")
    assert "has no run.json" in str(ran(*given).exception)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_withdrawal_needs_a_reason(reason):
    done = ran("withdraw", "--model-id", "org/model", "--results-repo", "org/results", "--reason", reason)
    assert "needs a reason" in str(done.exception)
