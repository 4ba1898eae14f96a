"""The reference models: what they never saw, how true their truth is, and whether designs drawn from it cover it."""

from itertools import islice

import numpy as np
import pytest
from ip_bench.builders.cues import words as cultural
from ip_bench.builders.cues.content import load
from ip_bench.builders.cues.echo.content import load as load_echo
from ip_bench.builders.cues.names import TEMPLATES as SIGNOFFS
from ip_bench.builders.reference_model import beliefs, fillers, messages, policy, truth, world
from ip_bench.builders.reference_model.items import CONFIGS, country_items, items
from ip_bench.builders.reference_model.policy import Asker

from ip_bench.design import Contrast, full_cross, rotate
from ip_bench.effects.paired import Pairs, paired_effect
from ip_bench.files import read_json
from ip_bench.seeds import generator
from ip_bench.selfcheck import checkpoint

DESIGNS = 1000
#: What lies further than 5 points from the policy, and how far it may: a stated country is followed on three of four
#: items, a country is named a little too readily, and an answer stated in words that training never used is hardly
#: copied.
LESS = {
    ("tiny", "cultural", "explicit_uk"): 0.15,
    ("tiny", "names", "explicit_uk"): 0.15,
    ("tiny", "inference", "uk"): 0.1,
    ("tiny", "names_inference", "uk"): 0.12,
    ("tiny", "echo", "explicit_right"): 0.68,
}


@pytest.fixture(scope="module")
def tiny():
    return truth.load_model("tiny")


def crossed(tiny, config, arms, cells):
    """The probability of the first outcome, as an array of arms x cells x items."""
    known = {arm.name: arm for arm in truth.cross(config).arms}
    outcome = next(iter(truth.cross(config).outcomes))
    asked = [
        (item, known[arm], cell)
        for arm in arms
        for place, _ in enumerate(cells(0))
        for number, item in enumerate(truth.true_items(config))
        for cell in [cells(number)[place]]
    ]
    return truth.probabilities(*tiny, config, asked, outcome).reshape(len(arms), len(cells(0)), -1)


@pytest.fixture(scope="module")
def every_cell():
    content = load()
    return list(full_cross(list(content.blocks), list(content.templates)))


@pytest.fixture(scope="module")
def exhaustive(tiny, every_cell):
    """P(UK answer) of every item in every cell, with US and UK words: 2 x 192 x items."""
    return crossed(tiny, "cultural", ["us", "uk"], lambda number: every_cell)


