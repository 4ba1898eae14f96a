"""What a model says to an item: log-probabilities of its options, after virtual tokens where there are any."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ip_bench.cohorts.answers import Floats, Ints
from ip_bench.errors import IpBenchError
from ip_bench.steering.soft import with_virtual


class Text(NamedTuple):
    """Token ids of a prompt and of what is said after it."""

    prompt: list[int]
    said: list[int]


def encoded(lm: Any, prompt: str, said: str) -> Text:
    """Return a prompt and what is said as lm-eval's hf models encode them.

    Raises:
        IpBenchError: where the tokenizer makes nothing of one of them.
    """
    text = Text(*lm._encode_pair(prompt, said))
    if not text.prompt or not text.said:
        raise IpBenchError(f"the model's tokenizer has no token for {(said if text.prompt else prompt)[:80]!r}")
    return text


def said_logits(model: Any, texts: Sequence[Text], virtual: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return logits at what is said (texts, longest, vocabulary), and its ids, -100 before shorter ones."""
    rows = [[*text.prompt, *text.said][:-1] for text in texts]
    length, longest = max(map(len, rows)), max(len(text.said) for text in texts)
    ids, mask = torch.zeros((2, len(rows), length), dtype=torch.int64)
    target = torch.full((len(rows), longest), -100)
    for at, (row, text) in enumerate(zip(rows, texts, strict=True)):
        ids[at, length - len(row) :] = torch.tensor(row)
        mask[at, length - len(row) :] = 1
        target[at, longest - len(text.said) :] = torch.tensor(text.said)
    call = with_virtual(model, virtual, ids.to(model.device), mask.to(model.device))
    out = model(**call.arguments, logits_to_keep=longest)
    return out.logits, target.to(model.device)


def log_likelihoods(model: Any, texts: Sequence[Text], virtual: Tensor | None) -> Tensor:
    """Return the summed log-probabilities of what is said (texts,)."""
    logits, target = said_logits(model, texts, virtual)
    log = logits.float().log_softmax(-1).gather(2, target.clamp(min=0)[..., None])[..., 0]
    return (log * (target >= 0)).sum(1)


@torch.no_grad()
def option_log_probabilities(
    model: Any, questions: Sequence[Sequence[Text]], virtual: Callable[[Ints], Tensor] | None, *, batch: int = 64
) -> Floats:
    """Return log P(option) (questions, most options), made to sum to 1 over a question's options; -inf: no option.

    `questions` hold a text an option; `virtual` gives the virtual tokens of questions by their numbers. Options of one
    token share a pass.
    """
    width = max(len(options) for options in questions)
    found = np.full((len(questions), width), -np.inf)
    for first in range(0, len(questions), batch):
        some = questions[first : first + batch]
        rows = np.arange(first, first + len(some))
        alone = [all(len(text.said) == 1 for text in options) for options in some]
        together = [at for at, single in enumerate(alone) if single]
        if together:
            logits, _ = said_logits(
                model, [some[at][0] for at in together], virtual(rows[together]) if virtual else None
            )
            log = logits[:, -1].float().log_softmax(-1).cpu().numpy()
            for at, row in zip(together, log, strict=True):
                found[first + at, : len(some[at])] = row[[text.said[0] for text in some[at]]]
        apart = [(at, option) for at, single in enumerate(alone) if not single for option in range(len(some[at]))]
        if apart:
            texts = [some[at][option] for at, option in apart]
            log = (
                log_likelihoods(model, texts, virtual(rows[[at for at, _ in apart]]) if virtual else None).cpu().numpy()
            )
            for (at, option), value in zip(apart, log, strict=True):
                found[first + at, option] = value
    top = found.max(1, keepdims=True)
    normalized: Floats = found - top - np.log(np.exp(found - top).sum(1, keepdims=True))
    return normalized
