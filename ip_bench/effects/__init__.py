"""Paired counterfactual effects with controls, valid under crossed random factors."""

from ip_bench.effects.clusters import clustered_mean, codes
from ip_bench.effects.effect import Effect
from ip_bench.effects.family import adjust, holm
from ip_bench.effects.paired import Pairs, pair, paired_effect
from ip_bench.effects.power import Components, items_needed
from ip_bench.effects.table import Cells, Scored, Scores
from ip_bench.effects.wald import Ratio, wald

__all__ = [
    "Cells",
    "Components",
    "Effect",
    "Pairs",
    "Ratio",
    "Scored",
    "Scores",
    "adjust",
    "clustered_mean",
    "codes",
    "holm",
    "items_needed",
    "pair",
    "paired_effect",
    "wald",
]
