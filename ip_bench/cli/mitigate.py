"""The commands of mitigations: the conditions, pairs to tune on, tuning, rewriting, and what it all came to."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ip_bench.cli import values
from ip_bench.cli.options import (
    AllowCode,
    Alpha,
    AsJson,
    BatchSize,
    Device,
    Judge,
    Margin,
    Model,
    ModelArgs,
    Suite,
    Tasks,
)
from ip_bench.cli.output import print_json, result
from ip_bench.cli.values import among
from ip_bench.errors import IpBenchError
from ip_bench.progress import progress

app = typer.Typer(no_args_is_help=True, help="Mitigations of the tradeoff family: bias removed, and utility paid.")


@app.command()
def conditions(as_json: AsJson = False) -> None:
    """List the conditions that `ip-bench run --mitigation` takes, with their wordings and where the idea is from."""
    from ip_bench.mitigation.conditions import shipped

    if as_json:
        print_json({name: asdict(one) for name, one in shipped().items()})
        return
    for name, one in shipped().items():
        typer.echo(f"{name} ({one.kind}, {one.role}): {one.source}")
        for number, text in enumerate(one.wordings, 1):
            typer.echo(f"  {name}:{number}  {text}")


@app.command("build-pairs")
def build_pairs(
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")],
    source: Annotated[
        str | None,
        typer.Option("--from", help="Preference pairs: a JSONL or Parquet file or folder, or hub:ORG/NAME@COMMIT."),
    ] = None,
    variant: Annotated[
        str, typer.Option("--variant", help="Of pairs --from: own_system, empty_system or random_identity.")
    ] = "random_identity",
    columns: Annotated[
        str, typer.Option("--columns", help="The columns of system, question, chosen and rejected.")
    ] = "system,question,chosen,rejected",
    content_hash: Annotated[
        str | None, typer.Option("--content-hash", help="Refuse pairs --from whose content is another.")
    ] = None,
    run: Annotated[
        list[Path] | None,
        typer.Option("--run", help="Instead: a plain run of ip-tradeoff; prefers its identity-blind answers (repeat)."),
    ] = None,
    placebos: Annotated[
        bool, typer.Option("--placebos", help="Of --run: irrelevant attributes in place of identities, as a control.")
    ] = False,
    allow_code: Annotated[bool, typer.Option("--allow-code", help="Of --run: run code that the model wrote.")] = False,
    judge: Judge = "rules",
    form: Annotated[
        str, typer.Option("--format", help="jsonl or parquet.", autocompletion=among(["jsonl", "parquet"]))
    ] = "jsonl",
    as_json: AsJson = False,
) -> None:
    """Build preference pairs to tune on: from pairs that others made, or from a model's own answers."""
    from ip_bench.mitigation.consistent import Consistent
    from ip_bench.mitigation.pairs import of_variant, write_pairs
    from ip_bench.mitigation.preferences import Preferences

    if (source is None) == (not run):
        raise IpBenchError("name one of --from and --run: the pairs to build on, or the runs to make them of")
    if source is not None:
        found = Preferences(source, tuple(columns.split(",")), content_hash=content_hash)
        pairs = of_variant(variant, found)
        manifest = write_pairs(
            pairs, out, lambda: {"source": found.record, "left_out": dict(sorted(found.left_out.items()))}, form=form
        )
    else:
        own = Consistent(run or [], arms="placebos" if placebos else "identities", allow_code=allow_code, judge=judge)
        manifest = write_pairs(
            own, out, lambda: {"source": own.record, "left_out": dict(sorted(own.left_out.items()))}, form=form
        )
    if as_json:
        print_json(manifest)
        return
    typer.echo(f"{manifest['pairs']:,} pairs in {out}, content {manifest['content_hash'][:16]}")
    for what, count in {"repeated": manifest["repeated"], **manifest["left_out"]}.items():
        if count:
            typer.echo(f"left out: {what} {count:,}")
    typer.echo(f"source: {manifest['source']['name']}, {manifest['source'].get('rows', 'its')} rows")


