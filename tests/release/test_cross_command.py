"""`ip-bench cross`, and the engine of `ip-bench build`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ip_bench.cli import app as cli
from ip_bench.release.plan import SHARD_ROWS

Command = Callable[..., tuple[str, str]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Return a function that runs the command in an empty folder; it returns what is printed, and the error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[str, str]:
        monkeypatch.setattr("sys.argv", ["ip-bench", *arguments])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        said = capsys.readouterr()
        assert stop.value.code == (2 if said.err.startswith("ip-bench: ") else 0)
        return said.out, said.err

    return run


SMALL = ("--out", "out", "--split", "validation", "--template", "t01", "--workers", "1")


def test_the_command_writes_the_configs_that_are_named(command: Command) -> None:
    printed, _ = command(
        "cross", "ip-tradeoff/profile", "ip-tradeoff/identity", *SMALL, "--intersect", "woman+religion"
    )
    lines = printed.splitlines()
    assert lines[0].startswith("identity/validation: 6,500 rows of 130 items in 1 files, content ")
    assert lines[1].startswith("profile/validation: 6,500 rows of 130 items in 1 files, content ")
    assert lines[2] == "the cross of ip-tradeoff 1.0.0, 13,000 rows, in out"
    assert sorted(path.parent.name for path in Path("out").rglob("*.parquet")) == ["identity", "profile"]


def test_the_manifest_is_printed_as_json(command: Command) -> None:
    printed, _ = command("cross", "ip-tradeoff", *SMALL, "--shard-rows", "3000", "--json")
    manifest = json.loads(printed)
    assert manifest == json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    assert list(manifest["configs"]) == ["identity", "identity_user", "profile", "profile_user"]
    assert len(manifest["configs"]["profile"]["splits"]["validation"]["files"]) == 2


def test_a_damaged_shard_is_named(command: Command) -> None:
    command("cross", "ip-tradeoff/identity", *SMALL)
    file = next(Path("out").rglob("*.parquet"))
    file.write_bytes(b"")
    printed, error = command("cross", "ip-tradeoff/identity", *SMALL)
    assert error == f"{file.relative_to('out')} is not what its receipt says, and is written anew\n"
    assert "5,850 rows, in out" in printed


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_error_of_the_disk_is_one_line(command: Command, workers: str) -> None:
    small = ("cross", "ip-tradeoff/identity", *SMALL[:-1], workers, "--shard-rows", "3000")
    command(*small)
    shutil.rmtree("out/receipts")
    shutil.rmtree("out/identity")
    Path("out/identity").touch()
    assert command(*small) == ("", f"ip-bench: File exists: {Path.cwd()}/out/identity\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("cross", "ip-tradeoff/identity", "ip-cues", "--out", "out"),
            "a cross is of one dataset, not of ip-tradeoff, ip-cues",
        ),
        (("cross", "ip-cues", "--out", "out"), "unknown dataset 'ip-cues' in the full crosses"),
        (("cross", "ip-tradeoff/implicit", "--out", "out"), "unknown config 'implicit' in the cross of ip-tradeoff"),
        (("cross", "ip-tradeoff", "--out", "out", "--address", "auto"), "address 'auto' is for the engine ray"),
        (("build", "ip-echo", "--address", "auto"), "address 'auto' is for the engine ray"),
        (("build", "ip-echo", "--engine", "slurm"), "unknown engine 'slurm'; engines are: local, ray"),
    ],
)
def test_what_cannot_be_done_is_one_line(command: Command, arguments: tuple[str, ...], words: str) -> None:
    printed, error = command(*arguments)
    assert words in error
    assert (printed, error.count("\n")) == ("", 1)
    assert not Path("out").exists()
    assert not Path("data").exists() or not list(Path("data").iterdir())


def test_the_help_has_examples_and_the_default_size_of_a_file(command: Command) -> None:
    printed, _ = command("cross", "--help")
    assert "ip-bench cross ip-tradeoff --out data/cross" in printed
    assert str(SHARD_ROWS) in printed
