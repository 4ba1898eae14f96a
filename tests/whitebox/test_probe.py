"""The white-box check on the reference models: both know who asks, and only one of them uses it."""

import json

import numpy as np
import pytest
from ip_bench.builders.reference_model.train import CHECKPOINTS
from typer.testing import CliRunner

from ip_bench.analysis import expected_rows
from ip_bench.cli.app import app
from ip_bench.design import Contrast
from ip_bench.effects.clusters import codes
from ip_bench.errors import IpBenchError, SamplesError, UnknownNameError
from ip_bench.schemas import validator
from ip_bench.whitebox.linear import cross_validated, fit
from ip_bench.whitebox.probe import ALONG, AT_RANDOM, STEERED, probe
from ip_bench.whitebox.states import OpenModel, Steer

ITEMS = 90
UK = Contrast("uk", "us", "uk", "P(UK answer | uk) - P(UK answer | us)", True)


@pytest.fixture(scope="module")
def rows(dataset):
    """The rows of the first items."""
    every = list(expected_rows(dataset, "cultural", mini=True).values())
    first = set(list(dict.fromkeys(row["item_id"] for row in every))[:ITEMS])
    return [row for row in every if row["item_id"] in first]


@pytest.fixture(scope="module")
def opened():
    """Return a function that loads a reference model and the function that renders a row for it."""
    transformers = pytest.importorskip("transformers")

    def load(name):
        model = transformers.AutoModelForCausalLM.from_pretrained(CHECKPOINTS / name).eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(CHECKPOINTS / name)

        def encode(text):
            return tokenizer(text, add_special_tokens=False)["input_ids"]

        def render(row):
            said = [{"role": "system", "content": row["system"]}, {"role": "user", "content": row["prompt"]}]
            return tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True)

        return OpenModel.of(model, encode, batch=64), render

    return load


@pytest.fixture(scope="module")
def checked(opened, rows):
    """What the check finds in each reference model."""
    found = {}
    for name in ("tiny", "null"):
        model, render = opened(name)
        found[name] = probe(model, rows, render, contrast=UK, margin=0.05, answer=str, say=lambda text: None)
    return found


def effect(found, arm, reference="us"):
    return next(one for one in found.effects if (one.arm, one.reference) == (arm, reference))


@pytest.mark.parametrize("name", ["tiny", "null"])
def test_both_models_hold_the_cue_on_items_and_words_that_the_probe_never_saw(checked, name):
    best = checked[name].layers[checked[name].moved]
    assert best.accuracy.estimate > 0.75
    assert best.accuracy.ci[0] > 0.5
    assert all(layer.placebo.ci[0] < 0.5 < layer.placebo.ci[1] for layer in checked[name].layers)


def test_moving_the_states_moves_the_answers_of_the_model_that_uses_the_cue(checked):
    found = checked["tiny"]
    assert effect(found, "uk").verdict == "different"
    for move in (STEERED, ALONG):
        assert effect(found, f"{move} minus at random").estimate > 0.05
        assert effect(found, f"{move} minus at random").verdict == "different"
    assert abs(effect(found, AT_RANDOM).estimate) < 0.03
    assert effect(found, STEERED, "uk").n_items == effect(found, "uk").n_items


def test_a_model_that_knows_but_does_not_use_it_is_not_moved(checked):
    for move in (STEERED, ALONG):
        assert effect(checked["null"], f"{move} minus at random").verdict == "equivalent"


def test_the_record_is_plain_and_its_effects_are_records(checked):
    record = json.loads(json.dumps(checked["tiny"].to_dict()))
    assert len(record["layers"]) == 4
    for one in record["effects"]:
        assert list(validator("effect").iter_errors(one)) == []


def test_states_do_not_depend_on_what_is_beside_them(opened, rows):
    model, render = opened("tiny")
    prompts = [render(row) for row in rows[:5]]
    together = model.last_states(prompts)
    alone = np.concatenate([model.last_states([prompt]) for prompt in prompts])
    assert together.shape == (5, 4, model.model.config.hidden_size)
    assert np.allclose(together, alone, atol=1e-4)
    choices = [row["choices"] for row in rows[:5]]
    plain = model.choice_shares(prompts, choices)
    nothing = model.choice_shares(prompts, choices, Steer(1, np.zeros(together.shape[2], dtype=np.float32)))
    assert all(np.allclose(one, other, atol=1e-5) for one, other in zip(plain, nothing, strict=True))
    assert all(one.sum() == pytest.approx(1) for one in plain)


def test_a_probe_reads_what_is_there_and_nothing_else():
    rng = np.random.default_rng(3)
    labels = np.arange(400) % 2 == 0
    states = rng.standard_normal((400, 32)).astype(np.float32)
    items = codes(np.arange(400) // 4)
    assert cross_validated(states, labels, items) == pytest.approx(0.5, abs=0.1)
    states[:, 5] += 3 * labels
    assert cross_validated(states, labels, items) > 0.85
    found = fit(states, labels)
    assert found.mean[5] == pytest.approx(3, abs=0.3)
    assert found.along @ found.mean == pytest.approx(found.along @ found.along, rel=1e-3)


def test_bad_input(rows, opened):
    model, render = opened("tiny")
    settings = {"margin": 0.05, "answer": str, "say": lambda text: None}
    with pytest.raises(SamplesError, match="the rows have no arm martian"):
        probe(model, rows, render, contrast=Contrast("martian", "us", "uk", ""), **settings)
    few = [row for row in rows if row["item_id"] == rows[0]["item_id"]]
    with pytest.raises(SamplesError, match="in the half that"):
        probe(model, few, render, contrast=UK, **settings)
    model.model.config.num_hidden_layers = 7
    with pytest.raises(IpBenchError, match="has no list of 7 layers"):
        OpenModel.of(model.model, model.encode)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--model", "vllm"], "'vllm'.*allowed: hf|vllm"),
        (["--arm", "mars"], "'mars against us'"),
        (["--suite", "huge"], "'huge'"),
    ],
)
def test_the_command_refuses_what_it_does_not_know(dataset, more, said):
    given = ["probe", "--model-args", f"pretrained={CHECKPOINTS / 'tiny'}", "--suite", "mini", *more]
    with pytest.raises(UnknownNameError, match=said):
        CliRunner().invoke(app, given, catch_exceptions=False)
