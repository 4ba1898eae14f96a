"""Policies on the command line: checked, compiled, and asked what comes of a wish."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ip_bench.cli import values
from ip_bench.cli.exits import NO
from ip_bench.cli.options import AsJson
from ip_bench.cli.output import print_json
from ip_bench.cli.values import among
from ip_bench.errors import ContentError, IpBenchError

if TYPE_CHECKING:
    from ip_bench.bounds.policy import Policy

app = typer.Typer(no_args_is_help=True, help="Rules of three tiers: policies as data.")
Files = Annotated[
    list[Path],
    typer.Argument(
        help="Policy files (YAML), or ids of shipped policies such as bank.", autocompletion=among(values.policies)
    ),
]
Alone = Annotated[
    bool, typer.Option("--alone", help="Leave the shipped rules of the first tier out; default: they stand above.")
]


@app.command()
def check(files: Files, alone: Alone = False, as_json: AsJson = False) -> None:
    """Check policies: every fault with its line and what would be right; exit code 1 where there is one."""
    from ip_bench.bounds.faults import misread
    from ip_bench.report.words import visible

    faults: list[str] = []
    sound: list[dict[str, Any]] = []
    for file in files:
        if file.suffix and not file.is_file():
            raise IpBenchError(f"{file}: there is no such file")
        try:
            policy = _load(file, alone=alone)
        except ContentError as error:
            faults += str(error).splitlines()
            continue
        tiers = ", ".join(
            f"{sum(rule.tier == tier for rule in policy.rules)} of tier {tier}"
            for tier in sorted({rule.tier for rule in policy.rules})
        )
        wrong = [*misread(policy.rules)]
        faults += wrong
        said = f"{len(wrong)} examples misread" if wrong else "no fault"
        sound.append({"file": str(file), "organization": policy.organization, "rules": len(policy.rules)})
        if not as_json:
            typer.echo(f"{file}: {visible(policy.organization)}, {len(policy.rules)} rules ({tiers}), {said}")
    if as_json:
        print_json({"policies": sound, "faults": faults})
    elif faults:
        typer.echo(visible("\n".join(faults)), err=True)
    if faults:
        raise typer.Exit(NO.code)


@app.command("compile")
def compile_(
    files: Files,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help="system, model-spec or guard.",
            autocompletion=among(["system", "model-spec", "guard"]),
        ),
    ] = "system",
    alone: Alone = False,
    as_json: AsJson = False,
) -> None:
    """Print policies as a system prompt, in the manner of the Model Spec, or as the policy of a guard model."""
    from ip_bench.bounds.compiled import compiled
    from ip_bench.bounds.policy import base

    policies = [_load(file, alone=alone) for file in files]
    above = alone or to == "system" or any(one.policy_id == "base" for one in policies)
    first = [] if above else [base()]
    text = compiled([*first, *policies], to).rstrip("\n")
    if as_json:
        print_json({"to": to, "text": text})
    else:
        typer.echo(text)


@app.command()
def resolve(
    files: Files,
    wish: Annotated[
        list[str],
        typer.Option("--wish", help="What the user asks for: SCOPE, SCOPE=VALUE, SCOPE<=N or SCOPE>=N (repeat it)."),
    ],
    jurisdiction: Annotated[
        list[str] | None, typer.Option("--in", help="Where it is asked: codes such as DE and EU (repeat it).")
    ] = None,
    alone: Alone = False,
    as_json: AsJson = False,
) -> None:
    """Say which rules apply to a wish, which wins, and why."""
    from ip_bench.bounds.policy import base, known_places
    from ip_bench.bounds.resolve import Request, wished
    from ip_bench.bounds.resolve import resolve as resolved

    for code in jurisdiction or ():
        if code != "any" and code not in known_places():
            raise IpBenchError(f"unknown jurisdiction {code!r}; use any, EU, or codes of ISO 3166 such as GB")
    own = [_load(file, alone=alone) for file in files]
    policies = [*([] if alone or any(one.policy_id == "base" for one in own) else [base()]), *own]
    wishes = tuple(wished(text, number) for number, text in enumerate(wish, 1))
    found = resolved(Request(wishes, tuple(jurisdiction or ("any",))), policies)
    if as_json:
        rulings = [
            {"rule": one.rule.rule_id, "wish": one.rule in wishes, "stands": one.stands, "because": one.because}
            for one in found.rulings
        ]
        print_json({"rulings": rulings, "standing": [rule.rule_id for rule in found.standing]})
        return
    for ruling in found.rulings:
        if ruling.rule in wishes or not ruling.stands:
            typer.echo(f"{ruling.rule.rule_id}: {'stands' if ruling.stands else 'is set aside'}: {ruling.because}")
    typer.echo(f"{len(found.standing)} rules to keep: {', '.join(rule.rule_id for rule in found.standing)}")


def _load(file: Path, *, alone: bool) -> Policy:
    from ip_bench.bounds.policy import base, load, shipped

    if not file.suffix and not file.is_file():
        known = {"base": base()} | shipped()
        if str(file) in known:
            return known[str(file)]
        raise IpBenchError(f"{file}: there is no such file, and no shipped policy of that id: {', '.join(known)}")
    return load(file, () if alone else (base(),))
