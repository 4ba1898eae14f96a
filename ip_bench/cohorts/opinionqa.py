"""OpinionQA's archive (Santurkar et al., 2023): waves of a panel, answers as texts, questions with their options.

A wave is a folder with responses.csv (a row a person, a column a question, the person's key in QKEY) and info.csv (a
row a question: key, question, references, option_mapping, option_ordinal), whose lists and dicts are Python literals;
metadata.csv names the demographic columns. Several waves lie side by side: people are joined by QKEY. "Refused" is no
answer. Weights are not used: what is fitted is the people who answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from ip_bench.cohorts.answers import Answers, Group, Item
from ip_bench.cohorts.intake import rekeyed
from ip_bench.cohorts.tables import chosen_items, counted, group
from ip_bench.cohorts.waves import INFO, PERSON, REFUSED, RESPONSES, Question, Wave, cleaned_text, codes_of, read_wave
from ip_bench.errors import IpBenchError


def opinionqa(path: Path, items: Sequence[str] = ()) -> Answers:
    """Return the answers of one wave's folder, or of all waves below a folder.

    Raises:
        IpBenchError: where there is no wave, or a wave lacks a file, a column or the people's keys.
        UnknownNameError: where an item does not exist.
    """
    folders = sorted({file.parent for file in path.rglob(RESPONSES)}, key=lambda folder: folder.name)
    if not folders:
        raise IpBenchError(
            f"{path} has no {RESPONSES}; an OpinionQA folder has one, with {INFO}, in each wave's folder"
        )
    counts: dict[str, int] = {}
    waves = [read_wave(folder, len(folders) > 1, counts) for folder in folders]
    asked = Counter(question.column for wave in waves for question in wave.questions)
    known: dict[str, tuple[Wave, Question]] = {}
    for wave in waves:
        for question in wave.questions:
            name = f"{question.column} ({wave.name})" if asked[question.column] > 1 else question.column
            known[name] = (wave, question)
    chosen = chosen_items([*known], items, path.name)
    keys = pl.Series(PERSON, sorted({key for wave in waves for key in wave.people}))
    people, place = rekeyed(keys, path.name)
    at = {key: int(spot) for key, spot in zip(keys.to_list(), place, strict=True)}
    person, item, answer = [], [], []
    for number, name in enumerate(chosen):
        wave, question = known[name]
        codes = codes_of(wave.frame[question.column], question, name, counts)
        seen = np.flatnonzero(codes >= 0)
        person.append(np.array([at[key] for key in wave.people])[seen])
        item.append(np.full(len(seen), number))
        answer.append(codes[seen])
    options = [known[name][1].item for name in chosen]
    listed = [Item(name, one.text, one.options, one.scale) for name, one in zip(chosen, options, strict=True)]
    found = Answers.of(
        np.concatenate(person), np.concatenate(item), np.concatenate(answer), listed, people, _groups(waves, at)
    )  # fmt: skip
    return counted(found, counts)


def _groups(waves: Sequence[Wave], at: Mapping[str, int]) -> list[Group]:
    """Return the demographic columns of all people; where waves differ on a person, the first one counts."""
    found = []
    for name in dict.fromkeys(name for wave in waves for name in wave.demographics):
        values: list[str | None] = [None] * len(at)
        for wave in waves:
            if name in wave.demographics:
                for key, value in zip(wave.people, wave.frame[name].to_list(), strict=True):
                    if value is not None and value.lower() not in REFUSED and values[at[key]] is None:
                        values[at[key]] = cleaned_text(value)
        divided = group(name, values)
        if len(divided.levels) > 1:
            found.append(divided)
    return found
