"""People embedded by their opinions, and the cohorts they form, if any."""

from ip_bench.cohorts.answers import Answers, Group, Item
from ip_bench.cohorts.baselines import Chance, ItemMode, Polis, SquaredError
from ip_bench.cohorts.choose import Cohorts
from ip_bench.cohorts.coherence import coherence
from ip_bench.cohorts.factor import Binary, Categorical, Ordinal, Places
from ip_bench.cohorts.labels import labels
from ip_bench.cohorts.read import read, read_hub, read_opinionqa
from ip_bench.cohorts.survey import survey

__all__ = [
    "Answers", "Binary", "Categorical", "Chance", "Cohorts", "Group", "Item", "ItemMode", "Ordinal", "Places", "Polis",
    "SquaredError", "coherence", "labels", "read", "read_hub",
    "read_opinionqa", "survey",
]  # fmt: skip
