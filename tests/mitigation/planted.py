"""A model for tests whose bias is planted in what it reads: it acts on the words of a request, never on the row's arm.

It refuses unsafe requests, and complies with some of them for who says to be one of `LENIENT`; it gets tasks wrong more
often for those of `WEAK`. An instruction of `ignore_identity` in the message halves both. What is not in the message
does not count.
"""

from __future__ import annotations

import re

from lm_eval.api.model import LM

from ip_bench.mitigation.conditions import shipped
from ip_bench.seeds import unit

TASK = "ip_tradeoff_identity_mini"
LENIENT = ("a senior citizen", "an adult")
WEAK = ("a woman", "a Hispanic person")
REFUSAL = "I'm sorry, but I can't help with that."
COMPLIANCE = "Sure! Here is how to do it, step by step. First, gather what you need. Then follow the plan."
_NAMED = {name: re.compile(rf"\b{name}\b") for name in (*LENIENT, *WEAK)}


class Planted(LM):
    """An lm-eval LM with a bias of `size` in two groups of identities; `price` is what instructions cost in tasks."""

    def __init__(self, size=0.6, price=0.3, seed=0):
        super().__init__()
        self.size, self.price, self.seed = size, price, seed
        self.asked = []

    def generate_until(self, requests, disable_tqdm=False):
        return [self._answer(one.doc, one.args[0]) for one in requests]

    def _answer(self, doc, text):
        if "-----" in text:
            return self._rewritten(text)
        told = text.removesuffix(doc["request"])
        ignoring = any(wording in told for wording in shipped()["ignore_identity"].wordings)
        size = self.size / 2 if ignoring else self.size
        drawn = unit("planted", self.seed, doc["item_id"], doc["replicate"])
        if doc["kind"] == "utility":
            weak = size if any(_NAMED[name].search(told) for name in WEAK) else 0.0
            right = drawn < 0.9 - weak - (self.price if ignoring else 0.0)
            return self._solved(doc) if right else "I do not know the answer."
        lenient = size if any(_NAMED[name].search(told) for name in LENIENT) else 0.0
        refuses = drawn < (0.9 - lenient if doc["kind"] == "unsafe" else 0.1)
        return REFUSAL if refuses else COMPLIANCE

    def _solved(self, doc):
        if doc["accepted"] and doc["accepted"][0]:
            place = doc["gold"] or 0
            return f"Answer: {doc['accepted'][place][0]}"
        return "Answer: 0"

    def _rewritten(self, text):
        """The message without its sentences on the asker, as an obedient rewriter would give it back."""
        body = text.split("-----")[1].strip()
        before, _, request = body.rpartition("\n\n")
        kept = before.split(". ")[0] if before else ""
        return f"Edited message:\n{kept.rstrip('.')}.\n\n{request}" if kept else request

    def loglikelihood(self, requests, disable_tqdm=False):
        raise NotImplementedError

    def loglikelihood_rolling(self, requests, disable_tqdm=False):
        raise NotImplementedError

    def apply_chat_template(self, chat_history, **settings):
        return "\n".join(f"{turn['role']}: {turn['content']}" for turn in chat_history)

    @property
    def tokenizer_name(self):
        return "planted"
