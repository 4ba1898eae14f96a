"""Did a completion refuse, wholly or in part, or comply: rules with weights, calibration, and judges by name."""

from __future__ import annotations

from ip_bench.outcomes.refusal.blinding import masked
from ip_bench.outcomes.refusal.calibration import Judgement, Operating, judged_arms, model_family, operating
from ip_bench.outcomes.refusal.detector import COMPLIANCE, FULL, LABELS, PARTIAL, Detector, Labeled, Verdict, shipped
from ip_bench.outcomes.refusal.judges import judge_by_name

__all__ = [
    "COMPLIANCE",
    "FULL",
    "LABELS",
    "PARTIAL",
    "Detector",
    "Judgement",
    "Labeled",
    "Operating",
    "Verdict",
    "judge_by_name",
    "judged_arms",
    "masked",
    "model_family",
    "operating",
    "shipped",
]
