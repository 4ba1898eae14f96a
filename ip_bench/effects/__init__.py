"""Paired counterfactual effects with controls, valid under crossed random factors."""

from ip_bench.design import Contrast
from ip_bench.effects.adjusted import placebo_adjusted, pooled_placebo
from ip_bench.effects.bounds import Bounds, manski_bounds
from ip_bench.effects.clusters import clustered, clustered_mean, codes
from ip_bench.effects.components import VarianceComponents, variance_components
from ip_bench.effects.composite import composite, composite_effect
from ip_bench.effects.contrasts import every_contrast
from ip_bench.effects.designs import Sequential, group_sequential, information_at
from ip_bench.effects.distances import distance
from ip_bench.effects.dose import DoseResponse, dose_response
from ip_bench.effects.effect import Effect
from ip_bench.effects.exclusion import Exclusion, exclusion
from ip_bench.effects.family import adjust, adjust_max_t, holm
from ip_bench.effects.gaps import Bias, personalization_bias
from ip_bench.effects.groups import Gaps, axis, between, to_control
from ip_bench.effects.heterogeneity import Heterogeneity, heterogeneity
from ip_bench.effects.identity_bias import IdentityBias, bias
from ip_bench.effects.identity_gaps import Farthest, farthest, identity_gaps
from ip_bench.effects.judges import Judged
from ip_bench.effects.lee import lee_bounds
from ip_bench.effects.mixture import confidence_sequence
from ip_bench.effects.multiplier import MaxT, max_t
from ip_bench.effects.nested import by_item
from ip_bench.effects.noise import NoiseFloor, noise_floor
from ip_bench.effects.ordinal import distance_effect, tabulate
from ip_bench.effects.paired import Pairs, pair, paired_effect
from ip_bench.effects.paired_rates import mcnemar, paired_rates
from ip_bench.effects.pareto import Front, front
from ip_bench.effects.planning import Sizing, plan
from ip_bench.effects.pooled import pooled_difference
from ip_bench.effects.power import Components, Layout, items_needed, power_of
from ip_bench.effects.ppi import ppi_difference, ppi_mean
from ip_bench.effects.rates import independent_rates, rate_effect, wilson
from ip_bench.effects.read import Columns, read_scores
from ip_bench.effects.resampling import Bootstrap, bootstrap, cluster_sums, linearize
from ip_bench.effects.rogan_gladen import corrected_difference, corrected_rate
from ip_bench.effects.screens import Worst, benjamini_hochberg, worst
from ip_bench.effects.search import detectable
from ip_bench.effects.sequential import Decision, Design, Interim, look
from ip_bench.effects.signflip import SignFlip, sign_flip
from ip_bench.effects.table import Cells, Scored, Scores
from ip_bench.effects.topics import by_topic
from ip_bench.effects.wald import Ratio, wald

__all__ = [
    "Bias",
    "Bootstrap",
    "Bounds",
    "Cells",
    "Columns",
    "Components",
    "Contrast",
    "Decision",
    "Design",
    "DoseResponse",
    "Effect",
    "Exclusion",
    "Farthest",
    "Front",
    "Gaps",
    "Heterogeneity",
    "IdentityBias",
    "Interim",
    "Judged",
    "Layout",
    "MaxT",
    "NoiseFloor",
    "Pairs",
    "Ratio",
    "Scored",
    "Scores",
    "Sequential",
    "SignFlip",
    "Sizing",
    "VarianceComponents",
    "Worst",
    "adjust",
    "adjust_max_t",
    "axis",
    "benjamini_hochberg",
    "between",
    "bias",
    "bootstrap",
    "by_item",
    "by_topic",
    "cluster_sums",
    "clustered",
    "clustered_mean",
    "codes",
    "composite",
    "composite_effect",
    "confidence_sequence",
    "corrected_difference",
    "corrected_rate",
    "detectable",
    "distance",
    "distance_effect",
    "dose_response",
    "every_contrast",
    "exclusion",
    "farthest",
    "front",
    "group_sequential",
    "heterogeneity",
    "holm",
    "identity_gaps",
    "independent_rates",
    "information_at",
    "items_needed",
    "lee_bounds",
    "linearize",
    "look",
    "manski_bounds",
    "max_t",
    "mcnemar",
    "noise_floor",
    "pair",
    "paired_effect",
    "paired_rates",
    "personalization_bias",
    "placebo_adjusted",
    "plan",
    "pooled_difference",
    "pooled_placebo",
    "power_of",
    "ppi_difference",
    "ppi_mean",
    "rate_effect",
    "read_scores",
    "sign_flip",
    "tabulate",
    "to_control",
    "variance_components",
    "wald",
    "wilson",
    "worst",
]
