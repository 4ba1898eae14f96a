"""Run the tasks on a model through lm-eval, and keep what is needed to analyze the run again without it."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ip_bench import catalog
from ip_bench._version import __version__
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.files import check_replaceable, replacing_folder, write_json, write_jsonl
from ip_bench.harness.suites import SUITES
from ip_bench.mitigation.asking import apply, condition_of
from ip_bench.mitigation.conditions import condition as condition_of_name
from ip_bench.mitigation.rewriting import FILE as REWRITES
from ip_bench.mitigation.rewriting import write_rewrites
from ip_bench.redaction import redacted, scrubbed
from ip_bench.release.recipes import DATASETS, recipe
from ip_bench.release.resolve import resolve, verify

log = logging.getLogger(__name__)

SEED = 1234
CHARS_PER_TOKEN = 4
#: Backends besides the chat endpoints that return text and no log-likelihood.
TEXT_ONLY = frozenset({"anthropic-completions", "hf-audiolm-qwen", "hf-multimodal", "vllm-vlm"})


LOOKS = 20  # at most so many interim looks of a run that may stop early


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will do: the backend and its arguments, the tasks, and how prompts are rendered."""

    model: str
    model_args: Mapping[str, Any] = field(default_factory=dict)
    dataset: str = "ip-cues"
    suite: str = "full"
    tasks: tuple[str, ...] = ()
    log_likelihood: bool | None = None
    chat_template: bool | None = None
    batch_size: str | int = 1
    device: str | None = None
    generation: Mapping[str, Any] = field(default_factory=dict)
    limit: int | None = None
    seed: int = SEED
    margin: float | None = None
    alpha: float | None = None
    looks: int | None = None  # at most so many interim looks, at which the run may stop; None: ask everything
    mitigation: str | None = None  # the condition under which ip-tradeoff is asked (`ip_bench.mitigation`)
    rewrites: Path | None = None  # a file of rewritten messages, for a mitigation that rewrites


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a run will ask of the model: prompts, requests (a choice is a request), and tokens in and out, at most."""

    prompts: int
    requests: int
    tokens_in: int
    tokens_out: int

    def describe(self) -> str:
        """Return one line for the terminal."""
        return (
            f"{self.prompts:,} prompts in {self.requests:,} requests, about {self.tokens_in:,} tokens in "
            f"and at most {self.tokens_out:,} out"
        )


def tasks_folder() -> Path:
    """Return the folder to give lm-eval as `--include_path`."""
    from importlib.resources import files

    return Path(str(files("ip_bench.tasks")))


def known_tasks() -> dict[str, str]:
    """Return the names of all tasks and groups, each with the dataset that it asks."""
    tasks = {name: one.dataset for name, one in catalog.tasks().items()}
    return tasks | {name: tasks[members[0]] for name, members in catalog.groups().items()}


def backends() -> tuple[str, ...]:
    """Return the names that `model` may have: lm-eval's backends, the steered model and the simulated one."""
    from lm_eval.models import MODEL_MAPPING

    from ip_bench.steering import register

    register()
    return tuple(sorted({*MODEL_MAPPING, "simulated"}))


