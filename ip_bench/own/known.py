"""Designs of one's own, by name: known to all steps of a process once their file was named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ip_bench.errors import IpBenchError
from ip_bench.files import read_record
from ip_bench.release.recipes import DATASETS, recipe, register

SUFFIXES = (".yaml", ".yml")
FOLDER = "design"  # of a run: the files of the design that it asked


def registered(dataset: str) -> str:
    """Return the name of a dataset; of a design's YAML file, which is made known, its name.

    Raises:
        ContentError: for a file that is no design, with every fault at its line.
        IpBenchError: for one that is not there, or whose name is taken.
    """
    if not dataset.endswith(SUFFIXES):
        return dataset
    path = Path(dataset)
    if not path.is_file():
        raise IpBenchError(f"there is no design {dataset}; datasets are: {', '.join(DATASETS)}")
    from ip_bench.own.design import read_design
    from ip_bench.own.recipe import DesignRecipe

    design = read_design(path)
    taken = {config for name in DATASETS for config in (name.removeprefix("ip-"), *recipe(name).CONFIGS)}
    if design.name in taken:
        raise IpBenchError(f"{path.name}: the name {design.name!r} is that of a shipped config; take another")
    return register(DesignRecipe(design))


def design_file(dataset: str) -> dict[str, str]:
    """Return `{"design": file}` for the record of a run that asks a design, nothing for a shipped dataset."""
    files = _files(dataset)
    return {"design": next(iter(files))} if files else {}


def write_design(dataset: str, folder: Path) -> None:
    """Write the files of a dataset's design into the folder of a run that asked it, so that it can be analyzed."""
    for name, held in _files(dataset).items():
        (folder / FOLDER).mkdir(exist_ok=True)
        (folder / FOLDER / name).write_bytes(held)


def _files(dataset: str) -> Mapping[str, bytes]:
    """Return the files of a dataset's design, its YAML file first; none where it is shipped."""
    from ip_bench.own.recipe import DesignRecipe

    made = recipe(dataset)
    return made.design.files if isinstance(made, DesignRecipe) else {}


def register_written(folder: Path) -> None:
    """Make the design known that a run's folder holds, where its record names one."""
    run = read_record(folder / "run.json") if (folder / "run.json").is_file() else {}
    of = run.get("dataset")
    if isinstance(of, Mapping) and (file := of.get("design")):
        registered(str(folder / FOLDER / Path(str(file)).name))
