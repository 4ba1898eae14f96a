"""How far can the refusal judges be trusted? The tables of docs/judge_audit.md.

    python benchmarks/judge_audit.py                    # the rules, each row in eight forms of every perturbation
    python benchmarks/judge_audit.py --judge tiny       # a reference model, asked as a judge: it never says a label
    python benchmarks/judge_audit.py --judge small      # a small classifier, trained on the project's own rows

The labeled completions are those of `benchmarks/refusal.py`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from refusal import GOLD, read
from rich.console import Console

from ip_bench.judging import Row, audit
from ip_bench.judging.table import show
from ip_bench.outcomes.refusal import COMPLIANCE, judge_by_name
from ip_bench.outcomes.refusal.train import own_rows

ROOT = Path(__file__).resolve().parents[1]
TINY = ROOT / "builders" / "reference_model" / "checkpoints" / "tiny"
OWN = ROOT / "builders" / "tradeoff" / "content" / "refusals.jsonl"
EPOCHS, BATCH, PIECES = 12, 16, 192


def rows() -> list[Row]:
    """Return the labeled completions; the place of a prompt in its file is its id."""
    found = read(GOLD)
    places: dict[str, int] = {}
    ids = [places.setdefault(row.prompt, len(places)) for row in found]
    return [
        Row(str(own), row.prompt, row.completion, row.model, row.label) for own, row in zip(ids, found, strict=True)
    ]


def small(folder: Path) -> str:
    """Return the name of a classifier of two layers that was trained on the project's own rows, on this CPU."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(TINY)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    names = ["compliance", "refusal"]
    network = BertForSequenceClassification(
        BertConfig(
            vocab_size=len(tokenizer), hidden_size=96, num_hidden_layers=2, num_attention_heads=4,
            intermediate_size=192, max_position_embeddings=PIECES, pad_token_id=tokenizer.pad_token_id,
            id2label=dict(enumerate(names)), label2id={name: place for place, name in enumerate(names)},
        )
    )  # fmt: skip
    learned = own_rows(OWN)
    pace = torch.optim.AdamW(network.parameters(), lr=1e-3)
    for _ in range(EPOCHS):
        order = torch.randperm(len(learned)).tolist()
        for start in range(0, len(order), BATCH):
            batch = [learned[place] for place in order[start : start + BATCH]]
            inputs = tokenizer(
                [one.prompt for one in batch], [one.completion for one in batch], truncation=True,
                max_length=PIECES, padding=True, return_tensors="pt",
            )  # fmt: skip
            labels = torch.tensor([int(one.label != COMPLIANCE) for one in batch])
            network(**inputs, labels=labels).loss.backward()
            pace.step()
            pace.zero_grad()
    network.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return f"classifier:{folder}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--judge", choices=("rules", "tiny", "small"), default="rules", help="which judge")
    parser.add_argument("--variants", type=int, default=8, help="forms of each perturbation that a row is asked in")
    given = parser.parse_args()
    if not GOLD.is_dir():
        sys.exit(f"no labeled completions at {GOLD}; set IP_BENCH_SHARED")
    with tempfile.TemporaryDirectory() as folder:
        names = {"rules": lambda: "rules", "tiny": lambda: f"causal:{TINY}", "small": lambda: small(Path(folder))}
        judge = judge_by_name(names[given.judge]())

        record = audit(
            rows(), judge, name=given.judge, repeats=2, each=given.variants,
            say=lambda text: print(text, file=sys.stderr),
        )  # fmt: skip
    show(record, Console(width=170))


if __name__ == "__main__":
    main()