def tasks_of(plan: Plan) -> tuple[str, ...]:
    """Return the tasks of a plan: those named, else the suite's generation group and, where it can, its twin.

    Raises:
        UnknownNameError: for a backend, dataset, suite or task that does not exist.
        IpBenchError: for tasks of several datasets: a run, and its analysis, is of one.
    """
    if plan.model not in backends():
        raise UnknownNameError("model backend", plan.model, backends())
    if plan.suite not in SUITES:
        raise UnknownNameError("suite", plan.suite, SUITES)
    if plan.dataset not in DATASETS:
        raise UnknownNameError("dataset", plan.dataset, DATASETS)
    known = known_tasks()
    if plan.tasks:
        for task in plan.tasks:
            if task not in known:
                raise UnknownNameError("task", task, known)
        if len({known[task] for task in plan.tasks}) > 1:
            said = ", ".join(f"{task} ({known[task]})" for task in plan.tasks)
            raise IpBenchError(f"tasks of several datasets: {said}; run each dataset into a folder of its own")
        return tuple(dict.fromkeys(plan.tasks))
    family, tail = f"ip_{plan.dataset.removeprefix('ip-')}", "_mini" if plan.suite == "mini" else ""
    scores = "chat" not in plan.model and plan.model not in TEXT_ONLY
    likelihood = plan.log_likelihood if plan.log_likelihood is not None else scores
    if not recipe(plan.dataset).TASKS:
        asked = ", ".join(name for name in DATASETS if recipe(name).TASKS)
        raise IpBenchError(f"{plan.dataset} has no tasks of paired effects to run; datasets with them are: {asked}")
    twins = [f"{family}_mc{tail}"] if likelihood and f"{family}_mc{tail}" in known else []
    return (f"{family}{tail}", *twins)


