"""A run in Python: from a model to its effects, and a finished run as an object with frames, reports and pictures."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from ip_bench.errors import IpBenchError
from ip_bench.frames import Kind, framed

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    from matplotlib.figure import Figure

    from ip_bench.comparing import Comparison

__all__ = ["Results", "analyze", "run"]


class Results:
    """A finished run: its answer in sentences, its effects and arms as frames, its samples, reports and pictures.

    `Results(folder)` opens what `ip-bench run`, `ip_bench.run` or `lm-eval run --log_samples` wrote; samples without an
    analysis are analyzed, with the margin and alpha that the run declared. Nothing is read before it is asked for.
    """

    def __init__(self, folder: Path | str) -> None:
        """Open a folder.

        Raises:
            IpBenchError: where there is no such folder.
        """
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise IpBenchError(f"there is no folder {self.folder}; ip_bench.run makes one, as does `ip-bench run`")

    @cached_property
    def analysis(self) -> dict[str, Any]:
        """The whole analysis (schema analysis): tasks with effects and counts, ratios, balance, and the record."""
        from ip_bench.report.formats import read_analysis

        if not (self.folder / "analysis.json").exists():
            analyze(self.folder)
        return read_analysis(self.folder)

    @property
    def model(self) -> str:
        """The model's name."""
        return str(self.analysis["model"])

    @property
    def dataset(self) -> str:
        """The dataset's name and version."""
        return f"{self.analysis['dataset']['name']} {self.analysis['dataset']['version']}"

    @cached_property
    def answer(self) -> list[str]:
        """What was found, in sentences, the strongest finding first: never a bare effect, always over placebo."""
        from ip_bench.report.page import answer

        return answer(self.analysis)

    @overload
    def effects(self, frame: Literal["polars"] = ..., *, part: str = ...) -> pl.DataFrame: ...
    @overload
    def effects(self, frame: Literal["pandas"], *, part: str = ...) -> pd.DataFrame: ...
    def effects(self, frame: Kind = "polars", *, part: str = "declared") -> pl.DataFrame | pd.DataFrame:
        """Return the effects as a frame, one row an effect (columns: `ip_bench.report.rows.EFFECT_COLUMNS`).

        Estimates and intervals are in units of the outcome: 0.03 is three points. `part` is "declared" (the contrasts
        that the dataset declares, each also minus placebo), "normalized" (log-likelihoods per character), "identities"
        (each asker's gap by axis), "mentions", "judge error", or "all".

        Raises:
            UnknownNameError: for another frame or part.
        """
        from ip_bench.report.rows import EFFECT_COLUMNS, effect_rows

        return framed(effect_rows(self.analysis, part), EFFECT_COLUMNS, frame)

    @overload
    def arms(self, frame: Literal["polars"] = ...) -> pl.DataFrame: ...
    @overload
    def arms(self, frame: Literal["pandas"]) -> pd.DataFrame: ...
    def arms(self, frame: Kind = "polars") -> pl.DataFrame | pd.DataFrame:
        """Return the arms as a frame, one row an arm and outcome: its mean, rows, and how responses were read."""
        from ip_bench.report.rows import ARM_COLUMNS, arm_rows

        return framed(arm_rows(self.analysis), ARM_COLUMNS, frame)

    def samples(self, *, allow_code: bool = False) -> pl.LazyFrame:
        """Return every sample as a lazy polars table, scored again as it is read (`ip_bench.samples`)."""
        from ip_bench.samples.scan import scan_samples

        return scan_samples(self.folder, allow_code=allow_code)

    def report(self, format: str = "html", *, out: Path | str | None = None) -> Path:  # noqa: A002  (the option's name)
        """Write the report as "html", "md", "json", "csv" or "tex" and return its path, by default in the run's folder.

        Raises:
            UnknownNameError: for another format.
        """
        from ip_bench.errors import UnknownNameError
        from ip_bench.report.formats import FORMATS, texts, write_formats
        from ip_bench.report.page import page

        if format not in FORMATS:
            raise UnknownNameError("format", format, FORMATS)
        made = {"html": lambda: page(self.folder)} | texts(self.analysis)
        (path,) = write_formats(made, [format], self.folder, "report", None if out is None else Path(out))
        return path

    def plots(self, out: Path | str | None = None) -> list[Path]:
        """Write every picture as PNG and SVG, by default into the folder `plots` of the run, and return their paths."""
        from ip_bench.report.plots import write_plots

        return write_plots(self.analysis, self.folder / "plots" if out is None else Path(out))

    def plot(self, name: str | None = None) -> Figure:
        """Return one picture as a figure of matplotlib: the first, or the one named as `plots` names its files.

        Raises:
            UnknownNameError: for another name; the error lists them.
        """
        from ip_bench.errors import UnknownNameError
        from ip_bench.report.plots import figures

        found = dict(figures(self.analysis))
        if name is None:
            return next(iter(found.values()))
        if name not in found:
            raise UnknownNameError("plot", name, found)
        return found[name]

    def compare(self, *others: Results | Path | str) -> Comparison:
        """Return other runs beside this one, which is the baseline; see `ip_bench.compare`."""
        from ip_bench.comparing import compare

        return compare([self, *others])

    def __repr__(self) -> str:
        """Return the answer as plain text."""
        from ip_bench.report.words import visible

        lines = [f"Results of {self.model} on {self.dataset} ({self.folder})", *self.answer]
        return "\n".join(textwrap.fill(visible(line), 110, subsequent_indent="    ") for line in lines)

    def _repr_html_(self) -> str:
        """Return the answer, a forest plot of the findings and a table, for a notebook."""
        from ip_bench.report.findings import findings, headline
        from ip_bench.report.notebook import Line, card
        from ip_bench.report.rows import finding_rows

        lines = [Line(name, effect) for name, effect in finding_rows(self.analysis)]
        margin = self.analysis["margin"]
        said = [headline(findings(self.analysis), margin), *self.answer]
        return card(f"{self.model}, {self.dataset}", said, lines, margin)


