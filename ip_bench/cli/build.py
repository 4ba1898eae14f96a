"""The commands that build datasets, and that say where their tasks are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ip_bench.cli import cross, values
from ip_bench.cli.options import AsJson
from ip_bench.cli.output import print_json
from ip_bench.cli.values import among
from ip_bench.errors import IpBenchError
from ip_bench.progress import progress


def build(
    datasets: Annotated[
        list[str] | None,
        typer.Argument(
            help="ip-cues (the default), ip-education, ip-echo, ip-tradeoff, ip-bounds, ip-personas, or all.",
            autocompletion=among(lambda: [*values.datasets(), "all"]),
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write, of one dataset; default: data/DATASET.")
    ] = None,
    workers: cross.Workers = None,
    engine: cross.Engine = "local",
    address: cross.Address = None,
    as_json: AsJson = False,
) -> None:
    """Build datasets, each into a folder that datasets.load_dataset reads."""
    from ip_bench.files import check_replaceable
    from ip_bench.own import registered
    from ip_bench.release.build import build_all
    from ip_bench.release.recipes import DATASETS, recipe

    asked = {one: registered(one) for one in datasets or ["ip-cues"]}
    names = DATASETS if "all" in asked else tuple(dict.fromkeys(asked.values()))
    if len({*asked.values()}) < len(asked):
        raise IpBenchError(f"two of {', '.join(asked)} have one name; build them one at a time, or rename one")
    if out and len(names) > 1:
        raise IpBenchError(f"--out {out} is for one dataset, not for {', '.join(names)}; leave it out, or name one")
    folders = {name: out or Path("data") / recipe(name).DATASET for name in names}
    for folder in folders.values():
        check_replaceable(folder, "manifest.json")
    with progress() as at:
        at.step(f"building {', '.join(names)}")
        manifests = build_all(folders, progress=at.note, workers=workers, engine=engine, address=address)
    if as_json:
        print_json({name: {"folder": str(folders[name])} | manifest for name, manifest in manifests.items()})
        return
    for name, manifest in manifests.items():
        for config, entry in manifest["configs"].items():
            for split, described in entry["splits"].items():
                size = f"{described['rows']:,} rows of {described['items']} items"
                typer.echo(f"{config}/{split}: {size}, content {described['content_hash'][:16]}")
        typer.echo(f"{name} {manifest['version']} in {folders[name]}")


def tasks_path(as_json: AsJson = False) -> None:
    """Print the folder for lm-eval's --include_path."""
    from ip_bench.harness.plan import tasks_folder

    if as_json:
        print_json({"folder": str(tasks_folder())})
    else:
        typer.echo(str(tasks_folder()))
