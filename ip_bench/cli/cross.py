"""The command that writes full crosses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ip_bench.cli import values
from ip_bench.cli.options import AsJson
from ip_bench.cli.output import print_json
from ip_bench.cli.values import among
from ip_bench.errors import IpBenchError
from ip_bench.progress import progress

Engine = Annotated[
    str,
    typer.Option(
        "--engine",
        help="local: processes of this machine; ray: a Ray cluster, with the extra ray.",
        autocompletion=among(["local", "ray"]),
    ),
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="How many work at once; default: one for each core.")
]
Address = Annotated[
    str | None, typer.Option("--address", help="Of a Ray cluster that runs; default: one is started here, and ended.")
]


def cross(
    designs: Annotated[
        list[str],
        typer.Argument(
            help="DATASET/CONFIG, several of one dataset, or DATASET for all of its configs.",
            autocompletion=among(values.crosses),
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder to write; shards that it has are kept.")],
    split: Annotated[
        list[str] | None, typer.Option("--split", help="Of this split only (repeat the option); default: all.")
    ] = None,
    template: Annotated[
        list[str] | None, typer.Option("--template", help="In this template only (repeat the option); default: all.")
    ] = None,
    intersect: Annotated[
        list[str] | None,
        typer.Option("--intersect", help="Also two identities, woman+muslim, or woman+race (repeat the option)."),
    ] = None,
    shard_rows: Annotated[int, typer.Option("--shard-rows", min=1, help="About how many rows a file has.")] = 200_000,
    workers: Workers = None,
    engine: Engine = "local",
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Write every item in every template and arm, as Parquet; one that was interrupted goes on where it was."""
    from ip_bench.release import shards

    dataset, configs = _named(designs)
    with progress() as at:
        manifest = shards.cross(
            dataset, out, configs, splits=split, templates=template, intersect=intersect or (), shard_rows=shard_rows,
            engine=engine, workers=workers, address=address, warn=at.say, watch=at,
        )  # fmt: skip
    if as_json:
        print_json(manifest)
        return
    for config, described in manifest["configs"].items():
        for name, one in described["splits"].items():
            size = f"{one['rows']:,} rows of {one['items']} items in {len(one['files'])} files"
            typer.echo(f"{config}/{name}: {size}, content {one['content_hash'][:16]}")
    typer.echo(f"the cross of {dataset} {manifest['version']}, {manifest['rows']:,} rows, in {out}")


def _named(designs: list[str]) -> tuple[str, list[str] | None]:
    """Return the dataset and the configs that are named, None for all of them."""
    pairs = [design.partition("/") for design in designs]
    datasets = list(dict.fromkeys(dataset for dataset, _, _ in pairs))
    if len(datasets) > 1:
        raise IpBenchError(
            f"a cross is of one dataset, not of {', '.join(datasets)}; write each into a folder of its own"
        )
    configs = [config for _, slash, config in pairs if slash]
    return datasets[0], configs if len(configs) == len(pairs) else None
