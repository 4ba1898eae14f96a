"""Run every benchmark and write docs/benchmarks.md, which names the machine only by what its speed depends on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import cue_engine
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

## Start-up

{startup.report()}
"""


if __name__ == "__main__":
    written = page()
    PAGE.write_text(written, encoding="utf-8")
    print(written)
