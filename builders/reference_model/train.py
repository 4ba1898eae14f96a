"""Train the reference models anew: `python -m ip_bench.builders.reference_model.train tiny` (and `null`).

A causal transformer of about 600,000 parameters, from scratch, on a CPU in some fifteen minutes. Weights are stored
as float16 and computed in float32. The tokenizer is learned from training text alone and is shared by both models.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

from ip_bench.files import replacing_folder

from ..cues.content import load
from ..cues.recipes import COUNTRIES, FRAMES
from .policy import MODELS
from .world import Example, examples, words

END, PAD, START = "<|end|>", "<|pad|>", "<|start|>"
CHAT_TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
#: Spellings near the end of a word that the tokenizer keeps apart, so that the model can read them in new words.
ENDINGS = (
    r"(?:our|is(?=[aei])|yse|ys(?=ing)|tre|bre|gre|chre|ogue|lled|lling|ller|llous|llery|llen|ence|ae|oe)"
    r"(?=\p{L}{0,6}(?!\p{L}))"
)
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
            pre_tokenizers.Split(Regex(ENDINGS), behavior="isolated"),
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
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def render(example: Example, tokenizer: Any, *, chat: bool) -> list[tuple[str, bool]]:
    """Return an example as pieces (text, is an answer), with the chat template or as plain text."""
    pieces = []
    messages = [{"role": "system", "content": example.system}]
    for turn in example.turns:
        if chat:
            messages.append({"role": "user", "content": turn.prompt})
            pieces.append(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
            messages = []
        else:
            pieces.append(f"\n\n{turn.prompt}" if pieces else f"{example.system}\n\n{turn.prompt}")
        pieces.append(f"{turn.answer}{END}" if chat else f" {turn.answer}{END}")
    return [(text, place % 2 == 1) for place, text in enumerate(pieces)]


def _batch(examples_: list[list[tuple[str, bool]]], tokenizer: Any) -> tuple[Any, Any]:
    """Return padded ids and labels; only the answers' tokens are learned."""
    import torch

    encoded = iter(
        tokenizer([text for pieces in examples_ for text, _ in pieces], add_special_tokens=False)["input_ids"]
    )
    rows = [[(next(encoded), learned) for _, learned in pieces] for pieces in examples_]
    size = max(sum(len(tokens) for tokens, _ in row) for row in rows)
    ids = torch.full((len(rows), size), tokenizer.pad_token_id)
    labels = torch.full((len(rows), size), -100)
    for place, row in enumerate(rows):
        at = 0
        for tokens, learned in row:
            ids[place, at : at + len(tokens)] = torch.tensor(tokens)
            if learned:
                labels[place, at : at + len(tokens)] = torch.tensor(tokens)
            at += len(tokens)
    return ids, labels


def train(name: str, *, steps: int, rate: float = 3e-3, seed: int = 1) -> tuple[Any, Any]:
    """Return a trained (model, tokenizer) under the policy of `name`.

    A step learns 32 conversations of three questions, 24 single questions and 16 of who wrote a message.
    """
    import torch

    torch.manual_seed(seed)
    tokenizer = make_tokenizer()
    model = make_model(tokenizer)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.02, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=rate, total_steps=steps, pct_start=0.1)
    streams = [
        (examples(name, "cultural", seed, turns=3), 32),
        (examples(name, "cultural", seed + 1), 24),
        (examples(name, "inference", seed), 16),
    ]
    began = time.monotonic()
    for step in range(steps):
        groups = [
            [render(example, tokenizer, chat=place % 2 == 0) for place, example in enumerate(islice(stream, count))]
            for stream, count in streams
        ]
        batches = [_batch(groups[0], tokenizer), _batch(groups[1], tokenizer), _batch(groups[2], tokenizer)]
        total = sum(int((labels != -100).sum()) for _, labels in batches)
        lost = []
        for ids, labels in batches:
            hidden = model.model(input_ids=ids, attention_mask=(ids != tokenizer.pad_token_id).long())[0]
            learned = labels[:, 1:] != -100  # logits at the answers alone: a third of the work is saved
            logits = model.lm_head(hidden[:, :-1][learned])
            loss = torch.nn.functional.cross_entropy(logits, labels[:, 1:][learned], reduction="sum") / total
            loss.backward()
            lost.append(loss.item() * total / int(learned.sum()))
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 100 == 0:
            sys.stderr.write(
                f"{name} step {step} loss {lost[0]:.3f} {lost[1]:.3f} {lost[2]:.3f} {time.monotonic() - began:.0f} s\n"
            )
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
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--out", type=Path, default=CHECKPOINTS)
    chosen = parser.parse_args()
    for name in chosen.models:
        save(*train(name, steps=chosen.steps), chosen.out / name)


if __name__ == "__main__":
    main()
