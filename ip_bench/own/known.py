"""Designs of one's own, by name: known to all steps of a process once their file was named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ip_bench.errors import IntegrityError, IpBenchError
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


def kept_design(config: Path, dataset: object) -> object:
    """Return the design that lies in the folder of a run's configuration, where it names one; else the dataset."""
    kept = config.parent / FOLDER / Path(str(dataset)).name
    return str(kept) if str(dataset).endswith(SUFFIXES) and kept.is_file() else dataset


def register_written(folder: Path) -> None:
    """Make the design known that a run's folder holds, where its record names one.

    Raises:
        ContentError: for a file that is no design.
        IntegrityError: for a design that is not the one that was asked.
        IpBenchError: for one that is not there.
    """
    run = read_record(folder / "run.json") if (folder / "run.json").is_file() else {}
    of = run.get("dataset")
    if not isinstance(of, Mapping) or not (file := of.get("design")):
        return
    path = folder / FOLDER / Path(str(file)).name
    here = recipe(registered(str(path)))
    if (of.get("name"), of.get("version")) != (here.DATASET, here.VERSION):
        raise IntegrityError(
            f"{path} is {here.DATASET} {here.VERSION}, the run asked {of.get('name')} {of.get('version')}: its design "
            "was changed; put the files back that were asked"
        )
