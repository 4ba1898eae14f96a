"""Virtual tokens reach each row of a batch, whatever the padding, and nothing else changes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import stances
import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM

from ip_bench.errors import IntegrityError, IpBenchError, UnknownNameError
from ip_bench.steering import prompts, register
from ip_bench.steering.folder import load, save
from ip_bench.steering.parts import Parts
from ip_bench.steering.persona import folded
from ip_bench.steering.score import encoded, option_log_probabilities
from ip_bench.steering.soft import Shape, SoftMap, read, with_virtual
from ip_bench.steering.train import Training, train, weights_hash

KINDS = ("llama", "gpt2")
MODES = ("prefix", "prompt")
PEOPLE = 80


@pytest.fixture(scope="module")
def data() -> Any:
    return stances.answers(stances.world(), PEOPLE)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, one_thread: None, data: Any) -> Any:
    """Return (model folder, steering folder) by kind and mode; models are untrained, maps saw one epoch."""
    world, codes = stances.world(), np.arange(PEOPLE)
    parts = Parts(codes[:50], codes[50:60], codes[60:], world.seen, world.unseen)
    root, found = tmp_path_factory.mktemp("untrained"), {}
    for kind in KINDS:
        torch.manual_seed(1)
        stances.untrained(kind).save_pretrained(root / kind)
        stances.tokenizer().save_pretrained(root / kind)
        lm = HFLM(pretrained=str(root / kind), device="cpu", batch_size=8)
        for mode in MODES:
            plan = Training(mode=mode, tokens=3, dims=3, epochs=1, cells=4, rate=5e-2)
            trained = train(lm, data, parts, plan)
            save(root / f"{kind}-{mode}", lm, str(root / kind), trained, data, np.eye(2, 6), {"seed": 0})
            found[kind, mode] = (root / kind, root / f"{kind}-{mode}")
    return found


def steered(made: Any, kind: str, mode: str, **more: Any) -> Any:
    from lm_eval.api.registry import get_model

    register()
    model, folder = made[kind, mode]
    arguments = {"pretrained": str(model), "steer": str(folder)} | more
    return get_model("ip-steered").create_from_arg_obj(arguments, {"batch_size": 4, "device": "cpu"})


def rows(data: Any, people: range = range(6)) -> list[dict[str, Any]]:
    """Return a row a person, each with another question and some answers, and prompts of several lengths."""
    found = []
    for person in people:
        cells = np.flatnonzero(data.person == person)[: 3 + person]
        given = [{"item": data.items[item].item_id, "answer": data.items[item].options[code]}
                 for item, code in zip(data.item[cells], data.answer[cells], strict=True)]  # fmt: skip
        item = data.items[20 + person]
        head = "About the person: age old.\n\n" * (person % 3)
        found.append({"item_id": item.item_id, "given": given, "prompt": head + prompts.question(item)})
    return found


def asked(docs: list[dict[str, Any]], said: str = " agree") -> list[Instance]:
    return [Instance("loglikelihood", doc, (doc["prompt"], said), at) for at, doc in enumerate(docs)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", MODES)
def test_a_batch_of_people_reads_as_each_alone(made: Any, data: Any, kind: str, mode: str) -> None:
    lm, docs = steered(made, kind, mode), rows(data)
    together = lm.loglikelihood(asked(docs), disable_tqdm=True)
    alone = [lm.loglikelihood(asked([doc]), disable_tqdm=True)[0] for doc in docs]
    assert [each[0] for each in together] == pytest.approx([each[0] for each in alone], abs=1e-4)
    loaded = lm._loaded
    for doc, (value, _) in zip(docs, together, strict=True):
        options = {each.item_id: each.options for each in data.items}
        codes = {each["item"]: options[each["item"]].index(each["answer"]) for each in doc["given"]}
        codes.pop(doc["item_id"], None)
        persona = torch.tensor(folded(loaded.trained.filter, [codes], loaded.items), dtype=torch.float32)
        text = encoded(HFLM(pretrained=lm.model, tokenizer=lm.tokenizer, backend="causal"), doc["prompt"], " agree")
        logits = read(lm.model, loaded.trained.map(persona), torch.tensor([[*text.prompt]]))
        assert value == pytest.approx(float(logits[0, -1].log_softmax(-1)[text.said[0]].detach()), abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", MODES)
def test_left_and_right_padding_read_alike(made: Any, kind: str, mode: str) -> None:
    lm = steered(made, kind, mode)
    virtual = lm._loaded.trained.map(torch.randn(2, 6, generator=torch.Generator().manual_seed(0)))
    short, long = torch.tensor([3, 11, 15]), torch.tensor([3, 12, 16, 20, 4])
    left, right = (
        torch.stack([torch.cat([torch.zeros(2, dtype=torch.int64), short]), long]),
        torch.stack([torch.cat([short, torch.zeros(2, dtype=torch.int64)]), long]),
    )
    one = read(lm.model, virtual, left, torch.tensor([[0, 0, 1, 1, 1], [1, 1, 1, 1, 1]]))
    other = read(lm.model, virtual, right)
    alone = read(lm.model, _first(virtual), short[None])
    assert torch.allclose(one[0, -1], other[0, 2], atol=1e-4)
    assert torch.allclose(one[0, -1], alone[0, -1], atol=1e-4)
    assert torch.allclose(one[1, -1], other[1, -1], atol=1e-4)


def _first(virtual: torch.Tensor) -> torch.Tensor:
    return virtual[:, :, :1] if virtual.dim() == 6 else virtual[:1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", MODES)
def test_what_is_generated_in_a_batch_is_what_each_alone_gets(made: Any, data: Any, kind: str, mode: str) -> None:
    lm, docs = steered(made, kind, mode), rows(data)
    settings = {"until": ["\n\n"], "max_gen_toks": 6, "do_sample": False}
    ask = [Instance("generate_until", doc, (doc["prompt"], dict(settings)), at) for at, doc in enumerate(docs)]
    together = lm.generate_until(ask, disable_tqdm=True)
    assert together == [lm.generate_until([each], disable_tqdm=True)[0] for each in ask]
    assert len(set(together)) > 1
    for doc, ask_one, said in zip(docs, ask, together, strict=True):  # by hand: greedy, token by token
        lm._marked([ask_one])
        text = lm.tok_encode(doc["prompt"])
        start = len(text)
        while len(text) < start + 6 and text[-1] != lm.eot_token_id:
            text.append(int(read(lm.model, lm._soft(lm._personas), torch.tensor([text]))[0, -1].argmax()))
        assert lm.tok_decode(text[start:]) == said


@pytest.mark.parametrize("mode", MODES)
def test_a_prefix_is_what_the_model_would_have_kept(made: Any, mode: str) -> None:
    """Tokens that the model knows, given as virtual ones, read as the tokens themselves."""
    lm = steered(made, "llama", mode)
    ids, head = torch.tensor([[3, 11, 15, 18]]), torch.tensor([[1, 6, 24]])
    with torch.no_grad():
        if mode == "prompt":
            virtual = lm.model.get_input_embeddings()(head)
        else:
            layers = lm.model(head, use_cache=True).past_key_values.layers
            virtual = torch.stack([torch.stack([each.keys, each.values]) for each in layers])
        plain = lm.model(torch.cat([head, ids], 1)).logits[:, 3:]
        assert torch.allclose(read(lm.model, virtual, ids), plain, atol=1e-4)
        assert with_virtual(lm.model, None, ids).skipped == 0


def test_the_answers_used_are_few_as_asked_and_never_the_asked_one(made: Any, data: Any) -> None:
    from ip_bench.steering.who import given_in

    doc = rows(data)[5]
    assert len(given_in(doc, data.items, None)) == 8
    used = given_in(doc, data.items, 3)
    assert len(used) == 3
    assert used == given_in(doc | {"given": json.dumps(doc["given"][::-1])}, data.items, 3)
    cheat = doc | {"given": [*doc["given"], {"item": doc["item_id"], "answer": "agree"}]}
    assert doc["item_id"] not in given_in(cheat, data.items, None)
    one, other = (steered(made, "llama", "prefix", answers=number) for number in (1, "all"))
    assert one.loglikelihood(asked([doc]), disable_tqdm=True) != other.loglikelihood(asked([doc]), disable_tqdm=True)


def test_fixed_personas_serve_rows_without_answers(made: Any, tmp_path: Path) -> None:
    file = tmp_path / "me.json"
    file.write_text(json.dumps({"always-fund-parks": "agree", "no-such-item": "agree"}))
    doc = {"item_id": "x", "prompt": "Statement: always ban zoos\nAnswer (disagree, unsure or agree):"}
    values = [
        steered(made, "llama", "prompt", persona=who).loglikelihood(asked([doc]), disable_tqdm=True)[0][0]
        for who in ("cohort:1", "cohort:2", "random:7", str(file))
    ]
    assert len(set(values)) == 4
    assert np.isfinite(values).all()


@pytest.mark.parametrize("number", ["all", 2])
def test_a_file_of_answers_does_not_give_away_the_asked_one(made: Any, tmp_path: Path, number: str | int) -> None:
    world = stances.world()
    asks, *some = (world.items[at] for at in world.seen[:5])
    others = {each.item_id: "disagree" for each in some}
    file = tmp_path / "me.json"
    doc = {"item_id": asks.item_id, "prompt": prompts.question(asks)}
    values = []
    for said in (others, others | {asks.item_id: "agree"}, others | {asks.item_id: "disagree"}):
        file.write_text(json.dumps(said))
        lm = steered(made, "llama", "prompt", persona=str(file), answers=number)
        values.append(
            [lm.loglikelihood(asked([each]), disable_tqdm=True)[0][0] for each in (doc, {**doc, "item_id": "x"})]
        )
    assert values[0][0] == values[1][0] == values[2][0]
    if number == "all":
        assert len({each[1] for each in values}) == 3  # another item may know all of them
    alone = tmp_path / "alone.json"
    alone.write_text(json.dumps({asks.item_id: "agree", "of-another-survey": "yes"}))
    left, nobody = (steered(made, "llama", "prompt", persona=str(alone), answers=each) for each in ("all", 0))
    one, other = (lm.loglikelihood(asked([doc]), disable_tqdm=True)[0][0] for lm in (left, nobody))
    assert one == pytest.approx(other, abs=1e-6)


def test_answers_to_items_that_nothing_was_learned_of_do_not_count(made: Any, tmp_path: Path) -> None:
    world = stances.world()
    new, old = ([world.items[at].item_id for at in codes[:6]] for codes in (world.unseen, world.seen))
    doc = {"item_id": "x", "prompt": prompts.question(world.items[world.seen[9]])}
    values = []
    for said in ([*new, old[0]], old[:1]):
        (tmp_path / "me.json").write_text(json.dumps(dict.fromkeys(said, "agree")))
        lm = steered(made, "llama", "prompt", persona=str(tmp_path / "me.json"), answers=1)
        values.append(lm.loglikelihood(asked([doc]), disable_tqdm=True)[0][0])
    nobody = steered(made, "llama", "prompt", persona=str(tmp_path / "me.json"), answers=0)
    unknown = nobody.loglikelihood(asked([doc]), disable_tqdm=True)[0][0]
    assert values[0] == values[1] != unknown
    (tmp_path / "me.json").write_text(json.dumps(dict.fromkeys(new, "agree")))
    lm = steered(made, "llama", "prompt", persona=str(tmp_path / "me.json"))
    assert lm.loglikelihood(asked([doc]), disable_tqdm=True)[0][0] == unknown


def test_options_of_several_tokens_sum_and_those_of_one_share_a_pass(made: Any) -> None:
    lm = HFLM(pretrained=str(made["llama", "prompt"][0]), device="cpu")
    ask = prompts.question(stances.world().items[0])
    single = [encoded(lm, ask, said) for said in (" agree", " disagree")]
    double = [encoded(lm, ask, said) for said in (" agree", " disagree unsure")]
    p = np.exp(option_log_probabilities(lm.model, [single, double, [*single, encoded(lm, ask, " unsure")]], None))
    assert p.shape == (3, 3)
    assert p.sum(1) == pytest.approx(np.ones(3))
    assert (p[:2, 2] == 0).all()
    assert p[1, 0] > p[0, 0]  # a longer answer is less likely, so the short one gains


def test_training_depends_on_content_and_seed_alone(made: Any, data: Any) -> None:
    lm = HFLM(pretrained=str(made["llama", "prompt"][0]), device="cpu")
    codes, world = np.arange(PEOPLE), stances.world()
    parts = Parts(codes[:30], codes[30:40], codes[40:], world.seen, world.unseen)
    losses = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed + len(losses))  # what the caller drew before must not matter
        losses.append(train(lm, data, parts, Training(mode="prompt", dims=2, epochs=1, cells=2, seed=seed)).losses)
    assert losses[0] == losses[1] != losses[2]


def test_a_folder_holds_weights_as_safetensors_and_nothing_of_people(made: Any) -> None:
    _, folder = made["llama", "prefix"]
    assert sorted(each.name for each in folder.iterdir()) == ["filter.safetensors", "map.safetensors", "steer.json"]
    text = (folder / "steer.json").read_text()
    record = json.loads(text)
    assert record["model"] == "llama"
    assert str(folder.parent) not in text
    assert "p01" not in text
    assert record["shape"] == {
        "mode": "prefix", "persona": 6, "tokens": 3, "hidden": 32, "layers": 3, "heads": 4, "width": 64,
    }  # fmt: skip


def test_a_folder_of_another_model_or_with_another_file_is_refused(made: Any, tmp_path: Path) -> None:
    model, folder = made["llama", "prompt"]
    other = made["gpt2", "prompt"][0]
    with pytest.raises(IntegrityError, match="weights have SHA-256"):
        load(folder, HFLM(pretrained=str(other), device="cpu").model)
    lm = HFLM(pretrained=str(model), device="cpu")
    broken = tmp_path / "broken"
    broken.mkdir()
    for each in folder.iterdir():
        (broken / each.name).write_bytes(each.read_bytes())
    (broken / "map.safetensors").write_bytes(b"0" * 40)
    with pytest.raises(IntegrityError, match=r"map\.safetensors"):
        load(broken, lm.model)
    record = json.loads((folder / "steer.json").read_text())
    (broken / "map.safetensors").write_bytes((folder / "map.safetensors").read_bytes())
    (broken / "steer.json").write_text(json.dumps({key: value for key, value in record.items() if key != "shape"}))
    with pytest.raises(IpBenchError, match="shape"):
        load(broken, lm.model)
    with pytest.raises(IpBenchError, match=r"no steer\.json"):
        load(tmp_path, lm.model)


def test_bad_input_is_named(made: Any, data: Any, tmp_path: Path) -> None:
    doc = rows(data)[0]
    lm = steered(made, "llama", "prefix")
    for given, match in (
        ("nonsense", "given"),
        ([{"item": "always-fund-parks", "answer": "maybe"}], "unknown option"),
        ([{"item": "of-another-survey", "answer": "yes"}], r"none of the 1 answers given \(of-another-survey\)"),
    ):
        with pytest.raises(IpBenchError, match=match):
            lm.loglikelihood(asked([doc | {"given": given}]), disable_tqdm=True)
    with pytest.raises(IpBenchError, match="no column 'given'"):
        lm.loglikelihood(asked([{"item_id": "x", "prompt": "Statement: x"}]), disable_tqdm=True)
    with pytest.raises(IpBenchError, match="longer than"):
        lm.loglikelihood(asked([doc | {"prompt": doc["prompt"] * 200}]), disable_tqdm=True)
    with pytest.raises(NotImplementedError):
        lm.loglikelihood_rolling(asked([doc]))
    with pytest.raises(IpBenchError, match="cache"):
        lm.set_cache_hook(None)
    with pytest.raises(UnknownNameError, match="cohorts are: 1, 2"):
        steered(made, "llama", "prefix", persona="cohort:3")
    with pytest.raises(IpBenchError, match="neither cohort"):
        steered(made, "llama", "prefix", persona="everyman")
    with pytest.raises(IpBenchError, match="answers='some'"):
        steered(made, "llama", "prefix", answers="some")
    with pytest.raises(UnknownNameError, match="modes are: prompt, prefix"):
        Shape.of(lm.model, "lora", persona=2, tokens=1, hidden=4)
    with pytest.raises(IpBenchError, match="tokens is 0"):
        Training(tokens=0)


def test_weights_hash_sees_one_changed_number(made: Any) -> None:
    model = HFLM(pretrained=str(made["llama", "prompt"][0]), device="cpu").model
    before = weights_hash(model)
    assert before == weights_hash(model)
    with torch.no_grad():
        model.get_input_embeddings().weight[0, 0] += 1e-3
    assert weights_hash(model) != before


def test_the_map_gives_every_persona_its_own_tokens() -> None:
    shape = Shape(mode="prefix", persona=4, tokens=2, hidden=8, layers=3, heads=2, width=6)
    soft = SoftMap(shape)
    out = soft(torch.randn(5, 4))
    assert out.shape == (3, 2, 5, 2, 2, 3)
    assert not torch.allclose(out[:, :, 0], out[:, :, 1])
    flat = SoftMap(replace(shape, mode="prompt", layers=1, heads=1))
    assert flat(torch.randn(5, 4)).shape == (5, 2, 6)
