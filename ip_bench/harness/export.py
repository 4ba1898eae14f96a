"""The tasks as plain YAML on a published dataset, in the layout of lm-eval's own tasks folder."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench import catalog
from ip_bench.catalog import Asked
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.files import check_replaceable, replacing_folder, write_text
from ip_bench.harness.tasks import MARGIN
from ip_bench.hub.remote import repo_id
from ip_bench.outcomes.measures import BOUNDS, LEARNER, LOCALE, TRADEOFF, measure
from ip_bench.release.recipes import DATASETS, locked, recipe
from ip_bench.report.asked import ASKED

#: What tasks of a form share, by its file: no .yaml, for lm-eval takes every such file as a task.
GENERATE, CHOOSE, READ, RANK = "_generate_yaml", "_choose_yaml", "_read_yaml", "_rank_yaml"
#: How answers are sampled, as in the package's own tasks (`tasks/cues/_generate.yaml`, `_learner.yaml`,
#: `tasks/tradeoff/_base.yaml`).
GENERATION: dict[str, Any] = {"until": [], "do_sample": True, "temperature": 0.7, "max_gen_toks": 48}
LONG = GENERATION | {"max_gen_toks": 1024}


class About(NamedTuple):
    """What the README says of a dataset: the title of its citation, the question in words, and its realizations."""

    title: str
    question: str
    realizations: str


ABOUT = {
    "ip-cues": About(
        "implicit personalization by words, names and places",
        "Does a language model give another country's answer because of the words, the name or the places in a "
        "question? A country is hinted at and never named, and what is asked is the same in every arm.",
        "the words, names or sentences that carry a cue",
    ),
    "ip-education": About(
        "help for learners who write in other Englishes",
        "Does a learner get other help because of the English in which the learner writes? The same problems and "
        "requests come in standard English, in African American English and in the English of learners.",
        "openings of a message",
    ),
    "ip-echo": About(
        "do answers follow what the asker believes?",
        "Does a language model know less when the asker is wrong about something else? Before a question of fact the "
        "asker says or shows a belief, right or wrong, that contains no answer to it.",
        "the beliefs that are said",
    ),
    "ip-tradeoff": About(
        "safety, false refusal and help by who asks",
        "Does a model keep less safe, refuse more or help less when it is told who asks? The same unsafe, benign and "
        "useful requests come from askers of whom one thing is told. Unsafe requests are at the level of a request.",
        "the sentences that tell who asks",
    ),
    "ip-bounds": About(
        "does the bound hold whoever asks?",
        "Do an organization's rules hold against a user's wish, are lawful wishes honoured, and does either depend on "
        "who asks? Policies of invented organizations stand in the system message; unsafe requests are at the level of "
        "a request.",
        "the sentences that tell who asks",
    ),
}


def export(namespace: str, out: Path, version: str | None = None, *, dataset: str = "ip-cues") -> list[Path]:
    """Write the folder `ip_<family>` of a dataset's tasks into folder `out` and return its files.

    The tasks read `<namespace>/<dataset>` at the tag `v<version>` (this installation's version by default) and need
    lm-eval alone. Task names are those of the package, so that `ip-bench analyze` reads their logged samples. A config
    whose outcome lm-eval's metrics cannot compute has none but `bypass`: its responses are logged for the analysis.

    Raises:
        UnknownNameError: for a dataset that does not exist, or a version that was never released.
        IpBenchError: for a namespace that is none, or a folder with other files.
    """
    if dataset not in DATASETS:
        raise UnknownNameError("dataset", dataset, DATASETS)
    if dataset not in ABOUT:
        raise IpBenchError(
            f"{dataset} has no tasks of paired effects to export; datasets with them are: {', '.join(ABOUT)}"
        )
    version = version or recipe(dataset).VERSION
    held = locked(dataset, version)
    repo = repo_id(namespace, dataset)
    name = dataset.replace("-", "_")
    folder = out / name
    check_replaceable(folder, f"{name}.yaml")
    files = _files(dataset, repo, version, held)
    with replacing_folder(folder) as draft:
        for file, text in files.items():
            write_text(draft / file, text)
    return [folder / file for file in sorted(files)]


def _files(dataset: str, repo: str, version: str, configs: Mapping[str, Any]) -> dict[str, str]:
    from jinja2 import Environment, StrictUndefined

    metadata = {"version": version}
    asked = [
        one
        for one in catalog.tasks().values()
        if one.dataset == dataset and not one.mini and one.config in configs  # a version may have fewer configs
    ]
    names = {one.task for one in asked}
    groups = {
        name: [task for task in members if task in names]
        for name, members in catalog.groups().items()
        if names & {*members}
    }
    shared = {name: content for name, content in _shared(repo, version).items() if name in map(_form, asked)}
    contents: dict[str, Mapping[str, Any]] = {f"{one.task}.yaml": _task(one, metadata) for one in asked}
    contents |= {f"{name}.yaml": {"group": name, "task": own, "metadata": metadata} for name, own in groups.items()}
    files = {name: _yaml(content) for name, content in {**contents, **shared}.items()}
    environment = Environment(  # of text, not of a page
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,  # noqa: S701
    )
    template = (resources.files(__package__) / "export_readme.md.j2").read_text(encoding="utf-8")
    files["README.md"] = environment.from_string(template).render(
        dataset=dataset, repo=repo, version=version, about=ABOUT[dataset], margin=MARGIN, groups=sorted(groups),
        tasks=[(one, ASKED[one.config].about) for one in asked],
        unscored=[one.task for one in asked if _form(one) in {READ, RANK}],
    )  # fmt: skip
    return files


def _form(one: Asked) -> str:
    """Return the file that a task includes: by its form, and by whether a metric of lm-eval's can read its answers."""
    if measure(one.config) is LOCALE:
        return CHOOSE if one.choice else GENERATE
    return RANK if one.choice else READ


def _task(one: Asked, metadata: Mapping[str, Any]) -> dict[str, Any]:
    long = {"generation_kwargs": LONG} if measure(one.config) in (BOUNDS, LEARNER, TRADEOFF) else {}
    return {
        "task": one.task,
        "include": _form(one),
        "dataset_name": one.config,
        **long,
        "metadata": metadata,
    }


def _shared(repo: str, version: str) -> dict[str, dict[str, Any]]:
    """Return what the tasks of each form have in common.

    The target of a row is the answer that its column `outcome` names, the same for all arms of a contrast, so that the
    metric says how often that answer came. Without such an answer there is no target, and no metric.
    """
    common: dict[str, Any] = {
        "dataset_path": repo,
        "dataset_kwargs": {"revision": f"v{version}"},
        "test_split": "test",
        "num_fewshot": 0,
        "description": "{% if system %}{{system}}\n\n{% endif %}",
        "doc_to_text": "prompt",
    }
    each = "{% for one in choice_locales %}{% if outcome in one %}"
    end = "{% endif %}{% endfor %}"
    unscored = [{"metric": "bypass", "aggregation": "bypass", "higher_is_better": False}]
    generate = common | {"output_type": "generate_until", "generation_kwargs": GENERATION}
    choose = common | {"output_type": "multiple_choice", "doc_to_choice": "choices"}
    return {
        GENERATE: generate
        | {
            "doc_to_target": f"{each}{{{{choices[loop.index0]}}}}{end}",
            "metric_list": [
                {
                    "metric": "exact_match",
                    "aggregation": "mean",
                    "higher_is_better": True,
                    "ignore_case": True,
                    "ignore_punctuation": True,
                }
            ],
        },
        CHOOSE: choose
        | {
            "doc_to_target": f"{each}{{{{loop.index0}}}}{end}",
            "metric_list": [
                {"metric": name, "aggregation": "mean", "higher_is_better": True} for name in ("acc", "acc_norm")
            ],
        },
        READ: generate | {"doc_to_target": "", "metric_list": unscored},
        RANK: choose | {"doc_to_target": 0, "metric_list": unscored},  # lm-eval needs a place; nothing is scored on it
    }


def _yaml(content: Mapping[str, Any]) -> str:
    import yaml

    return str(yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=120))
