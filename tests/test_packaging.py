"""What is in the tree is in the wheel, and the wheel works outside the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOPS = {
    "ip_bench": "ip_bench",
    "builders": "ip_bench/builders",
    "tasks": "ip_bench/tasks",
    "dataset_cards": "ip_bench/dataset_cards",
}
SETUP: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]


def tree() -> dict[str, Path]:
    """Return the files of the package by their path in a wheel."""
    return {
        f"{inside}/{path.relative_to(ROOT / top).as_posix()}": path
        for top, inside in TOPS.items()
        for path in sorted((ROOT / top).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


def in_package(data: str) -> tuple[str, str]:
    """Return the innermost package of a file, and the file's path in it."""
    parts = PurePosixPath(data).parts
    for depth in range(len(parts) - 1, 0, -1):
        package = ".".join(parts[:depth])
        if package in SETUP["packages"]:
            return package, "/".join(parts[depth:])
    raise AssertionError(f"{data} is in no listed package")


def matches(path: str, pattern: str) -> bool:
    """Return whether a setuptools pattern, in which `**/` may stand for nothing, matches."""
    return any(fnmatchcase(path, form) for form in (pattern, pattern.replace("**/", "")))


def test_every_folder_of_the_tree_is_a_listed_package() -> None:
    folders = {str(PurePosixPath(name).parent).replace("/", ".") for name in tree() if name.endswith(".py")}
    assert SETUP["packages"] == sorted(folders)
    assert all(f"{folder.replace('.', '/')}/__init__.py" in tree() for folder in folders)
    assert SETUP["package-dir"] == {inside.replace("/", "."): top for top, inside in TOPS.items()}


def test_every_data_file_is_matched_by_package_data() -> None:
    patterns = SETUP["package-data"]
    lost = [
        name
        for name in tree()
        if not name.endswith(".py")
        and not any(matches(in_package(name)[1], pattern) for pattern in patterns.get(in_package(name)[0], []))
    ]
    assert lost == []


