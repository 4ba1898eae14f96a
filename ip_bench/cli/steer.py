"""The commands that steer a model to people and cohorts, and say how far that gets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from ip_bench.cli.options import AsJson, Device
from ip_bench.cli.output import print_json, result
from ip_bench.cli.steer_data import answers_in, content_of, loaded_model, parts_asked, topics_in
from ip_bench.cli.values import FORMATS, among, tasks

if TYPE_CHECKING:
    pass

app = typer.Typer(no_args_is_help=True, help="A frozen model, steered to people and cohorts by virtual tokens.")

Model = Annotated[
    str, typer.Option("--model", help="hf: a causal model of transformers.", autocompletion=among(["hf"]))
]
ModelArgs = Annotated[str, typer.Option("--model-args", help="As in ip-bench run: pretrained=ORG/MODEL,...")]
Data = Annotated[Path, typer.Option("--data", help="People's answers: a CSV or parquet table, or a Polis folder.")]
Form = Annotated[
    str,
    typer.Option(
        "--format",
        help="long, wide, polis... as in ip-bench cohorts fit; population: --data is how many synthetic people.",
        autocompletion=among([*FORMATS, "population"]),
    ),
]
Wording = Annotated[
    str,
    typer.Option(
        "--wording",
        help="survey (as the tasks of ip-personas ask) or plain (shorter).",
        autocompletion=among(["survey", "plain"]),
    ),
]
AtOnce = Annotated[int, typer.Option("--batch-size", min=1, help="Prompts that the model reads at once.")]


@app.command()
def train(
    model_args: ModelArgs,
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")],
    model: Model = "hf",
    form: Form = "long",
    wording: Wording = "survey",
    mode: Annotated[
        str,
        typer.Option(
            "--mode",
            help="prefix (keys and values) or prompt (embeddings).",
            autocompletion=among(["prefix", "prompt"]),
        ),
    ] = "prefix",
    tokens: Annotated[int, typer.Option("--tokens", help="Virtual tokens.")] = 1,
    epochs: Annotated[int, typer.Option("--epochs", help="At most.")] = 10,
    rate: Annotated[float, typer.Option("--rate", help="Learning rate.")] = 1e-3,
    batch: Annotated[int, typer.Option("--batch-size", help="Answers a step.")] = 32,
    cells: Annotated[int, typer.Option("--cells", help="Answers asked of a person in an epoch, at most.")] = 16,
    cohorts: Annotated[int, typer.Option("--cohorts", help="So many cohorts; 0: as many as are found.")] = 0,
    unseen_people: Annotated[float, typer.Option("--unseen-people", help="Share of people not learned from.")] = 0.2,
    unseen_items: Annotated[float, typer.Option("--unseen-items", help="Share of items not learned from.")] = 0.2,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of everything that is drawn.")] = 0,
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """Learn the map from a person's place to virtual tokens; the model itself is not changed."""
    from ip_bench.files import check_replaceable
    from ip_bench.steering.folder import RECORD, save
    from ip_bench.steering.parts import on_items
    from ip_bench.steering.persona import centroids, cohorts_of
    from ip_bench.steering.train import Training
    from ip_bench.steering.train import train as learn

    plan = Training(
        mode=mode, wording=wording, tokens=tokens, epochs=epochs, rate=rate, batch=batch, cells=cells, seed=seed
    )
    check_replaceable(out, RECORD)
    answers = answers_in(data, form)
    parts = parts_asked(answers, form, unseen_people, unseen_items, seed)
    division = {
        "form": form, "people": unseen_people, "items": unseen_items, "seed": seed, "answers": content_of(answers),
    }  # fmt: skip
    with result(as_json=as_json):
        lm, name = loaded_model(model, model_args, device, batch)
        trained = learn(lm, answers, parts, plan, say=_say)
    found = cohorts_of(trained.filter, on_items(answers, parts.seen).of_people(parts.learn), cohorts or None)
    record = save(out, lm, name, trained, answers, centroids(found), division)
    if as_json:
        print_json(record)
        return
    typer.echo(
        f"{out}: {mode} of {tokens} virtual token{'s' if tokens > 1 else ''} for {record['model']}, loss "
        f"{min(trained.losses):.4f} on held-out people ({trained.losses[0]:.4f} untrained), {found.count_} cohorts"
    )


