"""The rows of a design of one's own: arms, contrasts, and the message of an asker in an arm."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from math import ceil

from ip_bench.cues.edits import Cued, shift_edits
from ip_bench.design import Arm, Cell, Contrast, Edit, Item, Prompt, interleave, rotate, row_id
from ip_bench.own.design import Design
from ip_bench.seeds import rng, unit

SPLITS = ("test", "validation")
VALIDATION_SHARE = 0.1


def arms(design: Design) -> tuple[Arm, ...]:
    """Return the arms, the reference first and its repeat after it."""
    own = [voice.arm for voice in design.voices.values()]
    reference = next(arm for arm in own if arm.role == "reference")
    return (
        reference,
        Arm("repeat", "repeat", reference.family),
        *(arm for role in ("treatment", "placebo", "explicit") for arm in own if arm.role == role),
    )


def contrasts(design: Design) -> tuple[Contrast, ...]:
    """Return each arm against the reference; treatments also minus all placebos, the first of them the primary one."""
    placebos, had = tuple(arm.name for arm in arms(design) if arm.role == "placebo"), f"P({design.outcome} | "
    first = next(arm for arm in arms(design) if arm.role == "treatment")
    return tuple(
        Contrast(
            arm.name, "reference", design.outcome, f"{had}{arm.name}) - {had}reference)",
            primary=arm == first, placebos=placebos if arm.role == "treatment" else (),
        )
        for arm in sorted(arms(design), key=lambda arm: arm != first)
        if arm.role != "reference"
    )  # fmt: skip


def items_of(design: Design, split: str) -> list[Item]:
    """Return the items of a split, interleaved by topic; a tenth, by hash, is kept for few-shot examples."""
    ranked = sorted(design.items, key=lambda item: (unit("split", item.item_id), item.item_id))
    kept = ceil(VALIDATION_SHARE * len(ranked))
    return interleave(ranked[:kept] if split == "validation" else ranked[kept:])


def message(design: Design, item: Item, arm: Arm, cell: Cell) -> Cued:
    """Return the asker's message in an arm, with its edits against the reference message."""
    place = int(cell.realization_id[1:]) - 1
    before, after = design.templates[int(cell.template_id[1:]) - 1].split("{cue}")
    said = design.voices["reference"].says[place]
    before, after = (part.replace("{question}", item.question) for part in (before, after))
    neutral = f"{before}{said}{after}"
    if arm.role in {"reference", "repeat"}:
        return Cued(neutral, ())
    voice = design.voices[arm.name]
    if voice.cue is not None:
        draw = rng("own cue", design.name, item.item_id, *cell, arm.name)
        if voice.whole:
            return voice.cue(neutral, draw)
        turned = voice.cue(said, draw)
        return Cued(f"{before}{turned.text}{after}", shift_edits(turned.edits, len(before)))
    own = voice.says[place % len(voice.says)]
    # What states it outright comes before what the reference says; any other sentence takes its place.
    edit = (0, "", f"{own} ") if arm.role == "explicit" else (len(said), said, own)
    length, old, new = edit
    edits = (Edit(len(before), len(before) + length, old, new, f"{design.name}:{arm.name}"),)
    return Cued(f"{before}{new}{neutral[len(before) + length :]}", edits)


def prompts(design: Design, split: str) -> Iterator[Prompt]:
    """Yield the rows of a split, item by item, arm by arm; each item meets `cells` realizations, in rotation."""
    realizations = [f"r{number:03d}" for number, _ in enumerate(design.voices["reference"].says, 1)]
    templates = [f"t{number:02d}" for number, _ in enumerate(design.templates, 1)]
    for position, item in zip(count(), items_of(design, split)):
        for cell in rotate(position, realizations, templates, design.cells):
            for arm in arms(design):
                yield _row(design, item, arm, cell)


def _row(design: Design, item: Item, arm: Arm, cell: Cell) -> Prompt:
    cued, replicate = message(design, item, arm, cell), int(arm.role == "repeat")
    listed = "\n\nOptions:\n" + "\n".join(f"- {choice}" for choice in item.choices) if design.options else ""
    return Prompt(
        row_id=row_id(design.name, design.name, item.item_id, arm.name, *cell, replicate),
        item_id=item.item_id, arm=arm.name, role=arm.role, family=arm.family, realization_id=cell.realization_id,
        template_id=cell.template_id, replicate=replicate, stratum=item.topic, dose=len(cued.edits),
        system=design.system, prompt=f"{cued.text}{listed}\nAnswer:", choices=item.choices, gold=None,
        accepted=item.accepted, outcome=design.outcome, edits=cued.edits, topic=item.topic, source=item.source,
        license=design.license, extra={"choice_locales": [list(held) for held in item.choice_locales]},
    )  # fmt: skip
