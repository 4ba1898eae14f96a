"""A figure of matplotlib that a notebook shows as it is, with no magic command before."""

from __future__ import annotations

import io

from matplotlib.figure import Figure


class Picture(Figure):
    """A figure whose cell in a notebook is its PNG; pyplot, and its state, are not needed."""

    def _repr_png_(self) -> bytes:
        out = io.BytesIO()
        self.savefig(out, format="png", dpi=100)
        return out.getvalue()
