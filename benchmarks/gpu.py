"""Throughput of `ip-bench run` on a GPU, beside lm-eval's hf backend driven directly with the same requests.

    python benchmarks/gpu.py                       # a model of 1.1B parameters in bf16; without a GPU it says so
    python benchmarks/gpu.py --tiny --device cpu   # the same way on a very small model, to see that it works

The model is a causal one with random weights, made on the spot, so nothing is downloaded and nearly no response ends
before its last token. Both are whole processes: they start, load the model and ask it. Ours also makes the requests
before and writes samples and results after; the direct one gets them ready to ask.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from ratios import Result, Row

from ip_bench.files import read_jsonl, write_jsonl

DATASET, TASK = "ip-cues", "ip_cues_cultural"
LEAST = 0.95  # of the throughput of the backend alone
EVERY = 500  # milliseconds between two looks at the utilization


class Size(NamedTuple):
    """What is asked of which model; the shape of the large one is that of TinyLlama."""

    documents: int
    batch: int
    tokens: int
    hidden: int
    intermediate: int
    layers: int
    heads: int
    groups: int
    vocabulary: int
    dtype: str


LARGE = Size(6_000, 64, 48, 2048, 5632, 22, 32, 4, 32_000, "bfloat16")
TINY = Size(48, 16, 4, 64, 128, 2, 4, 2, 8_192, "float32")


class Timing(NamedTuple):
    """Seconds of a whole process, and the utilization of the GPU in percent by `nvidia-smi`, as far as it tells."""

    seconds: float
    utilization: list[float]


def make_model(folder: Path, size: Size) -> int:
    """Write a Llama-like model with random weights and the reference model's tokenizer; return its parameters."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(str(files("ip_bench.builders.reference_model") / "checkpoints" / "tiny"))
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=max(size.vocabulary, len(tokenizer)), hidden_size=size.hidden, num_hidden_layers=size.layers,
        intermediate_size=size.intermediate, num_attention_heads=size.heads, num_key_value_heads=size.groups,
        max_position_embeddings=2048, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id, dtype=size.dtype,
    )  # fmt: skip
    torch.manual_seed(0)
    model = LlamaForCausalLM(config).to(getattr(torch, size.dtype))
    model.save_pretrained(folder)
    return int(sum(each.numel() for each in model.parameters()))