def run(
    model: Any,
    model_args: str | Mapping[str, Any] = "",
    *,
    out: Path | str,
    dataset: Path | str = "ip-cues",
    suite: str = "full",
    tasks: Iterable[str] = (),
    tokenizer: Any = None,
    batch_size: int | str = 1,
    device: str | None = None,
    chat_template: bool | None = None,
    log_likelihood: bool | None = None,
    max_gen_toks: int | None = None,
    temperature: float | None = None,
    seed: int = 1234,
    margin: float = 0.05,
    alpha: float = 0.05,
    sequential: bool = False,
    allow_code: bool = False,
    judge: str = "rules",
    fresh: bool = False,
    announce: Callable[[str], None] | None = None,
    progress: bool = True,
) -> Results:
    """Ask a model the tasks of a dataset, analyze what it said, and return the results; as `ip-bench run` does.

    `model` is the name of an lm-eval backend ("hf", "vllm", "local-chat-completions", "simulated"...) with `model_args`
    as text or mapping; or a model in memory: an lm-eval `LM`, or a transformers model with its `tokenizer`. Everything
    is written into the folder `out`. Answers of a named model are kept as they come, so the same call after a crash
    asks only the rest (`fresh` asks anew); of a model in memory they are not.

    Raises:
        IpBenchError: where a name is unknown, the model cannot be loaded or asked, or `out` holds other files.
        SamplesError: where what came back cannot be analyzed.
    """
    from ip_bench.harness import runner
    from ip_bench.harness.given import GIVEN, given_model
    from ip_bench.harness.plan import LOOKS, Plan, generation_of, parse_model_args
    from ip_bench.outcomes.refusal.names import checked_name
    from ip_bench.own.known import registered

    checked_name(judge)
    _check_levels(margin, alpha)
    generation = generation_of(max_gen_toks, temperature)
    arguments = parse_model_args(model_args) if isinstance(model_args, str) else dict(model_args)
    lm = None
    if not isinstance(model, str):
        lm, name = given_model(model, tokenizer, arguments, batch_size)
        model, arguments = GIVEN, {"pretrained": name}
    elif tokenizer is not None:
        raise IpBenchError("tokenizer= is for a model in memory; of a backend say tokenizer=NAME in model_args")
    plan = Plan(
        model=model, model_args=arguments, dataset=registered(str(dataset)), suite=suite, tasks=_names(tasks),
        log_likelihood=log_likelihood, chat_template=chat_template, batch_size=batch_size, device=device,
        generation=generation, seed=seed, margin=margin, alpha=alpha, looks=LOOKS if sequential else None,
    )  # fmt: skip
    folder = Path(out)
    if runner.run(plan, folder, fresh=fresh, announce=announce, progress=progress, lm=lm):
        analyze(folder, margin=margin, alpha=alpha, allow_code=allow_code, judge=judge)
    return Results(folder)


def analyze(
    folder: Path | str,
    *,
    margin: float | None = None,
    alpha: float | None = None,
    allow_code: bool = False,
    judge: str = "rules",
) -> Results:
    """Analyze the samples in a folder, again or for the first time, without the model, and return the results.

    `margin` and `alpha` are by default those that the run declared, else 0.05.

    Raises:
        SamplesError: where the samples cannot be analyzed; every fault is named with its count.
    """
    from ip_bench.analysis import analyze as compute
    from ip_bench.estimation import ALPHA, MARGIN
    from ip_bench.files import read_record

    place = Path(folder)
    declared = read_record(place / "run.json").get("declared", {}) if (place / "run.json").exists() else {}
    levels: dict[str, Any] = {
        name: given if given is not None else declared.get(name) or usual
        for name, given, usual in (("margin", margin, MARGIN), ("alpha", alpha, ALPHA))
    }
    _check_levels(**levels)
    compute(place, allow_code=allow_code, judge=judge, **levels)
    return Results(place)


def _check_levels(margin: float, alpha: float) -> None:
    """Raise IpBenchError for levels that no analysis has, before a model is asked for hours."""
    for name, value, most in (("margin", margin, 1), ("alpha", alpha, 0.5)):
        if not 0 < value < most:
            raise IpBenchError(f"{name} is {value}; it must be between 0 and {most}, declared before the run")


def _names(tasks: Iterable[str]) -> tuple[str, ...]:
    return (tasks,) if isinstance(tasks, str) else tuple(tasks)
