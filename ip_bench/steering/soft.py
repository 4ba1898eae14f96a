"""Virtual tokens for a frozen causal model, made from a persona vector by a small map that alone is trained.

Mode `prompt`: the tokens are input embeddings. Mode `prefix`: they are keys and values of every layer, as in prefix
tuning (Li and Liang, 2021). Either way they stand before all that the model reads.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.seeds import digest

Mode = Literal["prompt", "prefix"]
MODES: tuple[str, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a map makes: `tokens` virtual tokens from vectors of `persona` numbers, for a model of these sizes.

    `width` is of the input embeddings (prompt) or of one layer's keys (prefix: heads times their size), and `heads`
    and `layers` are of keys and values; in mode prompt they are 1.
    """

    mode: Mode
    persona: int
    tokens: int
    hidden: int
    layers: int
    heads: int
    width: int

    @classmethod
    def of(cls, model: Any, mode: str, *, persona: int, tokens: int, hidden: int) -> Shape:
        """Return the shape for a model of transformers.

        Raises:
            UnknownNameError: for another mode.
            IpBenchError: for a number below 1, or a model whose layers keep other than keys and values.
        """
        if mode not in MODES:
            raise UnknownNameError("mode", mode, MODES)
        for name, number in (("tokens", tokens), ("hidden", hidden), ("persona", persona)):
            if number < 1:
                raise IpBenchError(f"{name} is {number}; it must be 1 or more")
        if mode == "prompt":
            width = model.get_input_embeddings().weight.shape[1]
            return cls(mode="prompt", persona=persona, tokens=tokens, hidden=hidden, layers=1, heads=1, width=width)
        keys = _keys(model)
        return cls(
            mode="prefix", persona=persona, tokens=tokens, hidden=hidden, layers=len(keys), heads=keys[0][0],
            width=keys[0][0] * keys[0][1],
        )  # fmt: skip

    @property
    def numbers(self) -> int:
        """Return how many numbers the virtual tokens of one persona have."""
        return self.tokens * self.width * (1 if self.mode == "prompt" else 2 * self.layers)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


class SoftMap(nn.Module):
    """Two layers from a persona vector (people, persona) to virtual tokens.

    The output is scaled by `size`, which is the mean size of what the model has in such places, so that a training
    starts where the model is at home.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.first = nn.Linear(shape.persona, shape.hidden)
        self.second = nn.Linear(shape.hidden, shape.numbers)
        self.register_buffer("size", torch.ones(()))

    def forward(self, persona: Tensor) -> Tensor:
        """Return (people, tokens, width), or keys and values (layers, 2, people, heads, tokens, head width)."""
        shape = self.shape
        flat = self.size * self.second(torch.tanh(self.first(persona)))
        if shape.mode == "prompt":
            return flat.view(len(persona), shape.tokens, shape.width)
        size = shape.width // shape.heads
        parts = flat.view(len(persona), shape.layers, 2, shape.tokens, shape.heads, size)
        return parts.permute(1, 2, 0, 4, 3, 5)


def fresh(model: Any, shape: Shape, *seed: object) -> SoftMap:
    """Return an untrained map for a model, drawn from the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(digest("steering map", *seed, size=6), 16))
        soft = SoftMap(shape)
    soft.size.fill_(typical_size(model, shape.mode))
    soft.to(model.device)
    return soft


@dataclass(frozen=True, slots=True)
class Steered:
    """What a model is called with where virtual tokens stand first: arguments of `forward`."""

    arguments: dict[str, Any]
    skipped: int  # positions of the output that belong to virtual tokens


def with_virtual(model: Any, virtual: Tensor | None, ids: Tensor, mask: Tensor | None = None) -> Steered:
    """Return the call of a model that reads `ids` (rows, length) after the virtual tokens of each row.

    `mask` (rows, length) is 0 at padding, on whichever side; positions count the virtual tokens and no padding.
    Without `virtual` the model reads the ids alone.
    """
    mask = torch.ones_like(ids) if mask is None else mask
    if virtual is None:
        plain = {"input_ids": ids, "attention_mask": mask, "position_ids": _positions(mask), "use_cache": False}
        return Steered(plain, 0)
    prefix = virtual.dim() == 6
    tokens = virtual.shape[4] if prefix else virtual.shape[1]
    whole = torch.cat([mask.new_ones(len(ids), tokens), mask], 1)
    if prefix:
        return Steered({
            "input_ids": ids, "attention_mask": whole, "position_ids": _positions(whole)[:, tokens:],
            "past_key_values": cache_of(model, virtual), "use_cache": True,
        }, 0)  # fmt: skip
    embedded = model.get_input_embeddings()(ids)
    joined = torch.cat([virtual.to(embedded.dtype), embedded], 1)
    arguments = {
        "inputs_embeds": joined, "attention_mask": whole, "position_ids": _positions(whole), "use_cache": False,
    }  # fmt: skip
    return Steered(arguments, tokens)


def read(model: Any, virtual: Tensor | None, ids: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return the logits (rows, length, vocabulary) at `ids` after virtual tokens."""
    call = with_virtual(model, virtual, ids, mask)
    logits: Tensor = model(**call.arguments).logits
    return logits[:, call.skipped :]


def cache_of(model: Any, virtual: Tensor) -> Any:
    """Return keys and values as the cache that a model of transformers takes."""
    from transformers import DynamicCache

    cache = DynamicCache()
    for layer, (keys, values) in enumerate(virtual.to(model.dtype)):
        cache.update(keys, values, layer)
    return cache


def _positions(mask: Tensor) -> Tensor:
    return (mask.cumsum(1) - 1).clamp(min=0)


@torch.no_grad()
def typical_size(model: Any, mode: str) -> float:
    """Return the root mean square of input embeddings, or of the keys and values of a few tokens."""
    weight = model.get_input_embeddings().weight
    if mode == "prompt":
        return float(weight.float().pow(2).mean().sqrt())
    found = [part.float().pow(2).mean() for layer in _cached(model) for part in layer]
    return float(torch.stack(found).mean().sqrt())


def _keys(model: Any) -> list[tuple[int, int]]:
    """Return (heads, head width) of each layer's keys; a model is asked, since configs name these differently."""
    shapes = [(keys.shape[1], keys.shape[3]) for keys, _ in _cached(model)]
    values = [(each.shape[1], each.shape[3]) for _, each in _cached(model)]
    if len(set(shapes)) != 1 or shapes != values:
        raise IpBenchError(
            "the layers of this model keep keys and values of several shapes; steer it with --mode prompt"
        )  # fmt: skip
    return shapes


@torch.no_grad()
def _cached(model: Any) -> list[tuple[Tensor, Tensor]]:
    ids = torch.arange(4, device=model.device)[None] % model.get_input_embeddings().weight.shape[0]
    cache = model(input_ids=ids, use_cache=True).past_key_values
    layers = getattr(cache, "layers", None)
    if not layers or not all(hasattr(each, "keys") and torch.is_tensor(each.keys) for each in layers):
        raise IpBenchError("the layers of this model do not all keep keys and values; steer it with --mode prompt")
    return [(each.keys, each.values) for each in layers]
