"""The option that asks a recorded run again: `--config FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ip_bench.errors import ContentError, IpBenchError, UnknownNameError

if TYPE_CHECKING:
    from ip_bench.harness.plan import Plan
    from ip_bench.yamls import Located


def _read(context: typer.Context, file: Path | None) -> Path | None:
    """Make what a file says the defaults of the command's options."""
    if file is not None and not context.resilient_parsing:
        from ip_bench.own.known import kept_design
        from ip_bench.run_config import FILE, read_config

        found = read_config(file)
        known = {_written(param): param for param in context.command.params if _recorded(param)}
        for name, value in found.value["options"].items():
            where = found.at("options", name)
            if name not in known:
                raise UnknownNameError("option", name, known, where=where)
            # A finished run holds the design that it asked: the file that was named may lie elsewhere, or be another.
            asked = kept_design(file, value) if name == "dataset" and file.name == FILE else value
            _default(context, known[name], name, asked, where)
        context.meta["ip_bench.config"] = found
    return file


Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        is_eager=True,
        callback=_read,
        help="Ask a run again: the config.yaml that a run left in its folder; options given here come before it.",
    ),
]


def given_again(context: typer.Context, model_args: str) -> str:
    """Return the model arguments of a run: those of its file, and before them those of the command line.

    Raises:
        IpBenchError: where a secret was left out of the file and is not given again.
    """
    from ip_bench.redaction import REDACTED
    from ip_bench.run_config import model_args_of, model_args_text

    found: Located | None = context.meta.get("ip_bench.config")
    if found is None:
        return model_args
    recorded = found.value["options"].get("model-args") or {}
    arguments = {str(name): str(value) for name, value in recorded.items()} | model_args_of(model_args)
    if lost := [name for name, value in arguments.items() if REDACTED in value]:
        raise IpBenchError(
            f"{found.at('options', 'model-args', lost[0])}: {lost[0]} is a secret, which is not recorded; "
            f"give it again: --model-args {lost[0]}=..."
        )
    return model_args_text(arguments, "--model-args")


def check_same(context: typer.Context, plan: Plan) -> None:
    """Raise IntegrityError where a run's file is of other rows than those here; say which packages are others."""
    from ip_bench.run_config import check_dataset, other_versions

    found: Located | None = context.meta.get("ip_bench.config")
    if found is None:
        return
    if getattr(context.get_parameter_source("dataset"), "name", "") != "COMMANDLINE":
        check_dataset(Path(found.name), found.value.get("dataset"), asked_dataset(plan))
    for words in other_versions(found.value.get("versions")):
        typer.echo(f"{found.name}: {words}", err=True)


def options_of(context: typer.Context) -> dict[str, Any]:
    """Return the options of a command as they were given or stand by default, by their names."""
    from ip_bench.run_config import model_args_of

    values = {
        _written(param): context.params.get(str(param.name)) for param in context.command.params if _recorded(param)
    }
    values["model-args"] = model_args_of(given_again(context, values["model-args"] or ""))
    return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}


def asked_dataset(plan: Plan) -> dict[str, Any]:
    """Return the name, version and content hashes of the dataset that a plan asks."""
    from ip_bench.harness.plan import known_tasks, tasks_of
    from ip_bench.release.recipes import recipe
    from ip_bench.release.resolve import resolve, verify

    name = known_tasks()[tasks_of(plan)[0]]
    version = recipe(name).VERSION
    manifest = verify(resolve(name, version), name, version)
    hashes = {config: entry["content_hash"] for config, entry in manifest["configs"].items()}
    return {"name": name, "version": version, "content_hash": hashes}


def _recorded(param: Any) -> bool:
    from ip_bench.run_config import PASSING

    return param.name not in PASSING and param.name != "as_json"


def _written(param: Any) -> str:
    """Return the name of an option as it is typed: "model-args"."""
    return str(max(param.opts, key=len)).lstrip("-")


def _default(context: typer.Context, param: Any, name: str, value: Any, where: str) -> None:
    """Make a value the default of an option, in the type that the command line gives it."""
    from ip_bench.run_config import model_args_text

    if value is None:
        return
    if name == "model-args":
        value = model_args_text(value, where)
    elif not _fits(param, value):
        raise ContentError(f"{where}: {name} is {value!r}; it must be {_kind(param)}")
    typed = value if isinstance(value, bool | list) else str(value)
    try:
        param.process_value(context, typed)
    except (IpBenchError, typer.BadParameter) as error:
        said = error.message if isinstance(error, typer.BadParameter) else str(error)
        raise ContentError(f"{where}: {name} is {value!r}; {said}") from error
    context.default_map = {**(context.default_map or {}), param.name: typed}


def _fits(param: Any, value: Any) -> bool:
    if param.multiple:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if param.is_flag:
        return isinstance(value, bool)
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _kind(param: Any) -> str:
    return "a list of texts" if param.multiple else "true or false" if param.is_flag else "a text or a number"
