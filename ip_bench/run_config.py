"""A run as a file: the options that were given, what they were given to, and what must be the same to ask it again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ip_bench._version import __version__
from ip_bench.errors import ContentError, IntegrityError, UnknownNameError
from ip_bench.files import write_text
from ip_bench.redaction import REDACTED, names_secret, scrubbed, without_users
from ip_bench.yamls import Located, read_yaml

FILE = "config.yaml"
PARTS = ("options", "dataset", "versions", "resolved")
#: Options of a run that say nothing about what it asks: they are neither written nor read.
PASSING = frozenset({"config", "dry_run", "fresh", "json", "price", "probe"})
_HEAD = "# ip-bench run --config THIS_FILE asks this again; options of the command line come before those here.\n"


def config_beside(out: Path) -> Path:
    """Return the file beside a run's folder that holds its configuration until it is finished."""
    out = out.resolve()
    return out.with_name(f"{out.name}.{FILE}")


def write_config(
    file: Path, options: Mapping[str, Any], dataset: Mapping[str, Any], resolved: Mapping[str, Any] | None = None
) -> None:
    """Write a run's configuration; tokens, keys and passwords are left out.

    `options` are by the names of the command line, `model-args` as a mapping; `resolved` is what a finished run's
    record says of what was decided for it.
    """
    import yaml

    from ip_bench.harness.record import versions

    record = {
        "options": {name: _safe(value) for name, value in options.items()},
        "dataset": dict(dataset),
        "versions": {"ip-bench": __version__} | versions(),
    } | ({"resolved": dict(resolved)} if resolved else {})
    write_text(file, _HEAD + yaml.safe_dump(record, sort_keys=False, allow_unicode=True))


def read_config(file: Path) -> Located:
    """Return a configuration as written, with the line of each value.

    Raises:
        ContentError: for a file that is none; the message names the line and what would be right.
    """
    found = read_yaml(file)
    if not isinstance(found.value, dict) or not isinstance(found.value.get("options"), dict):
        raise ContentError(f"{found.at()}: there are no options; --config takes what `ip-bench run` writes: OUT/{FILE}")
    for part in found.value:
        if part not in PARTS:
            raise UnknownNameError("part", part, PARTS, where=found.at(part))
    return found


def check_dataset(file: Path, promised: object, dataset: Mapping[str, Any]) -> None:
    """Raise IntegrityError where a configuration is of another version or content of its dataset than `dataset`."""
    if not isinstance(promised, Mapping) or promised.get("name") != dataset["name"]:
        return
    here = f"here is {dataset['version']}"
    fix = f"install the ip-bench that has it, or ask the one that is here: --dataset {dataset['name']}"
    if promised.get("version") != dataset["version"]:
        raise IntegrityError(f"{file} asks {dataset['name']} {promised.get('version')}, {here}; {fix}")
    hashes = promised.get("content_hash")
    for config, content in dataset["content_hash"].items():
        found = hashes.get(config) if isinstance(hashes, Mapping) else None
        if found != content:
            raise IntegrityError(
                f"{file} asks {dataset['name']}/{config} with content hash {found}, {here} with {content}; {fix}"
            )


def other_versions(promised: object) -> list[str]:
    """Return in words each package of a configuration that has another version here, or is not here."""
    from ip_bench.harness.record import versions

    here = {"ip-bench": __version__} | versions()
    told = promised if isinstance(promised, Mapping) else {}
    return [
        f"{name} was {version}, here is {here.get(name, 'none')}"
        for name, version in told.items()
        if here.get(name) != version
    ]


def model_args_of(text: str) -> dict[str, str]:
    """Return `a=1,b=x` as a mapping of texts, as it was typed."""
    pairs = (part.partition("=") for part in filter(None, text.split(",")))
    return {name: value for name, _, value in pairs}


def model_args_text(arguments: object, where: str) -> str:
    """Return model arguments as the command line takes them.

    Raises:
        ContentError: for what is no mapping of names to plain values without commas.
    """
    if not isinstance(arguments, Mapping):
        raise ContentError(f"{where}: model-args is {arguments!r}; it must be a mapping of names to values")
    for name, value in arguments.items():
        if not isinstance(value, str | int | float | bool) or "," in str(value):
            raise ContentError(f"{where}: model-args {name} is {value!r}; it must be a plain value without a comma")
    return ",".join(f"{name}={value}" for name, value in arguments.items())


def _safe(value: Any) -> Any:
    """Return a value of an option as plain YAML, without secrets."""
    if isinstance(value, Mapping):
        return {
            name: REDACTED if names_secret(name) and not str(one).isdigit() else _safe(one)
            for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_safe(one) for one in value]
    if isinstance(value, str | Path):
        return without_users(scrubbed(str(value)))
    return value
