"""A planted world of opinions, and a small transformer that is trained here to read prompts about its people.

It is a test device. A statement is an adverb, a verb and a topic; the topic has a direction in the space of opinions,
and adverb and verb each keep or turn its sign: `never ban parks` says what `always fund parks` says. So who reads the
words together can tell what a statement that nobody has answered stands for, and a sum over words cannot. Two
attributes of people go with their places, loosely.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ip_bench.cohorts import Answers, Group, Item
from ip_bench.cohorts.answers import Floats, Ints
from ip_bench.steering import prompts

TOPICS = (
    "parks", "libraries", "casinos", "churches", "taxes", "schools", "prisons", "mines", "farms", "trains", "cars",
    "zoos", "drones", "unions", "banks", "dams",
)  # fmt: skip
VERBS = {"fund": 1, "allow": 1, "ban": -1, "cut": -1}
ADVERBS = {"always": 1, "never": -1}
OPTIONS = ("disagree", "unsure", "agree")
ATTRIBUTES = {
    "age": ("teen", "young", "grown", "middle", "old"),
    "home": ("remote", "village", "town", "suburb", "city"),
}
CUTS = (-0.84, -0.25, 0.25, 0.84)
DIMS = len(ATTRIBUTES)
STRENGTH, TIES, MIDDLE = 2.5, 0.7, 0.4
UNSEEN = 32
WIDTH, LAYERS, HEADS = 64, 3, 4
WORDS = (
    "<pad>", "<s>", "<unk>", "Statement:", "Answer (disagree, unsure or agree):", "\n\n", "About the person:",
    "People like this person say:", ",", ".", *OPTIONS, *ADVERBS, *VERBS, *TOPICS, *ATTRIBUTES,
    *(level for levels in ATTRIBUTES.values() for level in levels),
)  # fmt: skip


class World(NamedTuple):
    """Items with their `loadings` (items, dims) and `offsets` (items,); `seen` and `unseen` are codes of items."""

    items: tuple[Item, ...]
    loadings: Floats
    offsets: Floats
    seen: Ints
    unseen: Ints


def world(seed: int = 0) -> World:
    draw = np.random.default_rng(seed)
    angle = draw.uniform(0, 2 * np.pi, len(TOPICS))
    direction = STRENGTH * np.stack([np.cos(angle), np.sin(angle)], 1)
    liked = draw.normal(0, 0.5, len(TOPICS))
    items, loadings, offsets = [], [], []
    for topic, noun in enumerate(TOPICS):
        for verb, turn in VERBS.items():
            for adverb, again in ADVERBS.items():
                text = f"{adverb} {verb} {noun}"
                items.append(Item(text.replace(" ", "-"), text, OPTIONS))
                loadings.append(turn * again * direction[topic])
                offsets.append(turn * again * liked[topic])
    order = draw.permutation(len(items))
    return World(
        tuple(items), np.array(loadings), np.array(offsets), np.sort(order[UNSEEN:]), np.sort(order[:UNSEEN])
    )  # fmt: skip


class Population(NamedTuple):
    place: Floats
    levels: Ints


def population(people: int, draw: np.random.Generator) -> Population:
    place = draw.standard_normal((people, DIMS))
    hint = TIES * place + np.sqrt(1 - TIES**2) * draw.standard_normal((people, DIMS))
    return Population(place, np.digitize(hint, CUTS))


def replies(place: Floats, item: Ints, made: World, draw: np.random.Generator) -> Ints:
    """Return answers of places (..., dims) to items (...)."""
    score = (place * made.loadings[item]).sum(-1) + made.offsets[item] + draw.logistic(size=item.shape)
    return (score > -MIDDLE).astype(np.int64) + (score > MIDDLE)


def answers(made: World, people: int, seed: int = 1, observed: float = 0.4) -> Answers:
    """Return answers of people to all items, seen and unseen, each cell observed with the same probability."""
    draw = np.random.default_rng(seed)
    who = population(people, draw)
    person, item = np.nonzero(draw.random((people, len(made.items))) < observed)
    groups = [
        Group(name, levels, who.levels[:, at].astype(np.int64)) for at, (name, levels) in enumerate(ATTRIBUTES.items())
    ]
    return Answers.of(person, item, replies(who.place[person], item, made, draw), made.items, people, groups)


def tokenizer() -> Any:
    """Return a tokenizer of whole words; an instruction that never changes is one of them."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="<unk>"))
    fixed = r"Statement:|Answer \(disagree, unsure or agree\):|About the person:|People like this person say:"
    pieces = fixed + r"|\n\n|[,.]|[a-z]+"
    words.pre_tokenizer = pre_tokenizers.Split(Regex(pieces), behavior="removed", invert=True)
    return PreTrainedTokenizerFast(tokenizer_object=words, bos_token="<s>", pad_token="<pad>", eos_token="\n\n")


