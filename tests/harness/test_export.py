"""The exported tasks: plain YAML that lm-eval takes alone, and whose samples are analyzed like our own."""

import ast
import shutil
from pathlib import Path

import pytest
import yaml
from hub.fixtures import small
from leaderboard.conftest import use
from typer.testing import CliRunner

from ip_bench import catalog
from ip_bench.cli import app as cli
from ip_bench.errors import IpBenchError, UnknownNameError
from ip_bench.harness.export import GENERATION, LONG, export
from ip_bench.harness.plan import tasks_folder
from ip_bench.outcomes.measures import LOCALE, measure
from ip_bench.outcomes.outcome import reached
from ip_bench.release.recipes import DATASETS, locked, recipe

__all__ = ["small"]

ASKED_DATASETS = [name for name in DATASETS if recipe(name).TASKS]
FOLDERS = {name: name.replace("-", "_") for name in ASKED_DATASETS}


def tasks_of(dataset):
    return [
        one
        for one in catalog.tasks().values()
        if one.dataset == dataset and not one.mini and one.config in locked(dataset, recipe(dataset).VERSION)
    ]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    out = tmp_path_factory.mktemp("tasks")
    for dataset in ASKED_DATASETS:
        export("some-org", out, dataset=dataset)
    return out


@pytest.fixture
def builds(small, request):
    """Return a function that gives the build of a dataset: a small one of ip-cues, the session's of others."""
    names = {"ip-echo": "echo_dataset", "ip-education": "education_dataset", "ip-tradeoff": "tradeoff_dataset"}
    return lambda dataset: small if dataset == "ip-cues" else request.getfixturevalue(names[dataset])


def own_settings(task):
    """Return what a task of the package says, with all that it includes."""
    (file,) = tasks_folder().rglob(f"{task}.yaml")
    settings = {}
    while file:
        content = yaml.safe_load(file.read_text().replace("!function ", ""))
        settings = content | settings
        file = file.parent / content["include"] if "include" in content else None
    return settings


def local(exported, builds, out):
    """Return a copy of exported tasks that read local builds; `builds` are those by dataset."""
    for dataset, build in builds.items():
        folder = Path(shutil.copytree(exported / FOLDERS[dataset], out / "tasks" / FOLDERS[dataset]))
        for file in folder.glob("_*_yaml"):
            content = yaml.safe_load(file.read_text())
            del content["dataset_kwargs"]
            file.write_text(yaml.safe_dump(content | {"dataset_path": str(build)}, sort_keys=False))
    return out / "tasks"


@pytest.mark.parametrize("dataset", ASKED_DATASETS)
def test_the_folder_has_the_layout_of_lm_evals_own(exported, dataset):
    folder = exported / FOLDERS[dataset]
    names = {one.task for one in tasks_of(dataset)}
    shared = {yaml.safe_load((folder / f"{name}.yaml").read_text())["include"] for name in names}
    groups = {
        group: [task for task in members if task in names]
        for group, members in catalog.groups().items()
        if names & {*members}
    }
    assert FOLDERS[dataset] in groups
    expected = {"README.md", *shared, *(f"{name}.yaml" for name in {*names, *groups})}
    assert {file.name for file in folder.iterdir()} == expected
    text = "".join(file.read_text() for file in folder.iterdir() if file.name != "README.md")
    assert "!function" not in text
    assert "ip_bench" not in text
    version = recipe(dataset).VERSION
    for name in shared:
        content = yaml.safe_load((folder / name).read_text())
        assert (content["dataset_path"], content["dataset_kwargs"]) == (
            f"some-org/{dataset}",
            {"revision": f"v{version}"},
        )
    assert sorted(task for members in groups.values() for task in members) == sorted(names)
    for group, members in groups.items():
        content = yaml.safe_load((folder / f"{group}.yaml").read_text())
        assert content["task"] == members
    readme = (folder / "README.md").read_text()
    for words in (
        f"some-org/{dataset}",
        f"`v{version}`",
        "ip-bench analyze OUT",
        f"--tasks {FOLDERS[dataset]} ",
        "### Checklist",
        f"@misc{{{dataset},",
        "[ ] Have you referenced the original paper",
        *(f"`{task}`" for task in names),
    ):
        assert words in readme, words
    said = [line for line in readme.splitlines() if line.startswith("Plain YAML cannot score")]
    unscored = [one.task for one in tasks_of(dataset) if measure(one.config) is not LOCALE]
    assert said == [f"Plain YAML cannot score {', '.join(f'`{task}`' for task in unscored)}."] * bool(unscored)
    assert max(len(line) for line in readme.splitlines() if line not in said) <= 165
    assert ("999" in readme) == bool(unscored)