@app.command("eval")
def evaluate(
    folder: Annotated[Path, typer.Argument(help="A folder of ip-bench steer train.")],
    model_args: ModelArgs,
    data: Data,
    model: Model = "hf",
    form: Form = "long",
    cells: Annotated[int, typer.Option("--cells", help="Answers of a kind asked of a person, at most.")] = 20,
    batch: AtOnce = 32,
    device: Device = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the record to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask the model of people whom nothing has learned from, steered and not, beside methods without a model."""
    from ip_bench.errors import IntegrityError, IpBenchError
    from ip_bench.report.steering import evaluation
    from ip_bench.steering.evaluate import evaluate as asked
    from ip_bench.steering.folder import load
    from ip_bench.steering.parts import on_items
    from ip_bench.steering.persona import cohorts_of
    from ip_bench.steering.reached import reached

    answers = answers_in(data, form)
    with result(as_json=as_json):
        lm, _ = loaded_model(model, model_args, device, batch)
    loaded = load(folder, lm.model)
    division = dict(loaded.record.get("division", {}))
    if lacking := {"form", "people", "items", "seed", "answers"} - set(division):
        raise IpBenchError(f"steer.json of {folder} does not say who was learned from: {', '.join(sorted(lacking))}")
    if (expected := division["answers"]) != (content := content_of(answers)):
        raise IntegrityError(
            f"{data.name} has content {content}, the map was trained on {expected}; only of that is known who is unseen"
        )
    parts = parts_asked(answers, division["form"], division["people"], division["items"], division["seed"])
    cohorts = None
    if count := loaded.record["cohorts"]:
        learn = on_items(answers, parts.seen).of_people(parts.learn)
        cohorts = cohorts_of(loaded.trained.filter, learn, count)
    with result(as_json=as_json):
        found = asked(lm, answers, parts, loaded.trained, cohorts, most=cells, seed=division["seed"], say=_say)
        groups = reached(lm, answers, parts, loaded.trained, cohorts) if cohorts is not None else []
    record = {
        "model": loaded.record["model"],
        "training": loaded.record["training"],
        "rows": [_row(each) for each in found.rows],
        "differences": [_row(each) for each in found.differences],
        "cohorts": [_row(each) | {"ways": [_row(way) for way in each.ways]} for each in groups],
    }

    _give(record, out, as_json=as_json, show=lambda: evaluation(found, groups))


@app.command()
def align(
    model_args: ModelArgs,
    data: Data,
    model: Model = "hf",
    form: Form = "long",
    measure: Annotated[
        str, typer.Option("--measure", help="wasserstein, total variation or jensen-shannon.")
    ] = "wasserstein",
    wording: Wording = "survey",
    verbalized: Annotated[
        bool, typer.Option("--verbalized", help="Ask for percentages, not log-probabilities.")
    ] = False,
    cohorts: Annotated[int, typer.Option("--cohorts", help="So many cohorts; 0: as many as are found.")] = 0,
    topics: Annotated[
        Path | None,
        typer.Option("--topics", help="A CSV with columns item and topic; default: those of --format population."),
    ] = None,
    batch: AtOnce = 32,
    device: Device = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the record to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say whom a model answers like before any steering: its distance to every cohort, and to all."""
    from ip_bench.cohorts.factor import Categorical
    from ip_bench.report.steering import nearness
    from ip_bench.steering.aligned import alignment, consistent, group_distances, spoken
    from ip_bench.steering.persona import cohorts_of
    from ip_bench.steering.verbalized import elicited

    answers = answers_in(data, form)
    subjects = topics_in(topics, form)
    with result(as_json=as_json):
        lm, _ = loaded_model(model, model_args, device, batch)
    found = cohorts_of(Categorical().fit(answers), answers, cohorts or None)
    unparsed: dict[str, int] = {}
    with result(as_json=as_json):
        if verbalized:
            shares, unparsed = elicited(lm, answers.items)
        else:
            shares = spoken(lm, answers.items, wording=wording)
    membership = found.membership_ if found.count_ else found.membership_[:, :0]
    names = [f"cohort {at + 1}" for at in range(found.count_)]
    rows = alignment(shares, answers, membership, names, measure)
    agree = None
    if names and subjects:
        agree = consistent(group_distances(shares, answers, membership, measure), names, answers.items, subjects)
    record = {
        "measure": measure, "unparsed": unparsed, "groups": [_row(each) for each in rows],
        "consistency": _row(agree) if agree else None,
    }  # fmt: skip
    _give(record, out, as_json=as_json, show=lambda: nearness(rows, unparsed, agree))


@app.command("run")
def ask(
    folder: Annotated[Path, typer.Argument(help="A folder of ip-bench steer train.")],
    model_args: ModelArgs,
    task: Annotated[
        list[str] | None,
        typer.Option("--task", help="An lm-eval task of ip-bench (repeat the option).", autocompletion=tasks),
    ] = None,
    answers: Annotated[
        str, typer.Option("--answers", help="How many of a person's answers are used: all, 1, 5...")
    ] = "all",
    persona: Annotated[
        str, typer.Option("--persona", help="cohort:NUMBER, random:SEED or a JSON file; default: what each row gives.")
    ] = "",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Rows of a task, at most.")] = None,
    batch: AtOnce = 32,
    device: Device = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the record to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask lm-eval's tasks of the steered model; default: the soft arms of ip-personas."""
    from ip_bench.harness.plan import parse_model_args
    from ip_bench.steering.tasks import ask as asked

    steer = {"steer": str(folder), "answers": answers} | ({"persona": persona} if persona else {})
    with result(as_json=as_json):
        found = asked(
            parse_model_args(model_args) | steer,
            task or ["ip_personas_steering_soft"],
            batch=batch,
            device=device,
            limit=limit,
        )
    _give({"answers": answers, "tasks": found}, out, as_json=as_json, show=lambda: _figures(found))


@app.command()
def tax(
    baseline: Annotated[Path, typer.Argument(help="The folder of an ip-bench run of ip-tradeoff on the plain model.")],
    steered: Annotated[list[Path], typer.Argument(help="Folders of runs of the same tasks with --model ip-steered.")],
    allow_code: Annotated[bool, typer.Option("--allow-code", help="Run code that the models wrote, confined.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the record to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what steering costs in safety, benign requests answered and utility, by number of answers used."""
    from ip_bench.mitigation.compare import compare
    from ip_bench.report.steering import taxes
    from ip_bench.steering.tax import costs

    found = costs(compare(baseline, steered, allow_code=allow_code))
    _give({"costs": [_row(each) for each in found]}, out, as_json=as_json, show=lambda: taxes(found))


def _figures(found: dict[str, dict[str, float]]) -> None:
    from ip_bench.report.steering import table

    for name, figures in found.items():
        table(name, ("figure", "value"), [(each, f"{value:.3f}") for each, value in figures.items()])


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _row(found: NamedTuple) -> dict[str, Any]:
    return {name: value._asdict() if hasattr(value, "_asdict") else value for name, value in found._asdict().items()}


def _give(record: dict[str, Any], out: Path | None, *, as_json: bool, show: Any) -> None:
    from ip_bench.files import write_json

    if out is not None:
        write_json(out, record)
    if as_json:
        print_json(record)
    else:
        show()
