"""Run every benchmark and write docs/benchmarks.md, which names the machine only by what its speed depends on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import builds
import cue_engine
import effects
import sequential
import startup

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def processor() -> str:
    """Return the model of the processor, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def page() -> str:
    """Return the page: the machine, then a table a benchmark, with what each one compares."""
    return f"""# Benchmarks

Made by `make bench`, which writes this page anew. Machine: {os.cpu_count()} cores ({processor()}),
Python {platform.python_version()}, ahocorasick-rs {version("ahocorasick-rs")}.

## Cue engine

Targets: at least 100,000 rows/s on one core with edit logs and protected spans, and at least 50 times the regex.
The regex is an alternation of all the words with a boundary character on each side, as in HELM's dialect
perturbation; it consumes those characters, so neighboring words are missed. The dictionary looks up every `\\w+`;
it misses words with hyphens and phrases, and turns words in quotations, addresses and code. Neither keeps a log.
The regex is timed on the first {cue_engine.REGEX_PROMPTS:,} prompts.

{cue_engine.report()}

## Effects

Targets: a million rows, 10,000 items and 30 contrasts in under 0.5 s by the closed form, in under 4 s and 2 GiB with
10,000 max-T draws. Peers: scipy's permutation test and a bootstrap that concatenates rows, at the sizes they can do.

{effects.report()}

## Stopping early

Targets: at most 5% error under repeated looks with realizations of SD .04; at most .75 of the calls of the same paired
fixed design at the planned effect, .4 at twice that, 1.15 at worst, with at most 2 points less power; a quarter of the
calls of the unpaired design or fewer. "Calls" are shares of the fixed design's.

{sequential.report()}

## Builds

Target: the three datasets of the case studies together in under {builds.TARGET} s, from content to files, gates
included. One process a core makes the configs. Seconds of the processors are those of all processes.

{builds.report()}

## Start-up

{startup.report()}
"""


if __name__ == "__main__":
    written = page()
    PAGE.write_text(written, encoding="utf-8")
    print(written)