@pytest.mark.parametrize(("shared", "exported_settings"), [("_generate", GENERATION), ("_learner", LONG)])
def test_answers_are_sampled_as_in_the_tasks_of_the_package(shared, exported_settings):
    content = yaml.safe_load((tasks_folder() / "cues" / f"{shared}.yaml").read_text())
    assert content["generation_kwargs"] == exported_settings


def test_only_a_config_whose_answers_have_places_has_a_score(exported):
    scored = {}
    for dataset, name in FOLDERS.items():
        for one in tasks_of(dataset):
            content = yaml.safe_load((exported / name / f"{one.task}.yaml").read_text())
            shared = yaml.safe_load((exported / name / content["include"]).read_text())
            settings = shared | content
            metrics = {metric["metric"] for metric in settings["metric_list"]}
            scored.setdefault(one.config, set()).update(metrics)
            if not one.choice:
                assert settings["generation_kwargs"] == own_settings(one.task)["generation_kwargs"], one.task
    for config, metrics in scored.items():
        unscored = {
            "education_reasoning",
            "education_requests",
            "cultural_opinion",
            *recipe("ip-tradeoff").TASKS,
            *recipe("ip-bounds").TASKS,
        }
        assert (metrics == {"bypass"}) == (config in unscored), config
        assert ("bypass" in metrics) == (config in unscored), config


def test_every_task_registers_and_renders(exported, small, tmp_path):
    from lm_eval.tasks import TaskManager

    folder = local(exported, {"ip-cues": small}, tmp_path)
    manager = TaskManager(include_path=str(folder), include_defaults=False)
    names = {one.task: one for one in tasks_of("ip-cues")}
    assert set(manager.all_tasks) >= {*names, "ip_cues", "ip_cues_mc"}
    loaded = manager.load(["ip_cues", "ip_cues_mc"])["tasks"]
    assert sorted(loaded) == sorted(names)
    for name, task in loaded.items():
        rows = list(task.test_docs())
        uk = next(row for row in rows if row["arm"] == "uk")
        reference = next(row for row in rows if row["arm"] == "reference")
        assert task.doc_to_text(uk) == uk["prompt"]
        if measure(names[name].config) is not LOCALE:
            continue
        assert "uk" in uk["choice_locales"][uk["gold"]]
        for row in (uk, reference):
            place = next(k for k, locales in enumerate(row["choice_locales"]) if row["outcome"] in locales)
            target = task.doc_to_target(row)
            if name.endswith("_mc"):
                assert (target, task.doc_to_choice(row)) == (place, row["choices"])
            else:
                assert target == row["choices"][place]


@pytest.mark.parametrize(
    "task",
    [
        "ip_cues_cultural_opinion",
        "ip_cues_cultural_opinion_mc",
        "ip_echo_answers",
        "ip_echo_inference_mc",
        "ip_education_requests",
        "ip_education_reasoning",
        "ip_education_inference",
        "ip_tradeoff_identity",
        "ip_tradeoff_profile_user",
    ],
)
def test_a_task_of_each_kind_runs_on_a_model_of_lm_eval(exported, builds, tmp_path, task):
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    dataset = catalog.task(task).dataset
    folder = local(exported, {dataset: builds(dataset)}, tmp_path)
    done = simple_evaluate(
        model="dummy", tasks=[task], limit=12, log_samples=True, bootstrap_iters=0,
        task_manager=TaskManager(include_path=str(folder), include_defaults=False),
    )  # fmt: skip
    figures = {name.partition(",")[0]: value for name, value in done["results"][task].items()}
    scored = measure(catalog.task(task).config) is LOCALE
    metrics = {name: value for name, value in figures.items() if name not in {"name", "alias", "sample_len"}}
    if scored:
        assert 0 <= metrics["acc" if task.endswith("_mc") else "exact_match"] <= 1
    else:  # lm-eval reports nothing at all of multiple choice
        assert metrics in ({"bypass": 999, "bypass_stderr": "N/A"}, {})
    samples = done["samples"][task]
    assert len(samples) == 12
    assert all(reached(sample["doc"], sample["arguments"][0][0]) for sample in samples)


