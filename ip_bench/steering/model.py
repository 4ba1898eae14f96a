"""lm-eval's hf model with virtual tokens of a persona before every prompt: `--model ip-steered`.

lm-eval batches prompts as token ids, far from the rows they came from. So the number of the persona goes along as a
token of its own, beyond the vocabulary, at the front of each prompt; it is taken off just before the model is called.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
from torch import Tensor

from ip_bench.errors import IpBenchError
from ip_bench.steering.folder import load
from ip_bench.steering.persona import folded
from ip_bench.steering.soft import read, with_virtual
from ip_bench.steering.who import Given, coded, fixed, given_in, number_of, without_asked

MARK = "\ue000"  # of a private use area, so no prompt has it
MARKED = re.compile(f"{MARK}(\\d+){MARK}")


class SteeredLM(HFLM):
    """A causal model of transformers, steered row by row.

    Args:
        steer: A folder of `ip-bench steer train`.
        answers: How many of a person's answers are used: all, or a number.
        persona: cohort:NUMBER, random:SEED or a JSON file of answers, for all rows; default: the row's column `given`.
            Of either kind of answers, one to the very item that a row asks is left out.
        kwargs: What the hf model takes.
    """

    def __init__(self, steer: str, answers: str | int = "all", persona: str = "", **kwargs: Any) -> None:
        if str(kwargs.get("batch_size", 1)).startswith("auto"):
            raise IpBenchError("ip-steered cannot find a batch size of its own; name one with --batch-size")
        self._taken = 0
        if kwargs.get("device") is None and not torch.accelerator.is_available():
            kwargs["device"] = "cpu"  # lm-eval asks for CUDA where none is named, also where there is none
        super().__init__(**kwargs)
        if self.backend != "causal":
            raise IpBenchError("ip-steered steers causal models; this one reads and writes apart")
        self.model.requires_grad_(False)
        self._loaded = load(Path(steer), self.model)
        self._soft = self._loaded.trained.map.to(self.device)
        self._taken = self._soft.shape.tokens + 1
        self._number = number_of(answers)
        who = fixed(str(persona), self._loaded) if persona else None
        self._said = who if isinstance(who, dict) else None
        self._fixed = None if isinstance(who, dict) else who
        self._learned = self._loaded.learned
        self._whole = coded(self._said or {}, self._loaded.items, self._number, self._learned)
        self._first = self.model.get_input_embeddings().weight.shape[0]
        self._personas = torch.zeros(0, self._soft.shape.persona)

    @property
    def max_length(self) -> int:
        """Return how many tokens of text fit beside the virtual ones."""
        return int(super().max_length) - self._taken

    def set_cache_hook(self, cache_hook: Any) -> None:  # noqa: ARG002
        """Refuse: lm-eval's cache of requests would give one person the answers of another."""
        raise IpBenchError("lm-eval's request cache knows prompts and no personas; run ip-steered without it")

    def loglikelihood(self, requests: list[Instance], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        """Return log-likelihoods of continuations, each after its persona's virtual tokens."""
        return list(super().loglikelihood(self._marked(requests), disable_tqdm=disable_tqdm))

    def loglikelihood_rolling(self, requests: list[Instance], disable_tqdm: bool = False) -> list[float]:
        """Refuse: a text without a prompt has no place for a persona."""
        raise NotImplementedError("log-likelihoods of whole texts under a persona")

    def generate_until(self, requests: list[Instance], disable_tqdm: bool = False) -> list[str]:
        """Return completions, each after its persona's virtual tokens."""
        return list(super().generate_until(self._marked(requests), disable_tqdm=disable_tqdm))

    def _marked(self, requests: Sequence[Instance]) -> list[Instance]:
        """Return the requests with the number of their persona at the front of the context."""
        if self._fixed is not None:
            number, vectors = [0] * len(requests), self._fixed
        else:
            given = [self._given(each.doc) for each in requests]
            place: dict[tuple[tuple[str, int], ...], int] = {}
            number = [place.setdefault(tuple(sorted(each.items())), len(place)) for each in given]
            vectors = folded(self._loaded.trained.filter, [dict(each) for each in place], self._loaded.items)
        self._personas = torch.as_tensor(vectors, dtype=torch.float32, device=self.device)
        return [
            replace(each, arguments=(f"{MARK}{at}{MARK}{each.args[0]}", *each.args[1:]))
            for each, at in zip(requests, number, strict=True)
        ]

    def _given(self, doc: Any) -> Given:
        """Return the answers by which a row's persona is known: those of the file or of the row, less the asked one."""
        if self._said is None:
            return given_in(doc, self._loaded.items, self._number, self._learned)
        rest = without_asked(self._said, doc)
        if len(rest) == len(self._said):
            return self._whole
        return coded(rest, self._loaded.items, self._number, self._learned)

    def _encode_pair(self, context: str, continuation: str) -> tuple[list[int], list[int]]:
        mark, text = self._unmarked(context)
        if text:
            before, after = super()._encode_pair(text, continuation)
        else:
            before, after = [self.prefix_token_id], self.tok_encode(continuation, add_special_tokens=False)
        return [mark, *before], after

    def tok_batch_encode(self, strings: list[str], *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Return ids and mask of left-padded contexts; the first column numbers the personas."""
        marks, texts = zip(*map(self._unmarked, strings), strict=True)
        ids, mask = super().tok_batch_encode(list(texts), *args, **kwargs)
        first = torch.tensor(marks, dtype=ids.dtype)[:, None]
        return torch.cat([first, ids], 1), torch.cat([torch.ones_like(first), mask], 1)

    def _unmarked(self, context: str) -> tuple[int, str]:
        match = MARKED.match(context)
        if match is None:
            raise IpBenchError("a prompt reached the model without its persona")
        return self._first + int(match[1]), context[match.end() :]

    def _virtual(self, marks: Tensor) -> Tensor:
        at = marks - self._first
        if bool((at < 0).any()):
            raise IpBenchError(f"a prompt is longer than the {self.max_length} tokens that fit beside a persona")
        virtual: Tensor = self._soft(self._personas[at.to(self._personas.device)])
        return virtual

    @torch.no_grad()
    def _model_call(self, inps: Tensor, attn_mask: Tensor | None = None, labels: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """Return logits (rows, length, vocabulary); those at the persona's number are never read."""
        logits = read(self.model, self._virtual(inps[:, 0]), inps[:, 1:])
        return torch.cat([logits[:, :1], logits], 1)

    @torch.no_grad()
    def _model_generate(self, context: Tensor, max_length: int, stop: list[str], **kwargs: Any) -> Tensor:
        mask = kwargs.pop("attention_mask")
        virtual = self._virtual(context[:, 0])
        call = with_virtual(self.model, virtual, context[:, 1:], mask[:, 1:]).arguments
        held = {name: call[name] for name in ("attention_mask", "past_key_values", "inputs_embeds") if name in call}
        tokens = self._soft.shape.tokens
        before = context.new_full((len(context), tokens), self.tokenizer.pad_token_id)
        ids = torch.cat([before, context[:, 1:]], 1)
        out: Tensor = super()._model_generate(ids, max_length=max_length + tokens - 1, stop=stop, **kwargs, **held)
        return torch.cat([context[:, :1], out[:, tokens:]], 1)