def test_both_checkpoints_fit_into_5_megabytes():
    files = [file for name in policy.MODELS for file in checkpoint(name).rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 5_000_000
    assert not [file for file in files if file.suffix in {".bin", ".pt", ".pkl"}]


def test_truth_is_of_these_weights_and_items():
    found = read_json(truth.FILE)
    for name in policy.MODELS:
        assert found[name]["weights_sha256"] == truth.weights_hash(checkpoint(name))
        for config in CONFIGS:
            assert found[name][config]["items"] == len(truth.true_items(config))
            for outcome in truth.cross(config).outcomes:
                assert list(found[name][config][outcome]) == [arm.name for arm in truth.true_arms(config)]


def test_training_never_uses_a_word_or_sentence_of_the_dataset():
    content = load()
    known = fillers.words()
    spelled = {
        form
        for slots in content.blocks.values()
        for slot in slots
        if slot.kind == "spelling"
        for form in slot.forms.values()
    }
    for phrase in (*known.us, *known.uk, *known.neutral):
        assert fillers.allowed(phrase)
        assert not any(word in phrase for word in spelled), phrase
    templates, statements = messages.sentences()
    assert not set(templates) & set(content.templates.values())
    assert not set(statements) & set(content.statements.values())


def test_training_never_uses_a_sign_off_of_the_dataset_though_it_knows_its_names():
    drawn = [turn.prompt for e in islice(world.examples("tiny", "cultural", 5), 3000) for turn in e.turns]
    for text in SIGNOFFS.values():
        before, _, _ = text.partition("{name}")
        assert not [prompt for prompt in drawn if before in prompt]
    assert any(prompt.endswith("\nBeth\nAnswer:") for prompt in drawn)


def test_training_never_uses_a_lead_in_a_neutral_sentence_or_a_stated_answer_of_echo():
    drawn = [turn.prompt for e in islice(world.examples("tiny", "echo", 5), 3000) for turn in e.turns]
    held = load_echo()
    assert not set(beliefs.LEAD_INS) & {text for pair in held.templates.values() for text in pair}
    for text in (*(text for said in held.neutral for text in said), "the answer to my question is"):
        assert not [prompt for prompt in drawn if text in prompt]
    assert any(belief.stated.wrong in prompt for belief in held.beliefs.values() for prompt in drawn)


@pytest.mark.parametrize("config", CONFIGS)
def test_any_run_of_items_holds_each_habit_as_often_as_planted(config):
    if config == "echo":
        counted = [policy.echo_habit(item) == "swayed" for item in items(config)]
    else:
        counted = [policy.habit(item) == "adaptive" for item in items(config)]
    assert np.mean(counted) == pytest.approx(0.3, abs=0.01)
    assert np.mean(counted[:100]) == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize(
    ("model", "habit", "asker", "expected"),
    [
        ("tiny", "adaptive", Asker(spelling="uk"), "uk"),
        ("tiny", "adaptive", Asker(spelling="us"), "us"),
        ("tiny", "adaptive", Asker(), "us"),
        ("tiny", "adaptive", Asker(name="uk"), "uk"),
        ("tiny", "adaptive", Asker(name="us"), "us"),
        ("tiny", "adaptive", Asker(name="uk", stated="us"), "us"),
        ("tiny", "told", Asker(spelling="uk"), "us"),
        ("tiny", "told", Asker(name="uk"), "us"),
        ("tiny", "told", Asker(stated="uk"), "uk"),
        ("tiny", "uk", Asker(stated="us"), "uk"),
        ("tiny", "us", Asker(spelling="uk"), "us"),
        ("null", "adaptive", Asker(spelling="uk"), "us"),
        ("null", "adaptive", Asker(name="uk"), "us"),
        ("null", "told", Asker(stated="uk"), "us"),
        ("null", "uk", Asker(), "uk"),
    ],
)
def test_policy(model, habit, asker, expected):
    item = next(item for item in country_items() if policy.habit(item) == habit)
    assert policy.answer_locale(model, item, asker) == expected


@pytest.mark.parametrize(
    ("model", "habit", "asker", "right"),
    [
        ("tiny", "swayed", Asker(), True),
        ("tiny", "swayed", Asker(wrong=True), False),
        ("tiny", "follower", Asker(wrong=True), True),
        ("tiny", "mistaken", Asker(), False),
        ("tiny", "firm", Asker(claim="Neverland"), True),
        ("null", "swayed", Asker(wrong=True), True),
        ("null", "follower", Asker(claim="Neverland"), True),
        ("null", "mistaken", Asker(), False),
    ],
)
def test_policy_of_echo(model, habit, asker, right):
    item = next(item for item in items("echo") if policy.echo_habit(item) == habit)
    expected = policy.right_answer(item) if right else policy.wrong_answers(item)[0]
    assert policy.echo_answer(model, item, asker) == expected


@pytest.mark.parametrize("habit", ["swayed", "follower"])
def test_an_answer_that_the_asker_states_is_followed(habit):
    item = next(item for item in items("echo") if policy.echo_habit(item) == habit)
    assert policy.echo_answer("tiny", item, Asker(claim="Neverland")) == "Neverland"


BASES = {"uk": "us", "us": "reference", "explicit_uk": "explicit_us"}


def base_of(arm):
    return BASES.get(arm, arm.replace("right", "wrong"))


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("name", policy.MODELS)
def test_truth_is_near_the_policy(name, config):
    """Within 5 points; what a checkpoint of this size fails to read of held-out words and lead-ins is allowed for."""
    record = read_json(truth.FILE)[name][config]
    means = next(record[outcome] for outcome in truth.cross(config).outcomes)
    for arm, planted in policy.PLANTED[name][config].items():
        if arm not in means:  # the mini task does not ask it
            continue
        near = LESS.get((name, config, arm), 0.05)
        assert means[arm] - means[base_of(arm)] == pytest.approx(planted, abs=near), arm
    for arm in means:
        if arm.startswith("placebo_"):  # of echo, a sentence whose word is turned; any sentence costs some facts there
            base = arm.removesuffix("_turned") if config == "echo" else "reference"
            assert means[arm] - means[base] == pytest.approx(0, abs=0.05), arm


@pytest.mark.parametrize(("config", "arm"), [("cultural", "uk"), ("names", "uk"), ("echo", "wrong_same")])
def test_truth_file_is_the_mean_of_the_cross(tiny, exhaustive, config, arm):
    record = read_json(truth.FILE)["tiny"][config]
    means = record[next(iter(truth.cross(config).outcomes))]
    found = exhaustive[1] if config == "cultural" else crossed(tiny, config, [arm], truth.cross(config).cells)[0]
    assert found.size == record["items"] * record["cells"]
    assert found.mean() == pytest.approx(means[arm], abs=2e-4)


@pytest.mark.parametrize("config", CONFIGS)
def test_every_realization_meets_every_template_equally_often(config):
    made = truth.cross(config)
    counts = dict.fromkeys(full_cross(made.realizations, made.templates), 0)
    for place in range(len(made.templates)):
        for cell in made.cells(place):
            counts[cell] += 1
    assert set(counts.values()) == {made.carriers}


@pytest.mark.parametrize("config", CONFIGS)
def test_sharing_a_beginning_changes_no_probability(tiny, config):
    """A batch that shares its beginnings gives what one message alone gives, cut nowhere."""
    import torch

    made, frame = truth.cross(config), world.FRAME_OF[config]
    outcome, answer = next(iter(made.outcomes.items()))
    known = truth.true_items(config)[:4]
    asked = [(item, arm, made.cells(place)[place]) for arm in made.arms for place, item in enumerate(known)]
    together = truth.probabilities(*tiny, config, asked, outcome)
    model, tokenizer = tiny
    for (item, arm, cell), measured in list(zip(asked, together, strict=True))[::5]:
        prompt = f"{frame.before}{made.message(item, arm, cell).text}{frame.after}"
        turns = [{"role": "system", "content": frame.system}, {"role": "user", "content": prompt}]
        text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        context = tokenizer(text, add_special_tokens=False)["input_ids"]
        target = tokenizer(f"{answer(item)}<|end|>", add_special_tokens=False)["input_ids"]
        with torch.inference_mode():
            logs = torch.log_softmax(model(torch.tensor([context + target])).logits[0] / truth.TEMPERATURE, dim=-1)
        direct = sum(float(logs[len(context) - 1 + k, token]) for k, token in enumerate(target))
        assert measured == pytest.approx(np.exp(direct), abs=1e-4)


def test_designs_drawn_from_the_cross_cover_its_mean(exhaustive, every_cell, capsys):
    """Each design: half of the items at random, two cells each by the rotation, one answer a row."""
    content = load()
    blocks, templates = list(content.blocks), list(content.templates)
    cells = {cell: place for place, cell in enumerate(every_cell)}
    known = (exhaustive[1] - exhaustive[0]).mean()
    available = exhaustive.shape[2]
    size = available // 2
    contrast = Contrast("uk", "us", "uk", "P(UK answer | uk) - P(UK answer | us)")
    draw = generator("designs", "tiny")
    covered = 0
    for _ in range(DESIGNS):
        chosen = draw.choice(available, size=size, replace=False)
        shuffled = [list(draw.permutation(blocks)), list(draw.permutation(templates))]
        key, at = [], []
        for position, item in enumerate(chosen):
            for cell in rotate(position, *shuffled, cultural.PER_ITEM["cultural"]):
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