def untrained(kind: str = "llama") -> Any:
    """Return a small model before training: `llama`, which turns its positions, or `gpt2`, which learns them."""
    from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

    marks = {
        "bos_token_id": WORDS.index("<s>"), "eos_token_id": WORDS.index("\n\n"), "pad_token_id": WORDS.index("<pad>"),
    }  # fmt: skip
    if kind == "gpt2":
        return GPT2LMHeadModel(GPT2Config(
            vocab_size=len(WORDS), n_embd=WIDTH, n_layer=2, n_head=HEADS, n_positions=256, initializer_range=0.3,
            **marks,
        ))  # fmt: skip
    return LlamaForCausalLM(LlamaConfig(
        vocab_size=len(WORDS), hidden_size=WIDTH, intermediate_size=3 * WIDTH, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, max_position_embeddings=512, tie_word_embeddings=True, initializer_range=0.1, **marks
    ))  # fmt: skip


def train(
    made: World, folder: Path, *, steps: int = 700, rows: int = 24, shots: int = 6, seed: int = 0, say: Any = None
) -> None:
    """Train on other people's answers to the seen items, with and without their attributes, and write a checkpoint.

    A readout that is thrown away learns place and item from a middle layer, which is quicker than answers alone.
    """
    import torch
    from torch.nn.functional import cross_entropy, mse_loss

    words = tokenizer()
    ids = {word: at for at, word in enumerate(WORDS)}
    asked = np.array([words(prompts.question(item))["input_ids"] for item in made.items])
    given = np.array([ids[option] for option in OPTIONS])
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed + 100)
    model = untrained()
    readout = torch.nn.Linear(WIDTH, 2 * DIMS)
    learned = [*model.parameters(), *readout.parameters()]
    optimizer = torch.optim.AdamW(learned, lr=4e-3, weight_decay=0.02, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps, pct_start=0.1)
    for step in range(steps):
        heard = []
        for told in (True, False):
            who = population(rows, draw)
            item = made.seen[draw.integers(0, len(made.seen), (rows, shots))]
            code = replies(who.place[:, None], item, made, draw)
            said = [asked[item], given[code][..., None], np.full((rows, shots, 1), ids["\n\n"])]
            parts = [np.full((rows, 1), ids["<s>"]), np.concatenate(said, -1).reshape(rows, -1)]
            if told:
                heads = [prompts.demographics(_groups(levels), 0) for levels in who.levels]
                parts.insert(1, np.array(words(heads)["input_ids"]))
            elif step % 2:
                parts.insert(1, np.array(words(["People like this person say:\n\n"] * rows)["input_ids"]))
            tokens = torch.tensor(np.concatenate(parts, 1))
            at = tokens == asked[0, -1]
            out = model.model(input_ids=tokens, output_hidden_states=True, use_cache=False)
            logits = model.lm_head(out.last_hidden_state[at])
            loss = cross_entropy(logits, torch.tensor(given[code].reshape(-1)))
            truth = np.concatenate([np.repeat(who.place, shots, 0), made.loadings[item].reshape(-1, DIMS) / 2], 1)
            read = mse_loss(readout(out.hidden_states[LAYERS - 1][at]), torch.tensor(truth, dtype=torch.float32))
            (loss + 2 * read).backward()
            heard.append((loss.item(), read.item()))
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if say and step % 50 == 0:
            say(step, heard)
    model.eval().save_pretrained(folder)
    words.save_pretrained(folder)


def _groups(levels: Ints) -> list[Group]:
    return [Group(name, ATTRIBUTES[name], levels[at : at + 1]) for at, name in enumerate(ATTRIBUTES)]
