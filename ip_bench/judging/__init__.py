"""How far a judge can be trusted: its agreement with labels, and what moves its verdicts that should not."""

from __future__ import annotations

from ip_bench.judging.audit import audit, read_audit
from ip_bench.judging.corrected import calibration_of, corrected
from ip_bench.judging.perturb import PERTURBATIONS, variants
from ip_bench.judging.rows import Row, read_rows

__all__ = ["PERTURBATIONS", "Row", "audit", "calibration_of", "corrected", "read_audit", "read_rows", "variants"]