@contextmanager
def watched() -> Iterator[list[float]]:
    """Fill the list with what `nvidia-smi` says of the first GPU's utilization until the block ends."""
    seen: list[float] = []
    program = shutil.which("nvidia-smi")
    if program is None:
        yield seen
        return
    query = [program, "--id=0", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", f"--loop-ms={EVERY}"]
    with subprocess.Popen(query, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield seen
        finally:
            process.terminate()
            said = process.communicate()[0]
            seen += [float(line) for line in said.split() if line.isdigit()]


def timed(command: Sequence[str], folder: Path, data: Path) -> Timing:
    """Return what a command takes that runs in `folder` and reads datasets from `data`."""
    environment = {**os.environ, "IP_BENCH_DATA": str(data), "HF_HUB_OFFLINE": "1"}
    start = time.perf_counter()
    with watched() as utilization:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - start
    assert done.returncode == 0, done.stderr[-2000:]
    return Timing(seconds, utilization)


def model_args(folder: Path, size: Size) -> str:
    return f"pretrained={folder / 'model'},dtype={size.dtype}"


def ours(folder: Path, size: Size, device: str) -> list[str]:
    """Return the command of ours."""
    return [
        sys.executable, "-m", "ip_bench.cli", "run", "--model", "hf", "--model-args", model_args(folder, size),
        "--dataset", DATASET, "--task", TASK, "--limit", str(size.documents), "--batch-size", str(size.batch),
        "--max-gen-toks", str(size.tokens), "--device", device, "--out", "run",
    ]  # fmt: skip


def direct(folder: Path, size: Size, device: str) -> list[str]:
    """Return the command that asks the backend the logged requests of a run."""
    asked = ["--ask", "requests.jsonl", "--batch", str(size.batch), "--device", device]
    return [sys.executable, str(Path(__file__).resolve()), *asked, "--model-args", model_args(folder, size)]


def ask(requests: Path, arguments: str, batch: int, device: str) -> None:
    """Load lm-eval's hf backend, ask it the requests of a file in their order, and write the responses beside it."""
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    lm = HFLM.create_from_arg_string(arguments, {"batch_size": batch, "max_batch_size": None, "device": device})
    asked = [
        Instance(request_type="generate_until", doc={}, arguments=(row["arg_0"], row["arg_1"]), idx=0)
        for _, row in read_jsonl(requests)
    ]
    responses = lm.generate_until(asked, disable_tqdm=True)
    write_jsonl(requests.with_name("responses.jsonl"), ({"response": each} for each in responses))


def logged(folder: Path) -> list[dict[str, object]]:
    """Return the requests of a run, in the order of its documents."""
    (file,) = (folder / "run").glob(f"samples_{TASK}.jsonl")
    return [row["arguments"]["gen_args_0"] for _, row in read_jsonl(file)]


def result(*, tiny: bool = False, device: str | None = None, data: Path | None = None) -> Result:
    """Return the table of this machine, and its row of the one table; where there is no GPU, a row that says so.

    `data` is a folder with the dataset; without one it is built.
    """
    import torch

    size = TINY if tiny else LARGE
    what = f"`ip-bench run` on a {'very small' if tiny else '1.1B'} model, {size.dtype}, hf backend"
    peer = "the backend driven directly"
    device = device or ("cuda" if torch.cuda.is_available() else None)
    if device is None:
        return Result("Not measured: there is no GPU here.", [Row(what, "-", peer, "not measured: no GPU here")])
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        parameters = make_model(folder / "model", size)
        if data is None:
            data = folder / "data"
            timed([sys.executable, "-m", "ip_bench.cli", "build", DATASET], folder, data)
        found = {"`ip-bench run`": timed(ours(folder, size, device), folder, data)}
        requests = logged(folder)
        write_jsonl(folder / "requests.jsonl", requests)
        found["hf backend, driven directly"] = timed(direct(folder, size, device), folder, data)
        answered = sum(1 for _ in read_jsonl(folder / "responses.jsonl"))
        tokens = _tokens(folder / "model", requests, size)
    assert answered == len(requests) == size.documents, f"{answered} answers to {len(requests)} requests"
    name = torch.cuda.get_device_name() if device.startswith("cuda") else device
    lines = [
        f"{size.documents:,} documents of `{TASK}`, {tokens:,} tokens in and out, batches of {size.batch}; a model of "
        f"{parameters / 1e9:.2g}B random parameters in {size.dtype}; {name}, torch {version('torch')}, transformers "
        f"{version('transformers')}. Whole processes, one run of each.",
        "",
        "| way | seconds | tokens/s | utilization of the GPU, mean | in the middle half of the run |",
        "|---|---:|---:|---:|---:|",
    ]
    for way, own in found.items():
        lines.append(f"| {way} | {own.seconds:.1f} | {tokens / own.seconds:,.0f} | {_utilized(own.utilization)} |")
    mine, theirs = (tokens / own.seconds for own in found.values())
    ratio = mine / theirs
    row = Row(
        what, f"{mine:,.0f} tokens/s", peer, f"{theirs:,.0f} tokens/s", ratio, f"at least {LEAST:.0%} of it",
        None if tiny else ratio >= LEAST,
    )  # fmt: skip
    return Result("\n".join(lines), [row])


def _tokens(model: Path, requests: Sequence[dict[str, object]], size: Size) -> int:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    asked = tokenizer([str(row["arg_0"]) for row in requests])["input_ids"]
    return sum(map(len, asked)) + size.tokens * len(requests)


def _utilized(seen: Sequence[float]) -> str:
    if not seen:
        return "- | -"
    middle = seen[len(seen) // 4 : max(len(seen) // 4 + 1, 3 * len(seen) // 4)]
    return f"{statistics.mean(seen):.0f}% | {statistics.mean(middle):.0f}%"


def report() -> str:
    """Return the table of this machine."""
    return result().text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="a very small model and few documents")
    parser.add_argument("--device", help="default: cuda where there is one")
    parser.add_argument("--ask", type=Path, help="ask the backend the requests of this file, and nothing else")
    parser.add_argument("--model-args", default="")
    parser.add_argument("--batch", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.ask:
        ask(chosen.ask, chosen.model_args, chosen.batch, chosen.device)
    else:
        print(result(tiny=chosen.tiny, device=chosen.device).text)


if __name__ == "__main__":
    main()