def test_its_samples_are_analyzed_like_our_own(exported, small, tmp_path, monkeypatch):
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    from ip_bench.analysis import analyze
    from ip_bench.files import write_jsonl
    from ip_bench.harness.record import logged
    from ip_bench.harness.simulated import Simulated

    use(small, monkeypatch)
    folder = local(exported, {"ip-cues": small}, tmp_path)
    manager = TaskManager(include_path=str(folder), include_defaults=False)
    results = simple_evaluate(
        model=Simulated(), tasks=["ip_cues_cultural_mc"], task_manager=manager, log_samples=True, bootstrap_iters=0
    )
    assert 0 < results["results"]["ip_cues_cultural_mc"]["acc,none"] < 1
    write_jsonl(
        tmp_path / "run" / "samples_ip_cues_cultural_mc.jsonl", map(logged, results["samples"]["ip_cues_cultural_mc"])
    )
    effects = analyze(tmp_path / "run")["tasks"]["ip_cues_cultural_mc"]["effects"]
    uk = next(effect for effect in effects if effect["arm"] == "uk")
    assert uk["ci_simultaneous"][0] <= 0.3 <= uk["ci_simultaneous"][1]


@pytest.mark.parametrize("namespace", ["", "a/b", "some org", "../x", "-org", "a--b"])
def test_a_namespace_that_is_none_is_refused(tmp_path, namespace):
    with pytest.raises(IpBenchError, match="is no namespace; name the user or organization"):
        export(namespace, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_version_that_was_never_released_is_refused(tmp_path):
    with pytest.raises(UnknownNameError, match=r"unknown version '9\.9\.9' in ip-cues; versions are: 1\.0\.0"):
        export("some-org", tmp_path, "9.9.9")


def test_a_dataset_that_is_none_is_refused(tmp_path):
    with pytest.raises(UnknownNameError, match=f"unknown dataset 'ip-x'; datasets are: {', '.join(DATASETS)}"):
        export("some-org", tmp_path, dataset="ip-x")


def test_a_dataset_that_no_such_task_asks_is_refused(tmp_path):
    with pytest.raises(IpBenchError, match="ip-personas has no tasks of paired effects to export; datasets with them"):
        export("some-org", tmp_path, dataset="ip-personas")
    assert list(tmp_path.iterdir()) == []


def test_an_old_version_has_the_tasks_of_its_configs(tmp_path):
    files = {file.stem for file in export("some-org", tmp_path, "1.0.0") if file.suffix == ".yaml"}
    assert files == {f"ip_cues{config}{twin}" for config in ("", "_cultural", "_inference") for twin in ("", "_mc")}


def test_the_command_names_a_dataset(tmp_path):
    options = ["--namespace", "some-org", "--out", str(tmp_path), "--dataset", "ip-echo"]
    done = CliRunner().invoke(cli.app, ["tasks", "export", *options])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "ip_echo" / "ip_echo_answers.yaml").is_file()


def test_other_files_are_left_alone(tmp_path):
    (tmp_path / "arc").mkdir()
    export("some-org", tmp_path)
    export("other-org", tmp_path)
    assert (tmp_path / "arc").is_dir()
    assert "other-org" in (tmp_path / "ip_cues" / "README.md").read_text()
    (tmp_path / "elsewhere" / "ip_cues").mkdir(parents=True)
    (tmp_path / "elsewhere" / "ip_cues" / "mine.txt").touch()
    with pytest.raises(IpBenchError, match=r"other files and no ip_cues\.yaml"):
        export("some-org", tmp_path / "elsewhere")


def test_the_target_favors_no_arm(exported):
    shared = yaml.safe_load((exported / "ip_cues" / "_generate_yaml").read_text())
    assert "arm" not in shared["doc_to_target"].replace("% for", "")
    assert ast.literal_eval(str(shared["num_fewshot"])) == 0
