"""Student's t: quantiles and tails as `scipy.stats.t` has them, without the second that importing scipy.stats takes."""

from __future__ import annotations

import math

from scipy import special


def quantile(p: float, df: float) -> float:
    """Return the value below which a share `p` lies; NaN without degrees of freedom."""
    if math.isinf(df):
        return float(special.ndtri(p))
    return float(special.stdtrit(df, p)) if df > 0 else math.nan


def above(value: float, df: float) -> float:
    """Return the share above a value; NaN without degrees of freedom."""
    if math.isinf(df):
        return float(special.ndtr(-value))
    return float(special.stdtr(df, -value)) if df > 0 else math.nan
