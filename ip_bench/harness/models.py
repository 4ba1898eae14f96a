"""The model of a run: loaded through lm-eval, and whether its chat template carries a system text."""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path
from typing import Any

from ip_bench import catalog
from ip_bench.errors import IpBenchError
from ip_bench.harness.plan import Plan
from ip_bench.redaction import redacted, scrubbed

log = logging.getLogger(__name__)
_KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}


def load_model(plan: Plan) -> Any:
    """Return lm-eval's model of a plan.

    Raises:
        IpBenchError: where it cannot be loaded, or asks to run code of its own.
    """
    config = {"batch_size": plan.batch_size, "max_batch_size": None, "device": _device(plan)}
    if "trust_remote_code" in plan.model_args:
        raise IpBenchError("trust_remote_code is refused: a model's code must come with an installed package")
    _check_named(plan)
    try:
        if plan.model == "simulated":
            from ip_bench.harness.simulated import Simulated

            return Simulated.create_from_arg_obj(dict(plan.model_args), config)
        from lm_eval.api.registry import get_model

        return get_model(plan.model).create_from_arg_obj(dict(plan.model_args), config)
    except IpBenchError:
        raise
    except Exception as error:  # a backend may raise anything: an unknown name or argument, no device, no package
        reason = scrubbed(str(error))
        for key, shown in redacted(plan.model_args).items():
            if shown != (value := plan.model_args[key]):
                reason = reason.replace(str(value), str(shown))
        reason = " ".join(reason.split())[:600]
        raise IpBenchError(
            f"{plan.model} cannot load {model_name(plan)} with arguments {', '.join(plan.model_args) or '(none)'}: "
            f"{type(error).__name__}: {reason}"
        ) from error


def _check_named(plan: Plan) -> None:
    """Raise IpBenchError where a model has no name, its folder is not there, or a key is missing."""
    name = plan.model_args.get("pretrained")
    if variable := missing_key(plan.model):
        raise IpBenchError(f"{plan.model} needs a key: export {variable}=...")
    if plan.model in {"hf", "vllm", "sglang"} and not name:
        raise IpBenchError(f"{plan.model} needs to know which model: --model-args pretrained=ORG/MODEL, or a folder")
    if str(name).startswith(("/", "./", "../", "~")) and not Path(str(name)).expanduser().exists():
        raise IpBenchError(f"pretrained={model_name(plan)}: there is no such folder")


def missing_key(backend: str) -> str | None:
    """Return the variable of the environment that a service's key is read from, where it is not set; else None."""
    variable = next((key for service, key in _KEYS.items() if backend.startswith(service)), None)
    return variable if variable and not os.environ.get(variable) else None


def _device(plan: Plan) -> str | None:
    """Return the device to name: lm-eval's hf backends ask for CUDA where none is named, also where there is none."""
    if plan.device is None and plan.model.startswith("hf"):
        import torch

        return None if torch.accelerator.is_available() else "cpu"
    return plan.device


def model_name(plan: Plan) -> str:
    """Return the name of a plan's model, without a path."""
    named = Path(str(plan.model_args.get("pretrained") or plan.model_args.get("model") or plan.model))
    # A folder, also one of a server, is named by its last part: paths of a machine have no place in a result.
    return named.name if named.is_absolute() or named.exists() else str(named)


def placed(plan: Plan, lm: Any, names: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the tasks to ask and the chat template: tasks in the user turn where a template has no system role.

    Raises:
        IpBenchError: where the template loses the system text and a task has no such variant.
    """
    template = chosen_template(plan, lm)
    lost = _system_lost(lm) if template["applied"] and template["text_chars"] else ""
    template["system_role"] = not lost
    if not lost:
        return names, template
    turned = tuple(filter(None, map(catalog.in_user_turn, names)))
    if len(turned) < len(names):
        raise IpBenchError(lost)
    return turned, template


def chosen_template(plan: Plan, lm: Any) -> dict[str, Any]:
    """Decide whether the chat template is used.

    Returns `applied`, `why`, and the hash and length of the template's text where the tokenizer shows it.
    """
    # lm-eval's dummy model would fetch the tokenizer of a large one from a hub.
    text = None if plan.chat_template is False or plan.model == "dummy" else _template_text(lm)
    if plan.chat_template is not None:
        applied, why = plan.chat_template, "set by flag"
    elif "chat" in plan.model:
        applied, why = True, "a chat endpoint"
    else:
        applied, why = bool(text), "the tokenizer has one" if text else "the tokenizer has none"
    digest = hashlib.sha256(str(text).encode()).hexdigest()[:16] if applied and text else ""
    return {"applied": applied, "why": why, "text_hash": digest, "text_chars": len(str(text or ""))}


def _template_text(lm: Any) -> str | None:
    """Return the chat template of the model's tokenizer, None where it has none or cannot load one."""
    try:
        return getattr(getattr(lm, "tokenizer", None), "chat_template", None)
    except Exception:  # a backend may make its tokenizer on demand: the dummy one asks a hub for it
        log.debug("the tokenizer shows no chat template", exc_info=True)
        return None


def _system_lost(lm: Any) -> str:
    """Return how the chat template loses a system message, in words; nothing where it keeps it."""
    system, question = "Reply with one word.", "What is asked?"
    messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    try:
        rendered = lm.apply_chat_template(messages)
    except Exception as error:  # a template may raise anything; lm-eval would then drop the system text
        return f"the chat template fails on a system message ({error}); use --no-chat-template"
    if system in str(rendered) and question in str(rendered):
        return ""
    return (
        "the chat template drops the system role, so the model would not see its instructions; "
        "use --no-chat-template, or a template that has the role"
    )


def revision_of(lm: Any) -> str:
    """Return the commit of a model that was loaded from a hub, "" where the backend shows none."""
    config = getattr(lm, "config", None) or getattr(lm, "_config", None)  # of hf, and of vllm
    return str(getattr(config, "_commit_hash", None) or "")