def run(
    plan: Plan,
    out: Path,
    *,
    announce: Callable[[str], None] | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Run a plan and write `run.json`, `results.json` and one `samples_<task>.jsonl` per task into folder `out`.

    The folder appears when the run is complete; an interrupted run leaves what was there. Returns the run record.

    Raises:
        IpBenchError: where `out` holds other files, a name is unknown, the model cannot be loaded, or the chat template
            drops the system role.
    """
    say = announce or (lambda text: None)  # noqa: ARG005
    check_replaceable(out, "run.json")
    _check_looks(plan)
    names = tasks_of(plan)
    name = known_tasks()[names[0]]
    condition = condition_of(plan.mitigation, name, plan.rewrites) if plan.mitigation else None
    made = recipe(name)
    data = resolve(name, made.VERSION)
    manifest = verify(data, name, made.VERSION)
    _quiet(progress=progress)
    say(f"{plan.model}: {', '.join(names)}")
    lm = load_model(plan)
    asked, template = placed(plan, lm, names)
    if asked != names:
        names, plan = asked, replace(plan, tasks=asked)
    manager, loaded = _loaded(plan)
    cost = _cost(loaded, plan)
    say(cost.describe())
    say(f"chat template: {template['text_hash'] or 'none'} ({template['why']})")
    if not template["system_role"]:
        say(f"the chat template has no system role, so all is said in the user turn: {', '.join(names)}")
    mitigated: dict[str, Any] = {}
    if condition is not None:
        condition, mitigated = apply(
            condition, loaded, lm, chat_template=template["applied"], limit=plan.limit, say=say
        )  # fmt: skip
    looked: dict[str, Any] | None = None
    try:
        if plan.looks is None:
            results = _ask_all(plan, lm, [*loaded.values()] if condition else [*names], manager, template["applied"])
        else:
            results, looked = _ask_in_looks(plan, lm, loaded, data, manifest, template["applied"], say)
    except NotImplementedError as error:  # log-likelihoods, of a backend that has none
        raise IpBenchError(
            f"{plan.model} cannot do what {', '.join(names)} ask: {error}; see --log-likelihood"
        ) from error
    if results is None:  # another process of the same run writes
        return {}
    samples = results.pop("samples")
    record = {
        "ip_bench": __version__,
        "model": _model_name(plan),
        "backend": plan.model,
        "model_args": redacted(plan.model_args),
        "suite": plan.suite,
        "tasks": sorted(samples),
        "dataset": {
            "name": name,
            "version": manifest["version"],
            "content_hash": {config: entry["content_hash"] for config, entry in manifest["configs"].items()},
        },
        "chat_template": template,
        "generation": _generation(loaded, plan),
        "seeds": {"all": plan.seed},
        "limit": plan.limit,
        "declared": {"margin": plan.margin, "alpha": plan.alpha},
        "batch_size": str(plan.batch_size),
        "device": str(getattr(lm, "device", None) or plan.device or ""),
        "cost": asdict(cost),
        "versions": _versions(),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    } | ({"sequential": looked} if looked else {}) | ({"mitigation": mitigated} if mitigated else {})  # fmt: skip
    with replacing_folder(out) as draft:
        if condition is not None and condition.rewrites:
            write_rewrites(draft / REWRITES, condition.rewrites)
        for task, rows in samples.items():
            write_jsonl(draft / f"samples_{task}.jsonl", map(_logged, rows))
        write_json(draft / "results.json", json.loads(scrubbed(json.dumps(_plain(results["results"])))))
        write_json(draft / "run.json", json.loads(scrubbed(json.dumps(record))))
    return record


def _check_looks(plan: Plan) -> None:
    if plan.looks is None:
        return
    if plan.mitigation is not None:
        raise IpBenchError("--mitigation and --sequential exclude each other: conditions compare on the same items")
    if plan.limit is not None:
        raise IpBenchError("--limit and --sequential exclude each other: looks take the items in their order")
    if plan.looks < 1 or plan.margin is None or plan.alpha is None:
        raise IpBenchError(
            f"a run in looks declares their number, margin and alpha before its first prompt; they are {plan.looks}, "
            f"{plan.margin} and {plan.alpha}"
        )


def _ask_all(plan: Plan, lm: Any, tasks: list[Any], manager: Any, chat_template: bool) -> Any:
    """Return lm-eval's results of every row of the tasks, which are named or loaded."""
    from lm_eval import simple_evaluate

    return simple_evaluate(
        model=lm,
        tasks=tasks,
        task_manager=manager,
        batch_size=plan.batch_size,
        device=plan.device,
        limit=plan.limit,
        apply_chat_template=chat_template,
        gen_kwargs=dict(plan.generation) or None,
        log_samples=True,
        bootstrap_iters=0,
        random_seed=plan.seed,
        numpy_random_seed=plan.seed,
        torch_random_seed=plan.seed,
        fewshot_random_seed=plan.seed,
    )


def _ask_in_looks(
    plan: Plan,
    lm: Any,
    loaded: Mapping[str, Any],
    data: Path,
    manifest: Mapping[str, Any],
    chat_template: bool,
    say: Callable[[str], None],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return results in lm-eval's shape, of the rows asked until the run was decided, and the record of the looks."""
    from ip_bench.harness.sequential import ask_in_looks

    assert plan.looks is not None and plan.margin is not None and plan.alpha is not None  # noqa: PT018, S101
    asked = ask_in_looks(
        lm, loaded, data=data, manifest=manifest, looks=plan.looks, margin=plan.margin, alpha=plan.alpha,
        seed=plan.seed, chat_template=chat_template, generation=plan.generation, logged=_logged, say=say,
    )  # fmt: skip
    return {"samples": asked.samples, "results": asked.results}, asked.record


def estimate(plan: Plan) -> tuple[list[str], Cost]:
    """Return the tasks of a plan and what they would cost, without loading the model."""
    _quiet(progress=False)
    loaded = _loaded(plan)[1]
    return sorted(loaded), _cost(loaded, plan)


def parse_model_args(text: str) -> dict[str, Any]:
    """Return `a=1,b=x` as a dict, as lm-eval reads it.

    Raises:
        IpBenchError: for a part without `=`, without a name or without a value.
    """
    for part in filter(None, text.split(",")):
        name, equals, value = part.partition("=")
        if not equals:
            raise IpBenchError(f"model argument {part!r} has no '='; write --model-args name=value,name=value")
        if not name.strip() or not value.strip():
            raise IpBenchError(
                f"model argument {part!r} lacks a name or a value; write --model-args name=value,name=value"
            )
    from lm_eval.utils import simple_parse_args_string

    return dict(simple_parse_args_string(text))


def _loaded(plan: Plan) -> tuple[Any, dict[str, Any]]:
    """Return the task manager and a plan's tasks; of a run in looks that names none, those that can be asked so."""
    manager, loaded = _load(tasks_of(plan))
    if plan.looks is not None and not plan.tasks:
        from ip_bench.harness.sequential import asked_together

        loaded = asked_together(loaded)
    if plan.mitigation is not None:
        condition = condition_of(plan.mitigation, known_tasks()[next(iter(loaded))], plan.rewrites)
        for task in loaded.values():
            task.mitigate(condition)
    return manager, loaded


def _load(names: tuple[str, ...]) -> tuple[Any, dict[str, Any]]:
    """Return lm-eval's task manager over our folder alone (its own index takes seconds), and the tasks by name."""
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_path=str(tasks_folder()), include_defaults=False)
    try:
        return manager, dict(manager.load(list(names))["tasks"])
    except ValueError as error:  # lm-eval's word for a task that is asked for twice
        raise IpBenchError(f"{', '.join(names)} cannot be run together: {error}") from error


def _device(plan: Plan) -> str | None:
    """Return the device to name: lm-eval's hf backends ask for CUDA where none is named, also where there is none."""
    if plan.device is None and plan.model.startswith("hf"):
        import torch

        return None if torch.accelerator.is_available() else "cpu"
    return plan.device


def load_model(plan: Plan) -> Any:
    """Return lm-eval's model of a plan.

    Raises:
        IpBenchError: where it cannot be loaded, or asks to run code of its own.
    """
    config = {"batch_size": plan.batch_size, "max_batch_size": None, "device": _device(plan)}
    if "trust_remote_code" in plan.model_args:
        raise IpBenchError("trust_remote_code is refused: a model's code must come with an installed package")
    try:
        if plan.model == "simulated":
            from ip_bench.harness.simulated import Simulated

            return Simulated.create_from_arg_obj(dict(plan.model_args), config)
        from lm_eval.api.registry import get_model

        return get_model(plan.model).create_from_arg_obj(dict(plan.model_args), config)
    except IpBenchError:
        raise
    except Exception as error:  # a backend may raise anything: an unknown name or argument, no device, no package
        reason = scrubbed(str(error))
        for key, shown in redacted(plan.model_args).items():
            if shown != (value := plan.model_args[key]):
                reason = reason.replace(str(value), str(shown))
        reason = " ".join(reason.split())[:600]
        raise IpBenchError(
            f"{plan.model} cannot load {_model_name(plan)} with arguments {', '.join(plan.model_args) or '(none)'}: "
            f"{type(error).__name__}: {reason}"
        ) from error


def _model_name(plan: Plan) -> str:
    named = Path(str(plan.model_args.get("pretrained") or plan.model_args.get("model") or plan.model))
    # A folder, also one of a server, is named by its last part: paths of a machine have no place in a result.
    return named.name if named.is_absolute() or named.exists() else str(named)


def placed(plan: Plan, lm: Any, names: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the tasks to ask and the chat template: tasks in the user turn where a template has no system role.

    Raises:
        IpBenchError: where the template loses the system text and a task has no such variant.
    """
    template = chosen_template(plan, lm)
    lost = _system_lost(lm) if template["applied"] and template["text_chars"] else ""
    template["system_role"] = not lost
    if not lost:
        return names, template
    turned = tuple(filter(None, map(catalog.in_user_turn, names)))
    if len(turned) < len(names):
        raise IpBenchError(lost)
    return turned, template


def chosen_template(plan: Plan, lm: Any) -> dict[str, Any]:
    """Decide whether the chat template is used.

    Returns `applied`, `why`, and the hash and length of the template's text where the tokenizer shows it.
    """
    text = getattr(getattr(lm, "tokenizer", None), "chat_template", None)
    if plan.chat_template is not None:
        applied, why = plan.chat_template, "set by flag"
    elif "chat" in plan.model:
        applied, why = True, "a chat endpoint"
    else:
        applied, why = bool(text), "the tokenizer has one" if text else "the tokenizer has none"
    digest = hashlib.sha256(str(text).encode()).hexdigest()[:16] if applied and text else ""
    return {"applied": applied, "why": why, "text_hash": digest, "text_chars": len(str(text or ""))}


def _system_lost(lm: Any) -> str:
    """Return how the chat template loses a system message, in words; nothing where it keeps it."""
    system, question = "Reply with one word.", "What is asked?"
    messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    try:
        rendered = lm.apply_chat_template(messages)
    except Exception as error:  # a template may raise anything; lm-eval would then drop the system text
        return f"the chat template fails on a system message ({error}); use --no-chat-template"
    if system in str(rendered) and question in str(rendered):
        return ""
    return (
        "the chat template drops the system role, so the model would not see its instructions; "
        "use --no-chat-template, or a template that has the role"
    )


def _cost(tasks: Mapping[str, Any], plan: Plan) -> Cost:
    """Return the cost of the tasks as they are asked; of a rewriting, each row at most twice."""
    prompts = requests = tokens_in = tokens_out = 0
    own = ["row_id", "item_id", "twin", "request"] if plan.mitigation else []
    again = 2 if plan.mitigation and condition_of_name(plan.mitigation).mitigation.kind == "rewrite" else 1
    for task in tasks.values():
        rows = task.eval_docs.select_columns(["system", "prompt", "choices", *own])
        rows = rows.select(range(min(len(rows), plan.limit))) if plan.limit else rows
        choice = task.config.output_type == "multiple_choice"
        limit = int(plan.generation.get("max_gen_toks") or (task.config.generation_kwargs or {}).get("max_gen_toks", 0))
        for row in rows:
            told = task.told(row) or row
            asked = again * (len(row["choices"]) if choice else 1)
            prompts += 1
            requests += asked
            tokens_in += asked * (len(told["system"]) + len(told["prompt"])) // CHARS_PER_TOKEN
            tokens_out += 0 if choice else again * limit
    return Cost(prompts=prompts, requests=requests, tokens_in=tokens_in, tokens_out=tokens_out)


def _generation(tasks: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """Return how responses are generated; a setting in which the tasks differ is given by task."""
    used = {
        name: {**(task.config.generation_kwargs or {}), **plan.generation}
        for name, task in sorted(tasks.items())
        if task.config.output_type == "generate_until"
    }
    settings: dict[str, Any] = dict(plan.generation)
    for key in dict.fromkeys(key for own in used.values() for key in own):
        by_task = {name: own.get(key) for name, own in used.items()}
        first, *others = by_task.values()
        settings[key] = first if all(other == first for other in others) else by_task
    return settings


def _logged(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Return a logged sample in the shape of lm-eval's own files, without the metrics' copies of the row."""
    return {
        "doc_id": sample["doc_id"],
        "doc": sample["doc"],
        "target": str(sample["target"]),
        "arguments": {
            f"gen_args_{k}": {
                f"arg_{n}": one for n, one in enumerate(arguments[:2]) if not n or isinstance(one, Mapping)
            }
            for k, arguments in enumerate(sample["arguments"][:1])
        },
        "resps": sample["resps"],
        "filtered_resps": sample["filtered_resps"],
        "filter": sample["filter"],
        "doc_hash": sample["doc_hash"],
        "prompt_hash": sample["prompt_hash"],
    }


def _plain(value: Any) -> Any:
    """Return JSON values only; anything else as its text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("lm-eval", "transformers", "torch", "datasets", "vllm", "numpy", "scipy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _quiet(*, progress: bool) -> None:
    """Keep third-party chatter off the terminal; progress bars stay where wanted."""
    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    for name in ("httpx", "datasets", "transformers"):
        logging.getLogger(name).setLevel(logging.ERROR)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import datasets

    datasets.disable_progress_bars()
    if not progress:
        os.environ["TQDM_DISABLE"] = "1"
