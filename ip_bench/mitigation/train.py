"""Tune a model on preference pairs with direct preference optimization, as a LoRA adapter that lm-eval takes."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ip_bench._version import __version__
from ip_bench.errors import IntegrityError, IpBenchError
from ip_bench.files import check_replaceable, read_record, replacing_folder, write_json
from ip_bench.mitigation.pairs import MANIFEST, RECORD
from ip_bench.redaction import scrubbed
from ip_bench.release.folder import file_in
from ip_bench.release.hashing import file_sha256

#: What LoRA is put on, by the names that most decoders give their layers.
MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How to tune; the defaults are those of Vijjini et al. (2024).

    `max_prompt` and `max_length` are in tokens: pairs with a longer prompt are left out and counted, for a cut prompt
    would lose its identity; longer answers are cut. `quantize` loads the model in 4 bits, which needs bitsandbytes.
    """

    model: str
    revision: str | None = None
    steps: int = 100
    warmup: int = 50
    learning_rate: float = 5e-6
    beta: float = 0.1
    rank: int = 16
    alpha: int = 16
    dropout: float = 0.05
    batch_size: int = 1
    accumulation: int = 5
    max_prompt: int = 512
    max_length: int = 1024
    quantize: bool = False
    device: str | None = None
    seed: int = 1234

    def __post_init__(self) -> None:
        """Refuse numbers that no training can have."""
        whole = ("steps", "rank", "alpha", "batch_size", "accumulation", "max_prompt", "max_length")
        if wrong := [name for name in whole if getattr(self, name) < 1]:
            raise IpBenchError(f"{wrong[0]} is {getattr(self, wrong[0])}; it must be 1 or more")
        if self.warmup < 0 or not 0 <= self.dropout < 1 or not 0 < self.learning_rate < 1 or not self.beta > 0:
            raise IpBenchError(
                f"warmup {self.warmup}, dropout {self.dropout}, learning rate {self.learning_rate}, beta {self.beta}: "
                "needed are warmup >= 0, 0 <= dropout < 1, 0 < learning rate < 1 and beta > 0"
            )
        if self.max_prompt >= self.max_length:
            raise IpBenchError(f"max_prompt {self.max_prompt} leaves no room for an answer in {self.max_length} tokens")


def train(
    pairs: Path, plan: Training, out: Path, *, announce: Callable[[str], None] | None = None, progress: bool = True
) -> dict[str, Any]:
    """Tune on the pairs of a folder, write the adapter and `training.json` into `out`, and return the latter.

    The adapter is taken by `ip-bench run --model hf --model-args pretrained=MODEL,peft=OUT`.

    Raises:
        IpBenchError: without peft and trl, without an accelerator (unless the device is named), where 4 bits are asked
            for and cannot be had, for a model without a chat template, or where no pair is left or the loss is not
            finite.
        IntegrityError: for pairs that are not those of their manifest.
    """
    say = announce or (lambda text: None)  # noqa: ARG005
    check_replaceable(out, RECORD)
    _check_installed(quantize=plan.quantize)
    manifest, file = _pairs(pairs)
    device = _device(plan.device)
    with _quiet(progress=progress), TemporaryDirectory() as scratch:
        trainer, counts = _trainer(plan, file, device, Path(scratch), progress=progress)
        say(f"{counts['used']:,} of {manifest['pairs']:,} pairs, {plan.steps} steps on {device}")
        result = trainer.train()
        losses = [float(entry["loss"]) for entry in trainer.state.log_history if "loss" in entry]
        if not losses or not all(map(math.isfinite, [*losses, result.training_loss])):
            raise IpBenchError(f"the loss is not finite: {losses[-3:]}; no adapter is written")
        record = _record(plan, manifest, counts, losses, trainer, device)
        with replacing_folder(out) as draft:
            trainer.model.save_pretrained(str(draft))
            _without_paths(draft, plan.model)
            write_json(draft / RECORD, record)
    say(f"adapter in {out}, loss {losses[0]:.4f} at first and {losses[-1]:.4f} at last")
    return record


def _check_installed(*, quantize: bool) -> None:
    needed = ["peft", "trl", *(["bitsandbytes"] if quantize else [])]
    if lacking := [name for name in needed if find_spec(name) is None]:
        extra = "pip install 'ip-bench[mitigate]'" + (" bitsandbytes" if "bitsandbytes" in lacking else "")
        raise IpBenchError(f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} not installed; {extra}")


def _device(named: str | None) -> str:
    import torch

    if named is not None:
        return named
    if not torch.accelerator.is_available():
        raise IpBenchError("no accelerator is here, and tuning a model of use takes one; name --device cpu to go on")
    return str(torch.accelerator.current_accelerator())


def _pairs(folder: Path) -> tuple[dict[str, Any], Path]:
    if not (folder / MANIFEST).is_file():
        raise IpBenchError(f"{folder} has no {MANIFEST}; make one with ip-bench mitigate build-pairs")
    manifest = read_record(folder / MANIFEST)
    file = file_in(folder, str(manifest.get("file")))
    if file is None:
        raise IntegrityError(f"{folder} has no file {manifest.get('file')!r} that its {MANIFEST} names")
    if (found := file_sha256(file)) != manifest.get("sha256"):
        raise IntegrityError(f"{file.name} has SHA-256 {found}, its {MANIFEST} says {manifest.get('sha256')}")
    return manifest, file


