"""Where judges live: models of transformers on this machine, or an OpenAI-compatible interface."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from ip_bench.errors import IpBenchError

_REPLY_TOKENS = 256  # enough for a short thought and a label
_SECONDS = 120
_TRIES = 3


def causal(model: str) -> Callable[[str], str]:
    """Return a function from a question to what a causal model of transformers says to it, greedily.

    Raises:
        IpBenchError: where the model cannot be loaded.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        tokenizer, network = AutoTokenizer.from_pretrained(model), AutoModelForCausalLM.from_pretrained(model)
    except (OSError, ValueError) as error:
        raise IpBenchError(f"the model {model} cannot be loaded as a causal model ({_first(error)})") from error

    def reply(question: str) -> str:
        if tokenizer.chat_template:
            turns = [{"role": "user", "content": question}]
            inputs = tokenizer.apply_chat_template(
                turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
        else:
            inputs = tokenizer(f"{question}\n\n", return_tensors="pt")
        room = getattr(network.config, "max_position_embeddings", None)
        width = inputs["input_ids"].shape[1]
        if room is not None and width >= room:
            return ""
        tokens = min(_REPLY_TOKENS, room - width) if room else _REPLY_TOKENS
        made = network.generate(
            **{name: inputs[name] for name in ("input_ids", "attention_mask")},
            max_new_tokens=tokens,
            do_sample=False,
            pad_token_id=tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id,
        )
        return str(tokenizer.decode(made[0][width:], skip_special_tokens=True))

    return reply


def classifier(model: str) -> tuple[Callable[[str, str], Mapping[str, float]], list[str]]:
    """Return a function from (request, response) to the probability of each label of a classifier, and its labels.

    Raises:
        IpBenchError: where the model cannot be loaded.
    """
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(model)
        network = AutoModelForSequenceClassification.from_pretrained(model)
    except (OSError, ValueError) as error:
        raise IpBenchError(f"the model {model} cannot be loaded as a classifier ({_first(error)})") from error
    names = [str(network.config.id2label[place]) for place in range(network.config.num_labels)]
    room = min(int(tokenizer.model_max_length), int(getattr(network.config, "max_position_embeddings", 512)))

    def score(prompt: str, answer: str) -> Mapping[str, float]:
        inputs = tokenizer(prompt, answer, truncation=True, max_length=room, return_tensors="pt")
        with torch.inference_mode():
            found = network(**inputs).logits[0].softmax(-1).tolist()
        return dict(zip(names, found, strict=True))

    return score, names


def endpoint(address: str, model: str) -> Callable[[str], str]:
    """Return a function from a question to what a model behind an OpenAI-compatible interface says to it.

    `address` is that of the interface ("https://api.example.org/v1"); the key is in the variable OPENAI_API_KEY and
    is sent to that address only.

    Raises:
        IpBenchError: for another scheme; when called, where three tries give no reply.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise IpBenchError(f"{address!r} is no address of an interface; write https://HOST/v1#MODEL")
    where = f"{address.rstrip('/')}/chat/completions"

    def reply(question: str) -> str:
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get("OPENAI_API_KEY"):
            headers["Authorization"] = f"Bearer {key}"
        turns = [{"role": "user", "content": question}]
        body = {"model": model, "messages": turns, "temperature": 0, "max_tokens": _REPLY_TOKENS}
        request = Request(where, json.dumps(body).encode(), headers)  # noqa: S310 (the scheme was checked)
        problem: Exception | None = None
        for _ in range(_TRIES):
            try:
                with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 (as above)
                    return str(json.load(answer)["choices"][0]["message"]["content"] or "")
            except (URLError, TimeoutError, ConnectionError, ValueError, LookupError, TypeError) as error:
                problem = error
                if isinstance(error, HTTPError):
                    error.close()  # it holds the connection
        raise IpBenchError(f"{parts.hostname} gave no reply in {_TRIES} tries ({_first(problem)})") from problem

    return reply


def _first(error: Exception | None) -> str:
    """Return the first line of a message."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
