"""A build by several processes: the same bytes, the same errors, and nothing left behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ip_bench.builders.cues.echo import recipes as echo
from ip_bench.builders.cues.education import recipes

from ip_bench.errors import ContentError, IntegrityError
from ip_bench.release import workers
from ip_bench.release.build import build, build_all
from ip_bench.release.calls import Call
from ip_bench.release.features import features
from ip_bench.release.recipes import DATASETS, recipe

SMALL = """
from ip_bench.builders.cues.echo import recipes as echo
from ip_bench.builders.cues.education import recipes
whole, ordered = recipes.tasks_asked, echo._ordered
recipes.tasks_asked = lambda config, split: whole(config, split)[:16]
echo._ordered = lambda split: ordered(split)[:150]
"""


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that makes the recipe a small one, here and in the processes; there, it runs `more`, too."""
    folder = tmp_path_factory.mktemp("site")
    whole, ordered = recipes.tasks_asked, echo._ordered

    def smaller(more: str = "") -> None:
        (folder / "sitecustomize.py").write_text(SMALL + more, encoding="utf-8")  # what Python runs at its start
        monkeypatch.setenv("PYTHONPATH", str(folder))
        monkeypatch.setattr(recipes, "tasks_asked", lambda config, split: whole(config, split)[:16])
        monkeypatch.setattr(echo, "_ordered", lambda split: ordered(split)[:150])

    return smaller


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_one_process_and_two_write_the_same_bytes(small: Callable[[str], None], tmp_path: Path) -> None:
    small("")
    one, two = list[str](), list[str]()
    build("ip-education", tmp_path / "one", check=False, progress=one.append, workers=1)
    build("ip-education", tmp_path / "two", check=False, progress=two.append, workers=2)
    assert held(tmp_path / "one") == held(tmp_path / "two")
    assert sorted(one) == sorted(two)
    assert len(one) == 2 * len(recipe("ip-education").CONFIGS)


def test_datasets_that_are_built_together_are_those_built_alone(small: Callable[[str], None], tmp_path: Path) -> None:
    small("")
    names = ("ip-echo", "ip-education")
    said = list[str]()
    made = build_all({name: tmp_path / "all" / name for name in names}, check=False, progress=said.append, workers=3)
    for name in names:
        build(name, tmp_path / "alone" / name, check=False)
    assert list(made) == list(names)
    assert held(tmp_path / "all") == held(tmp_path / "alone")
    configs = {config for name in names for config in recipe(name).CONFIGS}
    assert {line.partition("/")[0] for line in said} == configs


def test_a_dataset_that_is_not_the_locked_one_leaves_all_folders(small: Callable[[str], None], tmp_path: Path) -> None:
    small("")
    folders = {name: tmp_path / name for name in ("ip-echo", "ip-education")}
    build("ip-echo", folders["ip-echo"], check=False)
    before = held(tmp_path)
    with pytest.raises(IntegrityError, match=r"this build: ip-echo/echo/test .* has content hash"):
        build_all(folders, workers=2)
    assert held(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["ip-echo"]


def test_nothing_is_built_where_nothing_is_named(tmp_path: Path) -> None:
    assert build_all({}, workers=None) == {}


@pytest.mark.parametrize("name", DATASETS)
def test_a_process_that_builds_imports_nothing_that_it_does_not_need(name: str, tmp_path: Path) -> None:
    script = (
        "import sys, ip_bench.release.build; from ip_bench.release.recipes import recipe\n"
        f"recipe({name!r})\n"
        "print([one for one in ('datasets', 'scipy', 'sklearn', 'torch') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


FAULTS = {
    "a row that a gate refuses": (
        """
from dataclasses import replace
rows = recipes.prompts
def prompts(config, split):
    for row in rows(config, split):
        spoiled = config == "education_requests" and row.arm == "aae"
        yield replace(row, prompt=row.prompt + " Please.") if spoiled else row
recipes.prompts = prompts
""",
        ContentError,
        r"item [\w-]+, arm aae, realization q\d\d, template t\d\d does not undo to its reference row: '.* Please\.'",
    ),
    "an error of ours": (
        "def prompts(config, split):\n    raise LookupError('lost')\nrecipes.prompts = prompts\n",
        RuntimeError,
        r"Traceback[\s\S]+LookupError: lost",
    ),
    "a process that ends": (
        "def prompts(config, split):\n    import os\n    os._exit(7)\nrecipes.prompts = prompts\n",
        RuntimeError,
        "a process that builds ip-education ended with status 7",
    ),
}


PRINTS = """
def prompts(config, split, rows=recipes.prompts):
    import os
    os.write(1, b"as C prints\\n")
    print("as Python prints")
    return rows(config, split)
recipes.prompts = prompts
"""


@pytest.mark.parametrize("fault", FAULTS)
def test_an_error_in_a_process_leaves_the_previous_folder(
    small: Callable[[str], None], tmp_path: Path, fault: str
) -> None:
    more, kind, words = FAULTS[fault]
    out = tmp_path / "ip-education"
    out.mkdir()
    (out / "old.txt").write_text("old", encoding="utf-8")
    small(more)
    with pytest.raises(kind, match=words):
        build("ip-education", out, check=False, workers=2)
    assert held(tmp_path) == {"ip-education/old.txt": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["ip-education"]


def test_what_a_library_prints_is_no_event(small: Callable[[str], None], tmp_path: Path) -> None:
    small(PRINTS)
    build("ip-education", tmp_path / "ip-education", check=False, workers=2)
    assert (tmp_path / "ip-education" / "manifest.json").is_file()


def test_a_process_whose_words_are_no_events_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho no event\nexec cat >&2\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    call = Call("a shard", "none:none", dict)
    with pytest.raises(RuntimeError, match="a process that builds a shard ended with status -9"):
        workers.results(1, [call], print)


def test_a_process_outlives_an_interruption_and_ends_quietly_where_nobody_listens() -> None:
    told = json.dumps({"function": "builtins:callable", "arguments": {}}) + "\n"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-m", workers.__name__], text=True, **pipes) as process:
        for _ in range(2):
            process.stdin.write(told)
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == {"made": True}
            process.send_signal(signal.SIGINT)
        process.stdout.close()
        process.stdin.write(told)
        process.stdin.flush()
        assert process.stderr.read() == ""
        assert process.wait() == 0


def test_an_interruption_ends_the_processes(small: Callable[[str], None], tmp_path: Path) -> None:
    small("")

    def progress(text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build("ip-education", tmp_path / "ip-education", check=False, progress=progress, workers=2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("config", recipe("ip-education").CONFIGS)
def test_a_table_is_the_one_made_of_the_rows(config: str) -> None:
    import pyarrow as pa

    from ip_bench.release.columns import table

    prompts = [row for row, _ in zip(recipes.prompts(config, "validation"), range(60), strict=False)]
    schema = features(recipes.columns(config)).arrow_schema
    made = table(prompts, schema)
    made.validate(full=True)
    assert made.equals(pa.Table.from_pylist([row.to_row() for row in prompts], schema=schema), check_metadata=True)