@app.command()
def train(
    pairs: Annotated[Path, typer.Option("--pairs", help="A folder of build-pairs.")],
    model: Annotated[str, typer.Option("--model", help="The model to tune: a hub id or a local folder.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the adapter.")],
    revision: Annotated[str | None, typer.Option("--revision", help="The model's commit, tag or branch.")] = None,
    steps: Annotated[int, typer.Option(min=1, help="Optimizer steps.")] = 100,
    warmup: Annotated[int, typer.Option(min=0, help="Of these, steps of warm-up.")] = 50,
    learning_rate: Annotated[float, typer.Option(help="The highest learning rate; it falls as a cosine.")] = 5e-6,
    beta: Annotated[float, typer.Option(help="How far the model may move from what it was: less is further.")] = 0.1,
    rank: Annotated[int, typer.Option(min=1, help="Rank of LoRA.")] = 16,
    alpha: Annotated[int, typer.Option(min=1, help="Scale of LoRA.")] = 16,
    dropout: Annotated[float, typer.Option(help="Dropout of LoRA.")] = 0.05,
    batch_size: Annotated[int, typer.Option(min=1, help="Pairs at a time.")] = 1,
    accumulation: Annotated[int, typer.Option(min=1, help="Batches a step.")] = 5,
    max_prompt: Annotated[int, typer.Option(min=1, help="Tokens; pairs with a longer prompt are left out.")] = 512,
    max_length: Annotated[int, typer.Option(min=2, help="Tokens of prompt and answer; longer answers are cut.")] = 1024,
    quantize: Annotated[
        bool, typer.Option("--quantize", help="Load the model in 4 bits (needs bitsandbytes).")
    ] = False,
    device: Annotated[
        str | None, typer.Option(help="cpu, cuda...; default: the accelerator, which must be there.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of everything that is drawn.")] = 1234,
    as_json: AsJson = False,
) -> None:
    """Tune a model on preference pairs (DPO with LoRA); the adapter runs with `pretrained=MODEL,peft=OUT`."""
    from ip_bench.mitigation.train import Training
    from ip_bench.mitigation.train import train as tune

    plan = Training(
        model=model, revision=revision, steps=steps, warmup=warmup, learning_rate=learning_rate, beta=beta, rank=rank,
        alpha=alpha, dropout=dropout, batch_size=batch_size, accumulation=accumulation, max_prompt=max_prompt,
        max_length=max_length, quantize=quantize, device=device, seed=seed,
    )  # fmt: skip
    run = f"ip-bench run --model hf --model-args pretrained={model},peft={out} --dataset ip-tradeoff"
    with result(as_json=as_json) as give:
        tune(pairs, plan, out, announce=typer.echo)
        if as_json:
            give({"adapter": str(out), "run": run})
        else:
            typer.echo(f"run it: {run}")


@app.command()
def rewrite(
    model: Model,
    out: Annotated[Path, typer.Option("--out", help="File for the rewrites, as JSONL.")],
    model_args: ModelArgs = "",
    mitigation: Annotated[
        str,
        typer.Option("--mitigation", help="A condition that rewrites.", autocompletion=among(values.mitigations)),
    ] = "rewrite_identity",
    suite: Suite = "full",
    task: Tasks = None,
    rewrites: Annotated[Path | None, typer.Option("--rewrites", help="Rewrites to keep and not ask again.")] = None,
    batch_size: BatchSize = "1",
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """Have a model write the messages of ip-tradeoff without who asks; give the file to `ip-bench run --rewrites`."""
    from ip_bench.harness.plan import Plan, parse_model_args
    from ip_bench.mitigation.rewriter import rewrite_messages

    plan = Plan(
        model=model, model_args=parse_model_args(model_args), dataset="ip-tradeoff", suite=suite,
        tasks=tuple(task or ()), log_likelihood=False, batch_size=batch_size, device=device, mitigation=mitigation,
        rewrites=rewrites,
    )  # fmt: skip
    with result(as_json=as_json) as give:
        with progress(typer.echo) as at:
            at.step(f"rewriting with {model}")
            counts = rewrite_messages(plan, out, announce=at.say)
        if as_json:
            give({"out": str(out), "rows": counts})
            return
        for what, count in counts.items():
            typer.echo(f"rows {what}: {count:,}")


@app.command()
def compare(
    baseline: Annotated[Path, typer.Argument(help="The folder of the run without a mitigation.")],
    mitigated: Annotated[list[Path], typer.Argument(help="Folders of runs of the same tasks with one.")],
    held_out: Annotated[
        list[Path] | None,
        typer.Option("--held-out", help="Pairs or an adapter: leave out the templates that it was tuned on (repeat)."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the record to this file, as JSON.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Also write the table to this file, as HTML.")] = None,
    margin: Margin = 0.05,
    alpha: Alpha = 0.05,
    allow_code: AllowCode = False,
    judge: Judge = "rules",
    as_json: AsJson = False,
) -> None:
    """Say how much bias mitigations removed, and what was paid for it in safety, false refusals and utility."""
    from ip_bench.files import write_json, write_text
    from ip_bench.mitigation.compare import compare as compute
    from ip_bench.mitigation.pairs import used_templates
    from ip_bench.mitigation.shown import as_html, as_text

    without = {name for folder in held_out or () for name in used_templates(folder)}
    record = compute(
        baseline, mitigated, margin=margin, alpha=alpha, without=without, allow_code=allow_code, judge=judge
    )
    if out is not None:
        write_json(out, record)
    if html is not None:
        write_text(html, as_html(record))
    if as_json:
        print_json(record)
    else:
        typer.echo(as_text(record))
