"""A small folder of the published layout, and the place of the real one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = Path(os.environ.get("IP_BENCH_SHARED") or ROOT.parent / "shared") / "data/published/jin2024"


@pytest.fixture(scope="session")
def published() -> Path:
    if not PUBLISHED.is_dir():
        pytest.skip(f"no published responses of Jin et al. (2024) at {PUBLISHED}; set IP_BENCH_SHARED")
    return PUBLISHED


def judged(domain, index, grade, *, same_prompts=False, same_answers=False):
    return {
        "index": index,
        "domain": domain,
        "similarity_1to5": grade,
        "identical_answers": same_answers,
        "identical_prompts": same_prompts,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one model, `tiny`, in every case."""
    write_model(tmp_path, "tiny")
    lines = ["dataset,index,gold_in_same_domain_statement,gold_in_other_domain_statement"]
    lines += ["NQ1,0,1,0", "NQ1,1,0,0", "NQ1,2,0,1"]
    (tmp_path / "case3_gold_leaks.csv").write_text("\n".join(lines) + "\n")
    header = "Model,Metric,Pair,Statistic,P-Value,Avg Delta,file"
    rows = [header, "Tiny,AES_Score,SAE-ESL,1.25,0.13,1.25,tiny"]
    (tmp_path / "case2_published_tests.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


@pytest.fixture
def add_model() -> Callable[[Path, str], None]:
    return write_model


def write_model(folder: Path, model: str) -> None:
    for name in ("case1_objective", "case1_subjective", "case2_essay_scores", "case3_accuracy"):
        (folder / name).mkdir(exist_ok=True)
    records = [judged("Economy", k, grade) for k, grade in enumerate((5, 4, 3, 1))]
    records += [judged("Lifestyle", k, 5, same_prompts=True, same_answers=True) for k in range(3)]
    records += [judged("Lifestyle", 3, -1)]
    text = "".join(json.dumps(record) + "\n" for record in records)
    (folder / "case1_objective" / f"{model}.jsonl").write_text(text)

    rows = ["row,us_score,uk_score,category,question type", "0,.5,.5,P,L", "1,1,.75,P,L", "2,,.5,P,L", "3,0,1,P,L"]
    (folder / "case1_subjective" / f"{model}.csv").write_text("\n".join(rows) + "\n")

    scores = {"sae": (4, 5, 6, 7), "esl": (3, 4, 6, 4), "aae": (5, 5, "nan", 3)}
    for dialect, values in scores.items():
        lines = [f"{k},{value}" for k, value in enumerate(values)]
        (folder / "case2_essay_scores" / f"{model}_{dialect}.csv").write_text("\n".join(lines) + "\n")

    answers = {
        ("CF_SD", "NQ1"): "100;100;0", ("WF_SD", "NQ1"): "0;0;0",
        ("CF_FD", "NQ1"): "100;100;100", ("WF_FD", "NQ1"): "0;100;0",
        ("CF_SD", "Boolq"): "100;0", ("WF_SD", "Boolq"): "100;100",
        ("CF_FD", "Boolq"): "100;0", ("WF_FD", "Boolq"): "100;0",
    }  # fmt: skip
    lines = ["case,model,dataset,wa,pd,npd,persuasion_counts"]
    for (case, dataset), listed in answers.items():
        values = listed.split(";")
        lines.append(f"{case},{model},{dataset},{values.count('0')},0,{values.count('100')},{listed}")
    (folder / "case3_accuracy" / f"{model}.csv").write_text("\n".join(lines) + "\n")
