"""Commands of the hub: publish a version, and say what changed between two."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ip_bench.cli import values
from ip_bench.cli.options import AsJson
from ip_bench.cli.output import print_json
from ip_bench.cli.values import among


def publish(
    dataset: Annotated[
        str, typer.Argument(help="Which dataset: ip-cues, ip-education...", autocompletion=among(values.datasets))
    ],
    namespace: Annotated[str, typer.Option(help="The user or organization on the hub to publish as.")],
    private: Annotated[
        bool, typer.Option("--private", help="Make the repository private, or refuse a public one.")
    ] = False,
    pr: Annotated[bool, typer.Option("--pr", help="Propose the version as a pull request.")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="A built folder; default: the local build, made where there is none.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish a dataset's version: gates and hashes checked, one commit, one tag that never moves.

    Where its content has a warning that asks for it, access to the repository is gated first.
    """
    from ip_bench.hub.publish import publish as send

    done = send(dataset, namespace=namespace, private=private, pr=pr, folder=folder)
    if as_json:
        print_json(asdict(done) | {"tag": done.tag})
        return
    said = {
        "published": f"published, tag {done.tag} set",
        "tagged": f"main had it already; tag {done.tag} set",
        "unchanged": f"tag {done.tag} has the same rows; nothing was sent",
        "repaired": f"main was not whole and is again; tag {done.tag} stays where it was",
        "proposed": f"proposed; publish again after the merge to set tag {done.tag}",
    }
    typer.echo(f"{done.repo} {done.version}: {said[done.state]}\n{done.url}")


def diff(
    a: Annotated[str, typer.Argument(help="A built folder, or namespace/name@revision on the hub.")],
    b: Annotated[str, typer.Argument(help="The other one.")],
    as_json: AsJson = False,
) -> None:
    """Say which configs, splits and rows differ between two versions of a dataset; with --json, every row's id."""
    from ip_bench.hub.diff import describe
    from ip_bench.hub.diff import diff as compare

    found = compare(a, b)
    if as_json:
        print_json(found.to_dict())
    else:
        typer.echo(describe(found))
