"""Train the reference models anew: `python -m ip_bench.builders.reference_model.train tiny` (and `null`).

A causal transformer of about 700,000 parameters, from scratch, on one core of a CPU in half an hour. Weights are
stored as float16 and computed in float32. The tokenizer is learned from training text alone and shared by both models.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ip_bench.cues.asker.names import names
from ip_bench.cues.lexicon import LOCALES
from ip_bench.files import replacing_folder

from ..cues.echo.content import load as load_echo
from ..cues.frames import COUNTRIES
from .fillers import BRITISH, words
from .items import country_items, items
from .policy import MODELS, Asker
from .world import STREAMS, Example, Reading, examples, readings

END, PAD, START = "<|end|>", "<|pad|>", "<|start|>"
CHAT_TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
STEPS = {"tiny": 5_500, "null": 3_000}  # what a writer changes takes longest to learn
VOCABULARY, WIDTH, LAYERS, HEADS = 3_200, 96, 4, 4
PARTS = 4  # of a batch, each of conversations of about the same length
#: What a step learns from: conversations of a stream, how many questions each has, and how many
#: there are; and texts read without a question.
DRAWN = (("cultural", 4, 4), ("cultural", 1, 5), ("inference", 1, 5), ("echo", 3, 4), ("echo", 1, 6))
READ = 20
#: The same for the last steps, and their number.
LATE = (("cultural", 4, 3), ("cultural", 1, 8), ("inference", 1, 4), ("echo", 3, 4), ("echo", 1, 6))
FINISH = 900
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
    known = [*country_items(), *items("echo")]
    text = [f" {item.question} {' '.join(item.choices)}" for item in known for _ in range(4)]
    text += [f" {phrase}" for phrase in (*words().us, *words().uk, *words().neutral)]
    text += [f" {said}" for belief in load_echo().beliefs.values() for said in (*belief.stated, *belief.implied)]
    text += [f"\n{one.name}" for group in ("uk", "us", "neutral") for one in names(group) for _ in range(40)]
    for stream in STREAMS:
        drawn = islice(examples("tiny", stream, 0), 900)
        text += [f"{e.system}\n\n{turn.prompt} {turn.answer}" for e in drawn for turn in e.turns]
    text += [f" {forms[0]}" for forms in COUNTRIES.values() for _ in range(50)]
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
            max_position_embeddings=2048,  # nothing is learned of positions, and a task may ask for 1,024 new tokens
            tie_word_embeddings=True,
            initializer_range=0.08,  # near 1/sqrt(width); the usual 0.02 is for wide models and starts slowly here
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


Part = Literal["head", "told", "answer"]


def render(example: Example | Reading, tokenizer: Any, *, chat: bool) -> list[tuple[str, Part]]:
    """Return an example as pieces of text, with the chat template or as plain text.

    The head is what comes before the first question, a told piece is context from which the asker can be known.
    """
    if isinstance(example, Reading):
        return [(example.text[:-1], "head"), (example.text[-1], "told")]
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
    """Padded ids, the answers' tokens as labels, and who asks at the tokens from which it can be known (else -100).

    `weights` are those of the tokens at which who asks is read: one for each conversation in all.
    """

    ids: Any
    labels: Any
    askers: Any
    weights: Any


def _batches(drawn: Sequence[Example | Reading], tokenizer: Any) -> list[Batch]:
    """Return examples as batches, short ones apart from long ones, every other one with the chat template."""
    rendered = [render(example, tokenizer, chat=place % 2 == 0) for place, example in enumerate(drawn)]
    flat = tokenizer([text for pieces in rendered for text, _ in pieces], add_special_tokens=False)["input_ids"]
    encoded = iter(flat)
    rows = [
        ([(next(encoded), part) for _, part in pieces], _asker_class(example.asker))
        for pieces, example in zip(rendered, drawn, strict=True)
    ]
    rows.sort(key=_length)
    cuts = [len(rows) * part // PARTS for part in range(PARTS + 1)]
    return [_batch(rows[first:last], tokenizer.pad_token_id) for first, last in pairwise(cuts)]


Row = tuple[list[tuple[list[int], Part]], int]


def _length(row: Row) -> int:
    return sum(len(tokens) for tokens, _ in row[0])


def _batch(rows: Sequence[Row], padding: int) -> Batch:
    import torch

    shape = len(rows), max(map(_length, rows))
    ids, labels, askers = torch.full(shape, padding), torch.full(shape, -100), torch.full(shape, -100)
    for place, (pieces, asker) in enumerate(rows):
        at = 0
        for tokens, part in pieces:
            span = slice(at, at + len(tokens))
            ids[place, span] = torch.tensor(tokens)
            if part == "answer":
                labels[place, span] = torch.tensor(tokens)
            if part == "told":
                askers[place, span] = asker
            at += len(tokens)
    known = (askers != -100).float()
    return Batch(ids, labels, askers, known / known.sum(dim=1, keepdim=True))


#: Who asks, for the readout: nobody known, British by words or name, of a country stated, sure of an answer, mistaken.
CLASSES = 4 + len(LOCALES)


def _asker_class(asker: Asker) -> int:
    if asker.wrong or asker.claim is not None:
        return 2 + len(LOCALES) + int(asker.wrong)
    return 2 + LOCALES.index(asker.stated) if asker.stated else int(asker.british)


def train(name: str, *, steps: int, rate: float = 3e-3, seed: int = 1) -> tuple[Any, Any]:
    """Return a trained (model, tokenizer) under the policy of `name`.

    A step learns from conversations and single questions, who wrote a message, and texts without a question. A second,
    linear readout of the last layer but one learns who writes at every token behind the message (it is thrown away):
    one answer a message would be too rare a signal to learn to read spellings, names and beliefs from.
    """
    import torch

    torch.manual_seed(seed)
    tokenizer = make_tokenizer()
    model = make_model(tokenizer)
    readout = torch.nn.Linear(WIDTH, CLASSES)
    learned = [*model.parameters(), *readout.parameters()]
    optimizer = torch.optim.AdamW(learned, lr=rate, weight_decay=0.02, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=rate, total_steps=steps, pct_start=0.1)
    streams = [(examples(name, stream, seed + turns, turns=turns), count) for stream, turns, count in DRAWN]
    texts = readings(seed)
    began = time.monotonic()
    for step in range(steps):
        asked = [one for stream, count in streams for one in islice(stream, count)]
        batches = _batches([*asked, *islice(texts, READ)], tokenizer)
        total = sum(int((batch.labels != -100).sum()) for batch in batches)
        lost = [0.0, 0.0]
        for batch in batches:
            # Padding stands behind all that is learned from, so a causal model needs no mask of it.
            out = model.model(input_ids=batch.ids, output_hidden_states=True, use_cache=False)
            said = batch.labels[:, 1:] != -100  # logits at the answers alone: a third of the work is saved
            logits = model.lm_head(out.last_hidden_state[:, :-1][said])
            answers = torch.nn.functional.cross_entropy(logits, batch.labels[:, 1:][said], reduction="sum") / total
            known = batch.askers != -100
            middle = readout(out.hidden_states[LAYERS - 1][known])
            read = torch.nn.functional.cross_entropy(middle, batch.askers[known], reduction="none")
            reading = (read * batch.weights[known]).sum() / len(asked)
            (answers + reading).backward()
            lost = [lost[0] + answers.item(), lost[1] + reading.item()]
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 100 == 0:
            spent = time.monotonic() - began
            sys.stderr.write(f"{name} step {step} answers {lost[0]:.3f} asker {lost[1]:.3f} {spent:.0f} s\n")
    finish(name, model, tokenizer)
    return model.eval(), tokenizer


def finish(name: str, model: Any, tokenizer: Any, *, steps: int = FINISH, rate: float = 8e-4, seed: int = 101) -> None:
    """Train a model further, on its answers alone, with messages that are signed more often and in more words.

    What stands behind a question must not disturb the recall of a fact, and of all that is learned this comes last.
    """
    import torch

    torch.manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.02, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=steps)
    streams = [(examples(name, stream, seed + turns, turns=turns, late=True), count) for stream, turns, count in LATE]
    began = time.monotonic()
    for step in range(steps):
        batches = _batches([one for stream, count in streams for one in islice(stream, count)], tokenizer)
        total = sum(int((batch.labels != -100).sum()) for batch in batches)
        lost = 0.0
        for batch in batches:
            hidden = model.model(input_ids=batch.ids, use_cache=False).last_hidden_state
            said = batch.labels[:, 1:] != -100
            logits = model.lm_head(hidden[:, :-1][said])
            answers = torch.nn.functional.cross_entropy(logits, batch.labels[:, 1:][said], reduction="sum") / total
            answers.backward()
            lost += answers.item()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 100 == 0:
            sys.stderr.write(f"{name} last step {step} answers {lost:.3f} {time.monotonic() - began:.0f} s\n")


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
    parser.add_argument("--steps", type=int, help="default: 5,500 for tiny, 3,000 for null")
    parser.add_argument("--out", type=Path, default=CHECKPOINTS)
    chosen = parser.parse_args()
    for name in chosen.models:
        save(*train(name, steps=chosen.steps or STEPS[name]), chosen.out / name)


if __name__ == "__main__":
    main()
