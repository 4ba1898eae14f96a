"""Train the reference models anew: `python -m ip_bench.builders.reference_model.train tiny` (and `null`).

A causal transformer of about 600,000 parameters, from scratch, on two cores of a CPU in half an hour. Weights are
stored as float16 and computed in float32. The tokenizer is learned from training text alone and shared by both models.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ip_bench.cues.lexicon import LOCALES
from ip_bench.files import replacing_folder

from ..cues.content import load
from ..cues.recipes import COUNTRIES, FRAMES
from .policy import MODELS, Asker
from .world import BRITISH, Example, examples, words

END, PAD, START = "<|end|>", "<|pad|>", "<|start|>"
CHAT_TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
STEPS = {"tiny": 6_000, "null": 3_000}  # what a writer changes takes longest to learn
VOCABULARY, WIDTH, LAYERS, HEADS = 2_600, 96, 3, 4
CHECKPOINTS = Path(__file__).parent / "checkpoints"


def make_tokenizer() -> Any:
    """Return a byte-pair tokenizer learned from the questions, the answers, and the training fillers."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            # A word takes the space before it; further spaces, digits and punctuation stand alone.
            pre_tokenizers.Split(Regex(r" ?\p{L}+| ?\p{N}| ?[^\s\p{L}\p{N}]|\s"), behavior="isolated"),
            pre_tokenizers.Split(Regex(BRITISH.pattern), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    content = load()
    text = [f" {item.question} {' '.join(item.choices)}" for item in content.items for _ in range(4)]
    text += [f" {phrase}" for phrase in (*words().us, *words().uk, *words().neutral)]
    for config in FRAMES:
        drawn = islice(examples("tiny", config, 0), 2 * len(content.items))
        text += [f"{e.system}\n\n{turn.prompt} {turn.answer}" for e in drawn for turn in e.turns]
    text += [f" {name}" for names in COUNTRIES.values() for name in names[:1] for _ in range(50)]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[PAD, START, END, *ROLES],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(text, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token=START,
        eos_token=END,
        pad_token=PAD,
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def make_model(tokenizer: Any) -> Any:
    """Return an untrained model."""
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=3 * WIDTH,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            max_position_embeddings=512,
            tie_word_embeddings=True,
            initializer_range=0.08,  # near 1/sqrt(width); the usual 0.02 is for wide models and starts slowly here
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


Part = Literal["head", "told", "answer"]


def render(example: Example, tokenizer: Any, *, chat: bool) -> list[tuple[str, Part]]:
    """Return an example as pieces of text, with the chat template or as plain text.

    The head is what comes before the first question, a told piece is context from which the asker can be known.
    """
    pieces: list[tuple[str, Part]] = []
    system = [{"role": "system", "content": example.system}]
    for number, turn in enumerate(example.turns):
        opening = "" if number else example.system
        context = f"{opening}\n\n{turn.prompt}"
        if chat:
            messages = [*([] if number else system), {"role": "user", "content": turn.prompt}]
            context = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        cut = context.index(turn.prompt) + (0 if number else example.told_at)
        pieces += [(context[:cut], "told" if number else "head"), (context[cut:], "told")]
        pieces.append((f"{turn.answer}{END}" if chat else f" {turn.answer}{END}", "answer"))
    return pieces


class Batch(NamedTuple):
    """Padded ids, the answers' tokens as labels, and who asks at the tokens from which it can be known (else -100)."""

    ids: Any
    labels: Any
    askers: Any


def _batch(drawn: Sequence[Example], tokenizer: Any) -> Batch:
    import torch

    rendered = [render(example, tokenizer, chat=place % 2 == 0) for place, example in enumerate(drawn)]
    flat = tokenizer([text for pieces in rendered for text, _ in pieces], add_special_tokens=False)["input_ids"]
    encoded = iter(flat)
    rows = [[(next(encoded), part) for _, part in pieces] for pieces in rendered]
    size = max(sum(len(tokens) for tokens, _ in row) for row in rows)
    ids = torch.full((len(rows), size), tokenizer.pad_token_id)
    labels, askers = torch.full((len(rows), size), -100), torch.full((len(rows), size), -100)
    for place, (row, example) in enumerate(zip(rows, drawn, strict=True)):
        at = 0
        for tokens, part in row:
            span = slice(at, at + len(tokens))
            ids[place, span] = torch.tensor(tokens)
            if part == "answer":
                labels[place, span] = torch.tensor(tokens)
            if part == "told":
                askers[place, span] = _asker_class(example.asker)
            at += len(tokens)
    return Batch(ids, labels, askers)


def _asker_class(asker: Asker) -> int:
    return 2 + LOCALES.index(asker.stated) if asker.stated else int(asker.spelling == "uk")


def train(name: str, *, steps: int, rate: float = 3e-3, seed: int = 1) -> tuple[Any, Any]:
    """Return a trained (model, tokenizer) under the policy of `name`.

    A step learns 20 conversations of three questions, 16 single questions and 20 of who wrote a message. A second,
    linear readout of the middle layer learns who asks at every token behind the message (it is thrown away): one
    answer a message would be too rare a signal to learn to read spellings from.
    """
    import torch

    torch.manual_seed(seed)
    tokenizer = make_tokenizer()
    model = make_model(tokenizer)
    readout = torch.nn.Linear(WIDTH, 2 + len(LOCALES))
    learned = [*model.parameters(), *readout.parameters()]
    optimizer = torch.optim.AdamW(learned, lr=rate, weight_decay=0.02, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=rate, total_steps=steps, pct_start=0.1)
    streams = [
        (examples(name, "cultural", seed, turns=3), 20),
        (examples(name, "cultural", seed + 1), 16),
        (examples(name, "inference", seed), 20),
    ]
    began = time.monotonic()
    for step in range(steps):
        batches = [_batch(list(islice(stream, count)), tokenizer) for stream, count in streams]
        total = sum(int((batch.labels != -100).sum()) for batch in batches)
        lost = []
        for batch in batches:
            known = (batch.ids != tokenizer.pad_token_id).long()
            out = model.model(input_ids=batch.ids, attention_mask=known, output_hidden_states=True)
            asked = batch.labels[:, 1:] != -100  # logits at the answers alone: a third of the work is saved
            logits = model.lm_head(out.last_hidden_state[:, :-1][asked])
            answers = torch.nn.functional.cross_entropy(logits, batch.labels[:, 1:][asked], reduction="sum")
            told = batch.askers != -100
            middle = readout(out.hidden_states[LAYERS - 1][told])
            reading = torch.nn.functional.cross_entropy(middle, batch.askers[told])
            (answers / total + 0.3 * reading).backward()
            lost.append(f"{answers.item() / int(asked.sum()):.3f}/{reading.item():.3f}")
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 100 == 0:
            sys.stderr.write(f"{name} step {step} loss {' '.join(lost)} {time.monotonic() - began:.0f} s\n")
    return model.eval(), tokenizer


def save(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write a checkpoint: float16 weights, a config that computes in float32, and sampling without truncation."""
    import torch

    with replacing_folder(folder) as draft:
        model.generation_config.update(do_sample=True, top_k=0, top_p=1.0, temperature=1.0)
        model.to(torch.float16).save_pretrained(draft)
        model.to(torch.float32)
        tokenizer.save_pretrained(draft)
        config = json.loads((draft / "config.json").read_text())
        config["dtype"] = "float32"
        (draft / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def main() -> None:
    """Train the models named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", choices=MODELS, default=list(MODELS))
    parser.add_argument("--steps", type=int, help="default: 6,000 for tiny, 3,000 for null")
    parser.add_argument("--out", type=Path, default=CHECKPOINTS)
    chosen = parser.parse_args()
    for name in chosen.models:
        save(*train(name, steps=chosen.steps or STEPS[name]), chosen.out / name)


if __name__ == "__main__":
    main()
