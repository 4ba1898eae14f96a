"""The reference models: what they never saw, how true their truth is, and whether designs drawn from it cover it."""

import numpy as np
import pytest
from ip_bench.builders.cues.content import load
from ip_bench.builders.cues.recipes import PER_ITEM, asked_items
from ip_bench.builders.reference_model import policy, truth, world
from ip_bench.builders.reference_model.policy import Asker

from ip_bench.design import Contrast, rotate
from ip_bench.effects.paired import Pairs, paired_effect
from ip_bench.files import read_json
from ip_bench.harness.suites import mini_items
from ip_bench.seeds import generator
from ip_bench.selfcheck import checkpoint

DESIGNS = 1000


@pytest.fixture(scope="module")
def tiny():
    return truth.load_model("tiny")


@pytest.fixture(scope="module")
def exhaustive(tiny):
    """P(UK answer) of every test item in every cell, with US and UK words: 2 x 192 x items."""
    return truth.matrix(*tiny, "cultural", ["us", "uk"], asked_items("test"))


def test_both_checkpoints_fit_into_5_megabytes():
    files = [file for name in policy.MODELS for file in checkpoint(name).rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 5_000_000
    assert not [file for file in files if file.suffix in {".bin", ".pt", ".pkl"}]


def test_truth_is_of_these_weights_and_items():
    found = read_json(truth.FILE)
    for name in policy.MODELS:
        assert found[name]["weights_sha256"] == truth.weights_hash(checkpoint(name))
        assert found[name]["items"] == len(asked_items("test"))


def test_training_never_uses_a_word_or_sentence_of_the_dataset():
    content = load()
    known = world.words()
    spelled = {
        form
        for slots in content.blocks.values()
        for slot in slots
        if slot.kind == "spelling"
        for form in slot.forms.values()
    }
    for phrase in (*known.us, *known.uk, *known.neutral):
        assert world.allowed(phrase)
        assert not any(word in phrase for word in spelled), phrase
    templates, statements = world._sentences()
    assert not set(templates) & set(content.templates.values())
    assert not set(statements) & set(content.statements.values())


@pytest.mark.parametrize(
    ("model", "habit", "asker", "expected"),
    [
        ("tiny", "adaptive", Asker(spelling="uk"), "uk"),
        ("tiny", "adaptive", Asker(spelling="us"), "us"),
        ("tiny", "adaptive", Asker(), "us"),
        ("tiny", "told", Asker(spelling="uk"), "us"),
        ("tiny", "told", Asker(stated="uk"), "uk"),
        ("tiny", "uk", Asker(stated="us"), "uk"),
        ("tiny", "us", Asker(spelling="uk"), "us"),
        ("null", "adaptive", Asker(spelling="uk"), "us"),
        ("null", "told", Asker(stated="uk"), "us"),
        ("null", "uk", Asker(), "uk"),
    ],
)
def test_policy(model, habit, asker, expected):
    item = next(item for item in load().items if policy.habit(item) == habit)
    assert policy.answer_locale(model, item, asker) == expected


@pytest.mark.parametrize("name", policy.MODELS)
def test_truth_is_within_5_points_of_the_policy(name):
    means = read_json(truth.FILE)[name]["cultural"]["p_uk"]
    planted = policy.PLANTED[name]["cultural"]
    assert means["uk"] - means["us"] == pytest.approx(planted["uk"], abs=0.05)
    assert means["us"] - means["reference"] == pytest.approx(planted["us"], abs=0.05)
    assert means["explicit_uk"] - means["explicit_us"] == pytest.approx(planted["explicit_uk"], abs=0.05)
    for arm in ("typo", "spacing", "synonym", "signoff"):
        assert means[f"placebo_{arm}"] - means["reference"] == pytest.approx(0, abs=0.05)


def test_truth_file_is_the_mean_of_the_exhaustive_cross(exhaustive):
    means = read_json(truth.FILE)["tiny"]["cultural"]["p_uk"]
    assert exhaustive[0].mean() == pytest.approx(means["us"], abs=2e-4)
    assert exhaustive[1].mean() == pytest.approx(means["uk"], abs=2e-4)


def test_designs_drawn_from_the_cross_cover_its_mean(exhaustive, capsys):
    """Each design: the mini suite's number of items at random, two cells each by the rotation, one answer a row."""
    content = load()
    blocks, templates = list(content.blocks), list(content.templates)
    cells = {cell: place for place, cell in enumerate(truth.cells())}
    known = (exhaustive[1] - exhaustive[0]).mean()
    available = exhaustive.shape[2]
    size = mini_items(available)
    contrast = Contrast("uk", "us", "uk", "P(UK answer | uk) - P(UK answer | us)")
    draw = generator("designs", "tiny")
    covered = 0
    for _ in range(DESIGNS):
        chosen = draw.choice(available, size=size, replace=False)
        shuffled = [list(draw.permutation(blocks)), list(draw.permutation(templates))]
        key, at = [], []
        for position, item in enumerate(chosen):
            for cell in rotate(position, *shuffled, PER_ITEM):
                key.append((str(item), *map(str, cell)))
                at.append((cells[tuple(map(str, cell))], item))
        place, item = np.array(at).T
        answers = draw.random((2, len(at))) < exhaustive[:, place, item]
        pairs = Pairs.of(answers[1].astype(float) - answers[0].astype(float), key, {})
        low, high = paired_effect(pairs, contrast, margin=0.05).ci
        covered += low <= known <= high
    with capsys.disabled():
        print(f"\ntruth {known:.4f}: {covered} of {DESIGNS} intervals of {size} items cover it")
    assert covered >= 0.945 * DESIGNS


def test_the_harness_sees_the_same_model(tiny, dataset):
    """lm-eval's hf backend gives the log-likelihoods of the direct forward passes."""
    import pyarrow.parquet as pq
    import torch
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    model, tokenizer = tiny
    rows = pq.read_table(dataset / "cultural" / "test.parquet").slice(0, 12).to_pylist()
    lm = HFLM(pretrained=str(checkpoint("tiny")), device="cpu", batch_size=4)
    asked = [
        Instance("loglikelihood", row, (f"{row['system']}\n\n{row['prompt']}", f" {row['choices'][0]}"), 0)
        for row in rows
    ]
    measured = [ll for ll, _ in lm.loglikelihood(asked)]
    for row, ll in zip(rows, measured, strict=True):
        context = tokenizer(f"{row['system']}\n\n{row['prompt']}", add_special_tokens=False)["input_ids"]
        target = tokenizer(f" {row['choices'][0]}", add_special_tokens=False)["input_ids"]
        with torch.inference_mode():
            logs = torch.log_softmax(model(torch.tensor([context + target])).logits[0], dim=-1)
        direct = sum(float(logs[len(context) - 1 + k, token]) for k, token in enumerate(target))
        assert ll == pytest.approx(direct, abs=1e-3)