def _trainer(plan: Training, file: Path, device: str, scratch: Path, *, progress: bool) -> tuple[Any, dict[str, int]]:
    import torch
    from datasets import load_dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, set_seed
    from trl import DPOConfig, DPOTrainer

    set_seed(plan.seed)
    with _loading(plan):
        tokenizer = AutoTokenizer.from_pretrained(plan.model, revision=plan.revision)
    if tokenizer.chat_template is None:
        raise IpBenchError(f"{plan.model} has no chat template; preference pairs are conversations")
    form = "json" if file.suffix == ".jsonl" else "parquet"
    data = load_dataset(form, data_files=str(file), split="train", cache_dir=str(scratch / "data"))
    data = data.select_columns(["prompt", "chosen", "rejected"])
    counts = {"pairs": len(data)}
    data = data.filter(lambda row: _tokens(tokenizer, row["prompt"]) <= plan.max_prompt)
    counts |= {"used": len(data), "prompt too long": counts["pairs"] - len(data)}
    if not len(data):
        raise IpBenchError(f"all {counts['pairs']:,} prompts have more than {plan.max_prompt} tokens; no pair is left")
    on_gpu = not device.startswith("cpu")
    half = on_gpu and torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    settings: dict[str, Any] = {"dtype": torch.bfloat16 if half else torch.float32}
    if plan.quantize:
        from transformers import BitsAndBytesConfig

        settings["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=settings["dtype"],
            bnb_4bit_use_double_quant=True,
        )  # fmt: skip
    with _loading(plan):
        model = AutoModelForCausalLM.from_pretrained(plan.model, revision=plan.revision, **settings)
    names = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    targets = [name for name in MODULES if name in names]
    if not targets:
        raise IpBenchError(f"{plan.model} has none of the layers {', '.join(MODULES)}, on which LoRA is put")
    lora = LoraConfig(
        r=plan.rank, lora_alpha=plan.alpha, lora_dropout=plan.dropout, target_modules=targets, task_type="CAUSAL_LM"
    )
    arguments = DPOConfig(
        output_dir=str(scratch / "out"), max_steps=plan.steps, warmup_steps=plan.warmup,
        learning_rate=plan.learning_rate, lr_scheduler_type="cosine", beta=plan.beta, max_length=plan.max_length,
        per_device_train_batch_size=plan.batch_size, gradient_accumulation_steps=plan.accumulation, seed=plan.seed,
        data_seed=plan.seed, report_to="none", save_strategy="no", logging_steps=1, use_cpu=not on_gpu, bf16=half,
        gradient_checkpointing=on_gpu, dataloader_pin_memory=on_gpu, disable_tqdm=not progress, push_to_hub=False,
        disable_dropout=False,  # trl would turn off the adapter's dropout as well
    )  # fmt: skip
    trainer = DPOTrainer(model=model, args=arguments, train_dataset=data, processing_class=tokenizer, peft_config=lora)
    trainer.remove_callback(PrinterCallback)
    return trainer, counts


@contextmanager
def _loading(plan: Training) -> Iterator[None]:
    """Say in one line why a model cannot be loaded; raises IpBenchError."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise IpBenchError(
            f"the model {plan.model} cannot be loaded ({reason}); name a hub id or a folder of transformers"
        ) from error


def _tokens(tokenizer: Any, messages: list[dict[str, str]]) -> int:
    """Return how many tokens a prompt has, as it is sent."""
    return len(tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True)["input_ids"])


def _record(
    plan: Training,
    manifest: Mapping[str, Any],
    counts: Mapping[str, int],
    losses: list[float],
    trainer: Any,
    device: str,
) -> dict[str, Any]:
    import torch

    settings = asdict(plan) | {"model": _named(plan.model), "device": device.partition(":")[0]}
    return {
        "ip_bench": __version__,
        "settings": settings,
        "target_modules": sorted(trainer.model.peft_config["default"].target_modules),
        "pairs": {
            "content_hash": manifest["content_hash"], "variants": manifest["variants"],
            "templates": sorted(manifest["templates"]), "source": manifest.get("source"), "counts": dict(counts),
        },
        "losses": losses,
        "trained_parameters": sum(one.numel() for one in trainer.model.parameters() if one.requires_grad),
        "precision": str(trainer.model.dtype).removeprefix("torch."),
        "accelerator": torch.cuda.get_device_name() if device.startswith("cuda") else "",
        "versions": {name: version(name) for name in ("torch", "transformers", "trl", "peft", "datasets")},
    }  # fmt: skip


def _named(model: str) -> str:
    """Return a model's name; a local folder is named by its last part: paths of a machine have no place in a record."""
    return Path(model).name if Path(model).exists() else model


def _without_paths(folder: Path, model: str) -> None:
    """Take the machine's paths out of what peft wrote: the base model's name, and the card that repeats it."""
    (folder / "README.md").unlink(missing_ok=True)
    config = read_record(folder / "adapter_config.json")
    write_json(folder / "adapter_config.json", config | {"base_model_name_or_path": scrubbed(_named(model))})


@contextmanager
def _quiet(*, progress: bool) -> Iterator[None]:
    """Send nothing home, and keep the libraries' chatter off the terminal."""
    import datasets
    from huggingface_hub import constants
    from transformers.utils import logging as said

    before, level = constants.HF_HUB_DISABLE_TELEMETRY, said.get_verbosity()
    bars = datasets.are_progress_bars_disabled()
    constants.HF_HUB_DISABLE_TELEMETRY = True
    said.set_verbosity_error()
    logging.getLogger("trl").setLevel(logging.ERROR)
    if not progress:
        datasets.disable_progress_bars()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"(torch|transformers|trl|peft|accelerate)\b.*")
            yield
    finally:
        constants.HF_HUB_DISABLE_TELEMETRY = before
        said.set_verbosity(level)
        if not bars:
            datasets.enable_progress_bars()
