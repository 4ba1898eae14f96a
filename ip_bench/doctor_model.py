"""Can this model be asked? Its backend, its chat template, and of an endpoint one small request."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from ip_bench.doctor import Finding
from ip_bench.errors import IpBenchError
from ip_bench.harness.plan import FREE, Plan, backends, tasks_of
from ip_bench.redaction import redacted, scrubbed, without_users

_ADVICE = {
    "401": "the key is missing or wrong: set OPENAI_API_KEY",
    "403": "the key may not do this: use another",
    "404": "no such path or model: base_url ends in /chat/completions of a chat endpoint, else in /completions",
    "429": "too many requests, or no credit: wait, or ask fewer at once (num_concurrent)",
}


def asked(plan: Plan) -> Iterator[Finding]:
    """Yield findings on the model that a plan asks.

    Raises:
        UnknownNameError: for a dataset, suite or task that does not exist.
    """
    if plan.model not in backends():
        near = ", ".join(name for name in backends() if plan.model[:3] in name)
        yield Finding("backend", "fail", f"lm-eval has no {plan.model}", f"one of: {near or ', '.join(backends())}")
        return
    tasks = tasks_of(plan)
    if plan.model in FREE:
        yield Finding("backend", "ok", f"{plan.model}: needs nothing")
    elif "completions" in plan.model:
        yield from _endpoint(plan)
    elif plan.model == "hf" or plan.model.startswith("vllm"):
        if plan.model != "hf" and find_spec(plan.model) is None:
            yield Finding("backend", "fail", f"{plan.model} is not installed", "pip install 'ip-bench[vllm]'")
        yield _template(plan, tasks)
    else:
        yield Finding("backend", "warn", f"{plan.model} is known to lm-eval, and not looked into here", "try --limit 7")


def _template(plan: Plan, tasks: tuple[str, ...]) -> Finding:
    """Return a finding on a local model's tokenizer and chat template; the weights are not loaded."""
    from ip_bench.harness.models import placed

    name = plan.model_args.get("pretrained")
    if not name:
        return Finding("model", "fail", "--model-args names no model", "--model-args pretrained=ORG/MODEL")
    try:
        lm: Any = _Tokenizer(str(plan.model_args.get("tokenizer") or name), plan.model_args.get("revision"))
    except Exception as error:  # the tokenizer's own, and the hub's: all are findings here
        return Finding("model", "fail", _words(error, plan), "check the name, or: hf auth login; offline: a folder")
    try:
        turned, template = placed(plan, lm, tasks)
    except IpBenchError as error:
        return Finding("chat template", "fail", str(error), "--no-chat-template, or another checkpoint")
    if not template["applied"]:
        return Finding("chat template", "ok", f"none ({template['why']}); prompts are plain text")
    if not template["system_role"]:
        return Finding("chat template", "warn", f"no system role: {', '.join(turned)} say all in the user turn",
                       "nothing to do; compare with other models on the same tasks only")  # fmt: skip
    return Finding("chat template", "ok", f"{template['text_hash']}, with a system role ({template['why']})")


class _Tokenizer:
    """As much of an lm-eval model as its chat template needs."""

    def __init__(self, name: str, revision: str | None) -> None:
        from transformers import AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(name, revision=revision)

    def apply_chat_template(self, messages: list[dict[str, str]]) -> str:
        return str(self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))


def _endpoint(plan: Plan) -> Iterator[Finding]:
    """Yield findings on an endpoint: its key, and whether it answers one small request as the protocol says."""
    from lm_eval.api.instance import Instance

    from ip_bench.harness.models import load_model, missing_key

    if key := missing_key(plan.model):
        yield Finding("key", "fail", f"{key} is not set", f"export {key}=...")
        return
    small = Plan(model=plan.model, model_args={**plan.model_args, "max_retries": 1, "num_concurrent": 1})
    where = _address(plan)
    try:
        lm = load_model(small)
        text = lm.apply_chat_template([{"role": "user", "content": "Say yes."}]) if "chat" in plan.model else "Say yes."
        request = Instance("generate_until", {}, (text, {"max_gen_toks": 8, "until": []}), 0)
        (answer,) = lm.generate_until([request], disable_tqdm=True)
    except Exception as error:  # of the connection, the service or the answer's form: all are findings here
        said = _words(error, plan)
        advice = next((words for status, words in _ADVICE.items() if said.startswith(status)), None)
        yield Finding("endpoint", "fail", f"{where}: {said}", advice or "is it running, and is base_url right?")
        return
    if not isinstance(answer, str):
        yield Finding("endpoint", "fail", f"{where} answers without text", "is it a chat endpoint, and --model of one?")
        return
    yield Finding("endpoint", "ok", f"{where} answered {' '.join(answer.split())[:40]!r}")


def _address(plan: Plan) -> str:
    address = str(plan.model_args.get("base_url") or plan.model)
    return urlsplit(address)._replace(query="").geturl() if "@" not in address else without_users(address)


def _words(error: Exception, plan: Plan) -> str:
    """Return an error in one line, without what is secret."""
    secrets = [str(value) for name, value in plan.model_args.items() if redacted({name: value})[name] != value]
    said = f"{error}" if str(error) else type(error).__name__
    return " ".join(scrubbed(without_users(said), *secrets).split())[:300]
