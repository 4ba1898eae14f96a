"""The rows of the case study: each task in a learner's words, in standard English and in each voice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ip_bench.cues import placebos
from ip_bench.cues.edits import Cued, apply_edits, shift_edits
from ip_bench.cues.families import Cue, cue
from ip_bench.design import Arm, Cell, Edit, Item, Prompt, interleave, rotate
from ip_bench.outcomes.learner import MEASURES
from ip_bench.seeds import rng

from ..frames import Frame
from ..rows import prompt
from . import inference
from .content import openers, statements, templates
from .gates import EducationGates
from .kept import lost
from .provenance import DATASET, LICENSE, SEEDS, sources
from .tasks import CONFIGS as ASKED
from .tasks import SPLITS, answers, gold, tasks, with_fixed_length
from .tasks import asked_items as tasks_asked
from .voices import INFERENCE, STANDARD, VOICES, Voice, arms, contrasts, voice_of, with_fixed

__all__ = [
    "CHOICES", "CONFIGS", "CONTRASTS", "DATASET", "FIRST_STAGE", "LICENSE", "SEEDS", "SPLITS", "TASKS", "VERSION",
    "WARNINGS", "arms", "asked_items", "columns", "gates", "prompts", "sources",
]  # fmt: skip

VERSION = "2.0.0"
PER_ITEM = 1
CONFIGS = (*ASKED, INFERENCE)
#: The declared comparisons of each config; nothing else is tested.
CONTRASTS = {config: contrasts(config) for config in CONFIGS}
WARNINGS: dict[str, tuple[str, ...]] = dict.fromkeys(CONFIGS, ("dialect", "identity"))
TASKS: tuple[str, ...] = CONFIGS
CHOICES: tuple[str, ...] = (INFERENCE,)
FIRST_STAGE = dict.fromkeys(ASKED, INFERENCE)

SYSTEM = {
    "education_reasoning": (
        'Help with the problem. End with a last line that has the word "Answer", a colon and nothing but the answer.'
    ),
    "education_requests": "Reply with the text that was asked for and nothing else.",
}
FIXED = " Use between 110 and 130 words."
_TYPOS_TRIED = 20


def columns(config: str) -> dict[str, Any]:
    """Return the types of a config's own columns.

    How an answer is read and a request's requirements as JSON; for the inference probe the voice of each choice.
    """
    from datasets import List, Value

    if config == INFERENCE:
        return {"choice_locales": List(List(Value("string")))}
    return {"answer_kind": Value("string"), "requirements": Value("string")}


def gates(config: str) -> EducationGates:
    """Return the gates of a config."""
    return EducationGates(config)


def asked_items(config: str, split: str) -> list[Item]:
    """Return the items of a config and split in published order: interleaved by topic, so every prefix is balanced."""
    if config != INFERENCE:
        return tasks_asked(config, split)
    held = inference.probed()
    return interleave(
        held[item.item_id].item for of in ASKED for item in tasks_asked(of, split) if item.item_id in held
    )


def prompts(config: str, split: str, voices: Sequence[Voice] = VOICES, *, scope: str = "message") -> Iterator[Prompt]:
    """Yield the rows of a config and split, item by item; the same on any machine and in any order of calls.

    `scope` is what a voice may turn: the whole "message", or the "opener" alone, which leaves the task as it is. Rows
    that a cue or its placebo cannot make (no place for an edit) are left out. The messages of the inference probe are
    those of the other configs, to the letter.
    """
    turns = {voice.name: cue(voice.family, voice.level) for voice in voices}
    fixed = with_fixed_length() if config == "education_requests" else frozenset()
    met = {of: _cells(of, split) for of in (ASKED if config == INFERENCE else (config,))}
    for item in asked_items(config, split):
        of = inference.probed()[item.item_id].config if config == INFERENCE else config
        for cell in met[of][item.item_id]:
            for arm, cued in _versions(tasks(of)[item.item_id].item, cell, voices, turns, scope):
                if config == INFERENCE:
                    yield _probe(item, cell, arm, cued)
                    continue
                yield _row(config, item, cell, arm, cued)
                if item.item_id in fixed and arm.role in {"reference", "treatment", "placebo"}:
                    yield _row(config, item, cell, with_fixed(arm), cued)


def _cells(config: str, split: str) -> dict[str, list[Cell]]:
    """Return the cells that each item of a config that asks tasks meets."""
    said, orders = list(openers(config.removeprefix("education_"))), list(templates())
    return {
        item.item_id: rotate(position, said, orders, PER_ITEM)
        for position, item in enumerate(asked_items(config, split))
    }


def _versions(
    item: Item, cell: Cell, voices: Sequence[Voice], turns: dict[str, Cue], scope: str
) -> Iterator[tuple[Arm, Cued]]:
    opener, order = _said(cell.realization_id), templates()[cell.template_id]
    plain = order.format(opener=opener, task=item.question)
    start = order.index("{opener}")
    yield Arm("reference", "reference", "neutral"), Cued(plain, ())
    yield Arm("repeat", "repeat", "neutral"), Cued(plain, ())
    for voice in voices:
        draw = rng(DATASET, item.item_id, cell.realization_id)
        if scope == "opener":
            edits = shift_edits(turns[voice.name](opener, draw).edits, start)
            cued = Cued(apply_edits(plain, edits), edits)
        else:
            cued = turns[voice.name](plain, draw)
        if cued.edits:
            yield Arm(voice.name, "treatment", voice.family), cued
            if slips := _slips(item, cell, plain, cued.edits):
                yield Arm(f"typo_{voice.name}", "placebo", "typo"), slips
    number = list(openers("reasoning") | openers("requests")).index(cell.realization_id)
    for voice in (STANDARD, *voices):
        texts = list(statements(voice.kind).values())
        stated = (Edit(0, 0, "", f"{texts[number % len(texts)].format(label=voice.label)} ", "explicit"),)
        yield Arm(f"explicit_{voice.name}", "explicit", "explicit"), Cued(apply_edits(plain, stated), stated)


def _said(opener_id: str) -> str:
    return (openers("reasoning") | openers("requests"))[opener_id]


def _slips(item: Item, cell: Cell, text: str, edits: Sequence[Edit]) -> Cued | None:
    """Return the text with as many typing slips as edits, or None; the slips keep all that a voice keeps.

    They stand beside the edits, or, where a number or an answer is the nearest word, anywhere.
    """
    spans = [(edit.start, edit.end) for edit in edits]
    for attempt in range(_TYPOS_TRIED):
        places = spans if attempt < _TYPOS_TRIED // 2 else None
        made = placebos.typo(text, rng(DATASET, item.item_id, *cell, "typo", attempt), len(spans), places)
        if len(made.edits) == len(edits) and not lost(text, made, item.accepted):
            return made
    return None


def _row(config: str, item: Item, cell: Cell, arm: Arm, cued: Cued) -> Prompt:
    task = tasks(config)[item.item_id]
    return prompt(
        (DATASET, config),
        item,
        arm,
        cell,
        cued,
        Frame(SYSTEM[config] + (FIXED if arm.name.endswith("_fixed") else ""), "", ""),
        gold=gold(task, answers()),
        outcome=MEASURES[config][0],
        license=LICENSE,
        extra={
            "answer_kind": task.answer_kind,
            "requirements": json.dumps(task.requirements, ensure_ascii=False, sort_keys=True),
        },
    )


def _probe(item: Item, cell: Cell, arm: Arm, cued: Cued) -> Prompt:
    """Return the row that asks who wrote a message; it is right to name the voice that the message has or states."""
    voice = voice_of(arm.name)
    return prompt(
        (DATASET, INFERENCE),
        item,
        arm,
        cell,
        cued,
        inference.frame(item.choices),
        gold=item.gold(voice) if arm.role in {"treatment", "explicit"} else None,
        outcome=voice,
        license=LICENSE,
        extra={"choice_locales": [list(held) for held in item.choice_locales]},
    )
