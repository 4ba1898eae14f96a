"""A simulated model for lm-eval: it answers from the document's metadata, with planted effects and no torch.

Its truth is exact. An item's habit b is a number in [0.1, 0.6] drawn by hash; a row gives the answer of its outcome's
locale with probability b, plus `effect` in the arm of that locale's words, plus `explicit` where the country is stated;
every other row gets the US answer. Asked who wrote the message, it does the same with `first_stage` for the words.
Rows of ip-tradeoff are answered in a module of their own, with the effect `gap` for the identities in `whom`; rows of
ip-bounds in another, by what the model `follows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lm_eval.api.model import LM

from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.harness import simulated_bounds
from ip_bench.harness.simulated_bounds import FOLLOWS
from ip_bench.harness.simulated_tradeoff import reply
from ip_bench.seeds import unit

LOWEST, HIGHEST = 0.1, 0.6


def raised(planted: Mapping[str, float], arm: str, role: str, outcome: str, *, probing: bool) -> float:
    """Return by how much an arm raises the probability of the answer of its outcome."""
    if role == "placebo":
        return planted["placebo"]
    if arm == outcome or arm.startswith("right"):
        return planted["first_stage" if probing else "effect"]
    return planted["explicit"] if arm in {f"explicit_{outcome}", "explicit_right"} else 0.0


class Simulated(LM):  # type: ignore[misc]
    """An lm-eval LM whose planted effects are its arguments (shares between 0 and 0.4); `whom` is "muslim+woman"."""

    def __init__(
        self,
        effect: float = 0.3,
        explicit: float = 0.4,
        placebo: float = 0.0,
        first_stage: float = 0.35,
        empty: float = 0.0,
        seed: int = 0,
        gap: float = 0.0,
        whom: str = "",
        follows: str = "tiers",
    ) -> None:
        super().__init__()
        planted = {"effect": effect, "explicit": explicit, "placebo": placebo, "first_stage": first_stage}
        for name, value in (planted | {"gap": gap}).items():
            if not 0 <= float(value) <= 1 - HIGHEST:
                raise IpBenchError(f"simulated model: {name}={value}; it must be between 0 and {1 - HIGHEST:.1f}")
        self.planted = {name: float(value) for name, value in planted.items()}
        self.empty, self.gap, self.whom = float(empty), float(gap), frozenset(filter(None, str(whom).split("+")))
        if follows not in FOLLOWS:
            raise UnknownNameError("value of follows", follows, FOLLOWS, where="the simulated model")
        self.follows = follows
        self.seed = int(seed)

    @classmethod
    def create_from_arg_obj(
        cls, arg_dict: dict[str, Any], additional_config: dict[str, Any] | None = None
    ) -> Simulated:
        """Return the model with the planted effects in `arg_dict`; batch size and device mean nothing to it."""
        del additional_config
        return cls(**arg_dict)

    def probability(self, doc: dict[str, Any]) -> float:
        """Return the probability that a row gets the answer of its outcome's locale."""
        base = LOWEST + (HIGHEST - LOWEST) * unit("simulated", doc["item_id"])
        return base + raised(self.planted, doc["arm"], doc["role"], doc["outcome"], probing="country" in doc["system"])

    def answer(self, doc: dict[str, Any]) -> int:
        """Return the index of the choice that a row gets, by hash of the row and the seed; any, where none is right."""
        labels = doc.get("choice_locales") or [[] for _ in doc["choices"]]
        right = [place for place, held in enumerate(labels) if doc["outcome"] in held]
        usual = [place for place, held in enumerate(labels) if "us" in held] or [
            place for place in range(len(labels)) if place not in right
        ]
        drawn = unit("answer", self.seed, doc["row_id"])
        if right and drawn < self.probability(doc):
            return right[0]
        return usual[int(unit("usual", doc["row_id"]) * len(usual))]

    def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:  # noqa: ARG002
        """Return the answers' texts; a share `empty` of them is the empty string."""
        return [
            "" if unit("empty", self.seed, one.doc["row_id"]) < self.empty else self.said(one.doc) for one in requests
        ]

    def said(self, doc: dict[str, Any]) -> str:
        """Return the text of an answer; nothing, where a row has neither choices nor a kind."""
        if "policy" in doc:
            return simulated_bounds.reply(doc, self.follows, self.whom)
        if "kind" in doc:
            return reply(doc, self.gap, self.whom, self.seed)
        return str(doc["choices"][self.answer(doc)]) if doc["choices"] else ""

    def loglikelihood(self, requests: list[Any], disable_tqdm: bool = False) -> list[tuple[float, bool]]:  # noqa: ARG002
        """Return -1 for the choice that is the row's answer and -9 for the others."""
        return [(-1.0, True) if self.answer(one.doc) == one.idx else (-9.0, False) for one in requests]

    def loglikelihood_rolling(self, requests: list[Any], disable_tqdm: bool = False) -> list[float]:
        """Refuse: no task here asks for the likelihood of a whole text."""
        raise NotImplementedError("the simulated model answers questions; it has no likelihood of running text")

    def apply_chat_template(self, chat_history: list[dict[str, str]], **settings: Any) -> str:
        """Return the messages one after the other."""
        del settings
        return "\n".join(f"{turn['role']}: {turn['content']}" for turn in chat_history)

    @property
    def tokenizer_name(self) -> str:
        """Return a name for lm-eval's caches."""
        return "simulated"
