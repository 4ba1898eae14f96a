"""The rows of the config `cohorts`: one for each planted cohort and statement, with the shares of its options."""

from __future__ import annotations

from collections.abc import Iterator

from ip_bench.design import Prompt

from .opinions import plain
from .planted import cohorts
from .shares import counts, most_given, name_of, thousandths
from .splits import asked, side
from .statements import statements

CONFIG = "cohorts"


def prompts(split: str) -> Iterator[Prompt]:
    """Yield the rows of a split, statement by statement; the answer is the one that most of the cohort gave."""
    unseen, _ = side(split)
    codes = {one.item_id: code for code, one in enumerate(statements())}
    for item in asked(split):
        code = codes[item.item_id]
        for number, cohort in enumerate(cohorts()):
            given = [int(one) for one in counts(unseen)[number, code, : len(item.choices)]]
            own = {
                "cohort": cohort.cohort,
                "scale": statements()[code].scale,
                "description": cohort.description,
                "shares": thousandths(given),
                "answers": sum(given),
            }
            yield plain(CONFIG, item, name_of(number, unseen=unseen), most_given(given), own)