# --- a wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of a copy of the checkout (a build writes beside what it builds)."""
    scratch = tmp_path_factory.mktemp("wheel")
    for name in (*TOPS, "pyproject.toml", "README.md", "LICENSE", "LICENSE-DATA"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, scratch / "copy" / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            (scratch / "copy").mkdir(exist_ok=True)
            shutil.copy(source, scratch / "copy" / name)
    script = f"from setuptools import build_meta; build_meta.build_wheel({str(scratch / 'dist')!r})"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=scratch / "copy", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    shutil.rmtree(scratch / "copy")
    (made,) = (scratch / "dist").glob("ip_bench-*-py3-none-any.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """Return a folder with the unpacked wheel."""
    site = wheel.parents[1] / "site"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    return site


def outside(installed: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run Python in an empty folder with the wheel and its dependencies only.

    -S keeps the .pth files out, and with them the editable install, which would lend what the wheel lacks.
    """
    empty = installed.parent / "empty"
    empty.mkdir(exist_ok=True)
    paths = sysconfig.get_paths()
    path = os.pathsep.join([str(installed), paths["purelib"], paths["platlib"]])
    environment = {name: value for name, value in os.environ.items() if name != "IP_BENCH_DATA"}
    return subprocess.run(
        [sys.executable, "-S", *arguments],
        cwd=empty,
        env=environment | {"PYTHONPATH": path, "COLUMNS": "120"},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_holds_every_file_of_the_tree_and_no_other(installed: Path) -> None:
    packed = {
        path.relative_to(installed).as_posix(): path
        for path in (installed / "ip_bench").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    here = tree()
    assert sorted(packed) == sorted(here)
    assert [name for name in here if packed[name].read_bytes() != here[name].read_bytes()] == []
    licenses = {path.name for path in installed.glob("ip_bench-*.dist-info/licenses/*")}
    assert licenses == {"LICENSE", "LICENSE-DATA"}


def test_the_wheel_is_what_runs(installed: Path) -> None:
    script = (
        "import ip_bench, ip_bench.tasks.cues, ip_bench.builders.cues as b; print(ip_bench.__file__); print(b.__file__)"
    )
    done = outside(installed, "-c", script)
    assert done.returncode == 0, done.stderr
    assert all(Path(line).is_relative_to(installed) for line in done.stdout.splitlines())


def test_the_wheel_shows_help_and_turns_text(installed: Path) -> None:
    done = outside(installed, "-m", "ip_bench.cli", "--help")
    assert done.returncode == 0, done.stderr
    assert all(command in done.stdout for command in ("build", "run", "analyze", "report", "selfcheck", "tasks-path"))
    done = outside(
        installed, "-m", "ip_bench.cli", "cue", "apply", "--family", "spelling", "--level", "uk",
        given='{"id": 1, "text": "a color"}\n',
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"text": "a colour"' in done.stdout


@pytest.fixture(scope="module")
def built(installed: Path) -> Path:
    """Return the folder of a build of ip-cues by the wheel."""
    out = installed.parent / "ip-cues"
    done = outside(installed, "-m", "ip_bench.cli", "build", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("ip-cues ")
    return out


def test_the_wheel_builds_the_dataset(built: Path) -> None:
    assert (built / "cultural" / "test.parquet").is_file()


def test_tasks_path_names_a_folder_of_yaml(installed: Path) -> None:
    done = outside(installed, "-m", "ip_bench.cli", "tasks-path")
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.strip())
    assert folder.is_relative_to(installed)
    assert list(folder.rglob("ip_cues_cultural.yaml"))


def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size < 12e6


# --- a bare environment


@pytest.fixture(scope="module")
def bare(wheel: Path) -> Path:
    """Return the folder of programs of a new environment that has the wheel, from the package index, and no extra.

    Skipped where no index is reached, which the smallest of its packages tells.
    """
    venv = wheel.parents[1] / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = venv / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--no-compile", "--constraint", str(ROOT / "constraints.txt")]
    reached = subprocess.run([*pip, "--no-deps", "mdurl"], capture_output=True, text=True, check=False)
    if reached.returncode:
        pytest.skip(f"no package index is reached: {reached.stderr.strip().splitlines()[-1]}")
    done = subprocess.run([*pip, str(wheel)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return venv / "bin"


def alone(bare: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the environment in an empty folder, with nothing of this one."""
    empty = bare.parent / "empty"
    empty.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "TMPDIR"}}
    return subprocess.run(
        [str(bare / program), *arguments],
        cwd=empty,
        env=kept | {"HOME": str(empty), "OMP_NUM_THREADS": "1", "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )


#: Shows the help of every command; one process, because a command is a fifth of a second and its start more.
EVERY_HELP = """
from typer.main import get_command
from typer.testing import CliRunner
from ip_bench.cli.app import app

def walk(command, words):
    yield words
    for name, below in getattr(command, "commands", {}).items():
        yield from walk(below, [*words, name])

for words in walk(get_command(app), []):
    done = CliRunner().invoke(app, [*words, "--help"])
    assert done.exit_code == 0 and "Usage:" in done.output, (words, done.output)
    print(*words)
"""


def test_a_bare_install_shows_every_help(bare: Path) -> None:
    shown = alone(bare, "ip-bench", "--help")
    assert shown.returncode == 0, shown.stderr
    done = alone(bare, "python", "-c", EVERY_HELP)
    assert done.returncode == 0, done.stderr
    assert {"run", "doctor", "cue apply", "steer train", "bounds check"} <= set(done.stdout.splitlines())


def test_a_bare_install_runs_the_simulated_model(bare: Path, built: Path) -> None:
    assert not [
        path for path in bare.parent.glob("lib/python*/site-packages/*") if path.name in {"torch", "transformers"}
    ]
    done = alone(
        bare, "ip-bench", "run", "--model", "simulated", "--dataset", str(built), "--task", "ip_cues_names_mini"
    )
    assert done.returncode == 0, done.stderr
    assert "UK names against US names, minus placebo" in done.stdout
    assert (bare.parent / "empty" / "runs" / "latest" / "report.html").is_file()


def test_a_bare_install_says_what_a_local_model_needs(bare: Path, built: Path) -> None:
    model = ("--model", "hf", "--model-args", "pretrained=x/y", "--device", "cpu")
    done = alone(bare, "ip-bench", "run", *model, "--dataset", str(built), "--task", "ip_cues_names_mini")
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-1].endswith("pip install 'ip-bench[eval]'"), done.stderr
