"""The reference of the command line, from the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

from ip_bench.cli.app import app
from ip_bench.cli.examples import examples
from ip_bench.cli.exits import EXITS

INTRODUCTION = """# Every command

*For whoever looks up an option.* This page is made from the commands, so it says what `--help` says. What they have in
common is in [The command line](../cli.md).

"""


def page() -> str:
    """Return the page as Markdown: a section for each command, with its arguments, options and examples."""
    found = list(commands())
    listed = "".join(f"| [`{name}`](#{anchor(name)}) | {_cell(_first(command.help))} |\n" for name, command in found)
    head = "| command | what it does |\n|---|---|\n"
    sections = "\n".join(_section(name, command) for name, command in found)
    return f"{INTRODUCTION}{head}{listed}\n## Exit codes\n\n{exits()}\n{sections}"


def exits() -> str:
    """Return the table of exit codes, as Markdown."""
    rows = "".join(f"| {one.code} | {one.name} | {one.means} |\n" for one in EXITS)
    return f"| code | name | when |\n|---:|---|---|\n{rows}"


def commands() -> Iterator[tuple[str, Any]]:
    """Yield each command that can be run, with its full name, as `--help` lists them."""

    def below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        if not hasattr(command, "commands"):
            yield name, command
            return
        for part, inner in command.commands.items():
            if not inner.hidden:
                yield from below(f"{name} {part}", inner)

    yield from below("ip-bench", typer.main.get_command(app))


def anchor(name: str) -> str:
    """Return the anchor of a command's section."""
    return name.replace(" ", "-")


def _section(name: str, command: Any) -> str:
    taken = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    arguments = [one for one in taken if one.param_type_name == "argument"]
    options = [one for one in taken if one.param_type_name != "argument" and "--help" not in one.opts]
    usage = " ".join([name, *(["[OPTIONS]"] if options else []), *map(_argument, arguments)])
    parts = [f"## {name} {{#{anchor(name)}}}", _prose(command.help), f"```text\n{usage}\n```"]
    if taken:
        rows = [f"| {_names(one)} | {_takes(one)} | {_cell(one.help)} |" for one in (*arguments, *options)]
        parts.append("\n".join(["| | takes | |", "|---|---|---|", *rows]))
    if shown := examples(name.removeprefix("ip-bench ")):
        lines = [f"# {one.words}\n$ {one.command}" if one.words else f"$ {one.command}" for one in shown]
        parts.append("```console\n" + "\n".join(lines) + "\n```")
    return "\n\n".join(part for part in parts if part) + "\n"


def _argument(parameter: Any) -> str:
    name = parameter.name.upper() + ("..." if parameter.nargs == -1 else "")
    return name if parameter.required else f"[{name}]"


def _names(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{_argument(parameter)}`"
    return ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))


def _takes(parameter: Any) -> str:
    annotation = parameter.type_descriptor.annotation
    said = {bool: "", str: "text", int: "a number", float: "a number", "Path": "a path"}
    one = re.sub(r"[\[\]]", "", str(annotation)).removeprefix("list") if "list[" in str(annotation) else ""
    takes = {"str": "text", "int": "a number"}.get(one) or said.get(annotation, said.get(annotation.__name__, "text"))
    several = "any number of times" if parameter.multiple else ""
    needed = "**needed**" if parameter.required else ""
    default = parameter.default if not callable(parameter.default) else None
    stated = "" if default in (None, False, (), [], "") else f"default `{default}`"
    return ", ".join(part for part in (takes, several, needed, stated) if part)


def _first(text: str | None) -> str:
    return (text or "").strip().partition("\n\n")[0]


def _cell(text: str | None) -> str:
    return " ".join(_escaped(text or "").split()).replace("|", "\\|")


def _escaped(text: str) -> str:
    """Return help text as Markdown; what looks like a tag or a record is shown as it is."""
    return re.sub(r"(<[^>]*>|\{[^}]*\})", r"`\1`", text.replace("*", "\\*"))


def _prose(text: str | None) -> str:
    """Return the paragraphs of a help text as Markdown."""
    paragraphs = re.split(r"\n\s*\n", (text or "").strip())
    return "\n\n".join(_escaped("\n".join(line.strip() for line in one.splitlines())) for one in paragraphs)
