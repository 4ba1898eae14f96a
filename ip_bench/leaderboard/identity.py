"""Which model a run is of, as far as its record shows: the model of the id, that id as stated, or another one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ip_bench.errors import IpBenchError
from ip_bench.harness.given import GIVEN

#: Backends that ask no model; what they answer is no result of anybody's.
NO_MODEL = frozenset({"simulated", "dummy"})
#: The names under which a run of a shipped reference checkpoint is recorded (`ip-bench selfcheck`).
REFERENCE = frozenset({"tiny", "null"})
#: Model arguments that name the model, and those that make another one of it.
NAMING = ("pretrained", "model")
CHANGING = ("peft", "delta", "lora_local_path", "steer_path")
#: Model arguments that choose among the weights of an id or round them; they are said wherever the model is named.
CHOOSING = (
    "revision", "subfolder", "gguf_file", "dtype", "quantization", "load_in_8bit", "load_in_4bit", "autogptq",
    "gptqmodel", "tokenizer",
)  # fmt: skip
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def check_model(run: Mapping[str, Any], model_id: str) -> None:
    """Refuse a run of no model, of a reference model, of a changed model, or of another model than the id says.

    A name that is no hub id (a local folder, a model of an endpoint) cannot be compared: see `described`.

    Raises:
        IpBenchError: with what the run names, and where.
    """
    if run["backend"] in NO_MODEL:
        raise IpBenchError(f"the run is of the backend {run['backend']!r}, which asks no model; nothing is submitted")
    if run["backend"] == GIVEN:
        raise IpBenchError("the run is of a model in memory, which nobody can load again; run it by its hub id")
    if run["model"] in REFERENCE:
        raise IpBenchError(
            f"the run is of {run['model']!r}, a reference model of this package; a model of that name of your own is "
            "run under its hub id"
        )
    arguments = run["model_args"]
    if changing := [name for name in CHANGING if arguments.get(name)]:
        raise IpBenchError(
            f"the run changed the model by {', '.join(changing)}, so it is not one of {model_id}; merge it, publish "
            "the result under its own id, and run that"
        )
    for place, name in _names(run):
        if _HUB_ID.fullmatch(name) and name != model_id:
            raise IpBenchError(
                f"the run is of {name}, not of {model_id} ({place}); a local folder is named with ./ before it"
            )
    if "/" not in run["model"] and any(_last(name) != run["model"] for _, name in _names(run)):
        raise IpBenchError(f"run.json names {run['model']!r} as its model, and another one in model_args; run it again")


def described(run: Mapping[str, Any]) -> str:
    """Return what a reader has to know beside the model's id: the name it was run under, its revision and rounding.

    The empty text where the record names the id itself and nothing else.
    """
    said = [] if _HUB_ID.fullmatch(str(run.get("model"))) else ["model as stated by who submitted it"]
    arguments = run.get("model_args")
    chosen = arguments if isinstance(arguments, Mapping) else {}
    return ", ".join(said + [f"{name} {chosen[name]}" for name in CHOOSING if chosen.get(name)])


def _names(run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "model", str(run["model"])
    for key in NAMING:
        if run["model_args"].get(key):
            yield f"model_args.{key}", str(run["model_args"][key])


def _last(name: str) -> str:
    return name.rstrip("/\\").replace("\\", "/").rpartition("/")[2]
