"""The command line: each step alone, and all of them in one run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ip_bench._version import __version__
from ip_bench.cli import (
    bounds,
    build,
    cohorts,
    compare,
    cross,
    cue,
    doctor,
    hub,
    judges,
    leaderboard,
    mitigate,
    next_step,
    probe,
    refusals,
    report,
    run,
    samples,
    selfcheck,
    statistics,
    steer,
)
from ip_bench.cli.examples import epilog
from ip_bench.cli.exits import EXITS, INTERRUPTED, ended, interrupted
from ip_bench.cli.options import AsJson

#: All commands, in the panels and the order of `--help`; a group is a typer app.
PANELS: dict[str, dict[str, Callable[..., None] | typer.Typer]] = {
    "Start here": {"doctor": doctor.doctor, "run": run.run, "report": report.report},
    "Run and analyze": {
        "selfcheck": selfcheck.selfcheck,
        "analyze": report.analyze,
        "compare": compare.compare,
        "samples": samples.samples,
        "effects": statistics.effects,
        "plan": statistics.plan,
        "probe": probe.probe,
        "reproduce": statistics.reproduce,
    },
    "Data": {
        "build": build.build,
        "cross": cross.cross,
        "diff": hub.diff,
        "cue": cue.app,
        "bounds": bounds.app,
    },
    "Judges": {"refusals": refusals.refusals, "judge-audit": judges.judge_audit},
    "People, steering and mitigation": {
        "cohorts": cohorts.app,
        "steer": steer.app,
        "mitigate": mitigate.app,
    },
    "On a hub": {
        "publish": hub.publish,
        "submit": leaderboard.submit,
        "withdraw": leaderboard.withdraw,
        "leaderboard": leaderboard.leaderboard,
    },
    "With lm-eval alone": {"tasks-path": build.tasks_path, "tasks": leaderboard.tasks_app},
}


class _InPanels(TyperGroup):
    """The commands in the order of the panels: typer would show all groups after all commands."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  (of typer's signature)
        return [name for panel in PANELS.values() for name in panel]


def _codes() -> str:
    return "[bold]Exit codes[/]\n" + ", ".join(f"{one.code} {one.name}" for one in EXITS)


app = typer.Typer(
    name="ip-bench",
    cls=_InPanels,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Does a language model answer differently because of who seems to ask?\n\n"
    "ip-bench alone says what to do next; ip-bench COMMAND --help has examples.",
    epilog=_codes(),
)


@app.callback(invoke_without_command=True)
def _main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    as_json: AsJson = False,
) -> None:
    if version:
        typer.echo(__version__)
    elif context.invoked_subcommand is None:
        next_step.say_next(as_json=as_json)


def _registered(into: typer.Typer, name: str, made: Callable[..., None] | typer.Typer, panel: str) -> None:
    """Add a command or a group with its commands, each with its examples."""
    if not isinstance(made, typer.Typer):
        into.command(name, rich_help_panel=panel, epilog=epilog(name))(made)
        return
    into.add_typer(made, name=name, rich_help_panel=panel)
    for one in made.registered_commands:
        one.name = one.name or str(getattr(one.callback, "__name__", "")).replace("_", "-")
        one.epilog = epilog(f"{name} {one.name}")


for _panel, _commands in PANELS.items():
    for _name, _made in _commands.items():
        _registered(app, _name, _made, _panel)


def main() -> None:
    """Run the command line; errors are one line, or JSON where the command was asked for it (`exits.py`)."""
    as_json = "--json" in sys.argv[1:]
    try:
        # Typer prints what is wrong with options in a frame, and ends; of JSON it leaves the printing to us.
        sys.exit(app(standalone_mode=not as_json) or 0)
    except SystemExit as stopped:
        if stopped.code != INTERRUPTED.code:
            raise
        sys.exit(interrupted(next(_words(), ""), as_json=as_json))
    except BaseException as error:  # each has its code and its words
        sys.exit(ended(error, as_json=as_json))


def _words() -> Iterator[str]:
    """Yield the words of the command line that are no options; the first one is the command."""
    return (word for word in sys.argv[1:] if not word.startswith("-"))
