"""`ip-bench build`: one dataset, several at once, or all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ip_bench.cli import app as cli
from ip_bench.release import build as building
from ip_bench.release.recipes import DATASETS, recipe

Built = dict[str, Path]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Built]:
    """Return a function that runs the command in an empty folder and returns what it builds where.

    The building itself is left out: it takes seconds, and other tests are about it.
    """
    built: Built = {}

    def build_all(
        folders: Mapping[str, Path], *, progress: Any, workers: int | None, engine: str, address: str | None
    ) -> dict[str, dict[str, Any]]:
        assert (workers, engine, address) == (None, "local", None)
        built.update(folders)
        split = {"rows": 1_200, "items": 40, "content_hash": "0123456789abcdef" * 4}
        configs = {config: {"splits": {"test": split}} for config in ("one", "two")}
        return {name: {"name": name, "version": "9.9.9", "configs": configs} for name in folders}

    def run(*arguments: str) -> Built:
        monkeypatch.setattr("sys.argv", ["ip-bench", "build", *arguments])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        assert stop.value.code in {0, 2}
        return dict(built)

    monkeypatch.setattr(building, "build_all", build_all)
    monkeypatch.chdir(tmp_path)
    return run


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ([], ("ip-cues",)),
        (["ip-echo"], ("ip-echo",)),
        (["ip-echo", "ip-cues"], ("ip-echo", "ip-cues")),
        (["ip-echo", "ip-cues", "ip-echo"], ("ip-echo", "ip-cues")),
        (["all"], DATASETS),
        (["ip-echo", "all"], DATASETS),
    ],
)
def test_each_dataset_that_is_named_gets_its_folder(
    command: Callable[..., Built], arguments: list[str], names: tuple[str, ...]
) -> None:
    built = command(*arguments)
    assert built == {name: Path("data") / recipe(name).DATASET for name in names}
    assert tuple(built) == names


def test_a_folder_is_given_to_one_dataset(command: Callable[..., Built], tmp_path: Path) -> None:
    assert command("ip-echo", "--out", str(tmp_path / "mine")) == {"ip-echo": tmp_path / "mine"}


def test_what_was_built_is_told(command: Callable[..., Built], capsys: pytest.CaptureFixture[str]) -> None:
    command("ip-echo", "ip-cues")
    told = [f"{config}/test: 1,200 rows of 40 items, content 0123456789abcdef" for config in ("one", "two")]
    assert capsys.readouterr().out.splitlines() == [
        *told, "ip-echo 9.9.9 in data/ip-echo", *told, "ip-cues 9.9.9 in data/ip-cues",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ip-cues", "ip-x"], f"unknown dataset 'ip-x'; datasets are: {', '.join(DATASETS)}"),
        (
            ["ip-cues", "ip-echo", "--out", "mine"],
            "--out mine is for one dataset, not for ip-cues, ip-echo; leave it out, or name one",
        ),
        (["all", "--out", "mine"], f"--out mine is for one dataset, not for {', '.join(DATASETS)}; leave it out"),
    ],
)
def test_what_cannot_be_built_is_told_before_anything_is(
    command: Callable[..., Built], arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(*arguments) == {}
    assert said in " ".join(capsys.readouterr().err.split())


def test_a_folder_with_other_files_is_kept(
    command: Callable[..., Built], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data" / "ip-echo").mkdir(parents=True)
    (tmp_path / "data" / "ip-echo" / "notes.txt").write_text("mine", encoding="utf-8")
    assert command("ip-cues", "ip-echo") == {}
    assert "ip-echo has other files and no manifest.json" in " ".join(capsys.readouterr().err.split())
