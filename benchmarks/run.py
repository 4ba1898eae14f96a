"""Run every benchmark and write docs/benchmarks.md: one table of ratios with the machine, then a section each.

    python benchmarks/run.py                      # all of them; writes the page
    python benchmarks/run.py startup effects      # print these; nothing is written

The page names the machine only by what its speed depends on. Each benchmark has a process of its own, so that none
measures the memory or the threads of another.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from ratios import Result, table

from ip_bench.files import write_text

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
PACKAGES = ("ahocorasick-rs", "datasets", "lm-eval", "numpy", "polars", "pyarrow", "scipy")


class Section(NamedTuple):
    """A benchmark: its module here, the heading of its section, and what is said before what it found."""

    module: str
    title: str
    said: str


SECTIONS = (
    Section(
        "cue_engine",
        "Cue engine",
        """\
Targets: at least 100,000 rows/s on one core with edit logs and protected spans, and at least 50 times the regex. The
regex is an alternation of all the words with a boundary character on each side, as in HELM's dialect perturbation; it
consumes those characters, so neighboring words are missed. The dictionary looks up every `\\w+`; it misses words with
hyphens and phrases, and turns words in quotations, addresses and code. Neither keeps a log. The regex is timed on the
first prompts only.""",
    ),
    Section(
        "sentences",
        "Dialect cues",
        """\
multi-VALUE parses each sentence before it changes one. It is on the registry (`value-nlp` 0.3), but pins a spaCy that
does not load beside numpy 2, and fetches trained models when it starts. So the peer is its first step only: a
dependency parse by today's spaCy, in batches, with random weights. What it finds is worthless; its time is about that
of a trained pipeline of the same shape. On one core.""",
    ),
    Section(
        "builds",
        "Builds",
        """\
Targets: all shipped datasets in under 30 s on two cores, the three of the case studies together in under 20 s, from
content to files, gates included. One process a core makes the configs. Seconds of the processors are those of all
processes.""",
    ),
    Section(
        "cross",
        "Streaming cross",
        """\
Targets: 200,000 rows/s or more a core and less than 1 GiB for 10,000,000 rows; twice the rows in twice the time,
within 10%.""",
    ),
    Section(
        "runner",
        "Running",
        """\
Target: at most a fifth of the plain command's overhead, and the same results. Overhead is the time of the whole
process beyond the model's own. The plain command is given the folder of our tasks; it indexes its own as well.""",
    ),
    Section(
        "gpu",
        "Running on a GPU",
        """\
Target: at least 95% of the throughput of lm-eval's hf backend driven directly with the same requests, in the same
order and batches.""",
    ),
    Section("samples", "Samples", "Target: 10,000,000 samples at constant memory."),
    Section(
        "effects",
        "Effects",
        """\
Targets: a million rows, 10,000 items and 30 contrasts in under 0.5 s by the closed form, in under 4 s and 2 GiB with
10,000 max-T draws. Peers: scipy's permutation test, and a bootstrap that concatenates rows, at sizes they can do.""",
    ),
    Section(
        "factorization",
        "Factorization",
        """\
The synthetic population of ip-personas, a tenth of whose answers is held out. ALS has a column an option and answers
with the option of the highest score; red-dwarf runs the Polis pipeline, and people are answered by the shares of
their group. On one core. On real votes: [cohorts.md](cohorts.md).""",
    ),
    Section(
        "sequential",
        "Stopping early",
        """\
Targets: at most 5% error under repeated looks with realizations of SD .04; at most .75 of the calls of the same
paired fixed design at the planned effect, .4 at twice that, 1.15 at worst, with at most 2 points less power; a
quarter of the calls of the unpaired design or fewer. "Calls" are shares of the fixed design's.""",
    ),
    Section("published", "Stopping early on published responses", ""),
    Section("informed", "Fewer calls than that on published responses", ""),
    Section("startup", "Start-up", ""),
)


def processor() -> str:
    """Return the model of the processor, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def accelerator() -> str:
    """Return the name of the GPU, or that there is none."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"


def machine() -> str:
    """Return what the speed depends on: processor, memory, GPU, and the versions of Python and packages."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    cores = f"{os.cpu_count()} cores ({processor()})"
    return f"{cores}, {memory:.0f} GiB of memory, {accelerator()};\nPython {platform.python_version()}, {packages}"


def found(name: str) -> Result:
    """Run the benchmark of a module and return what it found."""
    own: Result = import_module(name).result()
    return own


def measured(names: list[str]) -> dict[str, Result]:
    """Run benchmarks one after the other, each in a process of its own, and say how long each took."""
    results = {}
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as pool:
        for name in names:
            start = time.perf_counter()
            results[name] = pool.submit(found, name).result()
            print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return results


def page(results: dict[str, Result]) -> str:
    """Return the page: the machine, the table, and a section a benchmark."""
    sections = []
    for one in SECTIONS:
        parts = [f"## {one.title}", one.said, results[one.module].text.strip()]
        sections.append("\n\n".join(filter(None, parts)))
    rows = table(row for one in SECTIONS for row in results[one.module].rows)
    whole = "\n\n".join(sections)
    return f"""# Benchmarks

Made by `make bench`, which writes this page anew. Machine: {machine()}.

Each row sets our figure beside a peer's of the same run. "Times better" is how many times faster, smaller or more
frequent ours is, so below 1 the peer's is better; it is empty where there is no peer. Peers that come with the extra
`bench` (`pip install ip-bench[bench]`) are left out where they are not installed. Sections below say what is compared.

{rows}

{whole}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [one.module for one in SECTIONS]
    parser.add_argument("only", nargs="*", help=f"print these and write nothing: {', '.join(names)}")
    only = parser.parse_args().only
    if unknown := sorted({*only} - {*names}):
        parser.error(f"unknown benchmark {', '.join(unknown)}; benchmarks are: {', '.join(names)}")
    results = measured(only or names)
    if only:
        print(
            table(row for name in only for row in results[name].rows),
            *(one.text for one in results.values()),
            sep="\n\n",
        )
        return
    write_text(PAGE, page(results))


if __name__ == "__main__":
    main()
