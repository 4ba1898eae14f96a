"""ip-bench: does a language model answer differently because of who seems to ask?

The names below load their modules on first use, so that `import ip_bench` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ip_bench._version import __version__

if TYPE_CHECKING:
    from ip_bench.comparing import Comparison, compare
    from ip_bench.cues.families import cue
    from ip_bench.design import Contrast, Edit, Item, Prompt
    from ip_bench.effects.effect import Effect
    from ip_bench.estimates import Effects, estimate
    from ip_bench.hub.diff import diff
    from ip_bench.hub.load import load
    from ip_bench.hub.publish import publish
    from ip_bench.release.build import build
    from ip_bench.results import Results, analyze, run

__all__ = [
    "Comparison", "Contrast", "Edit", "Effect", "Effects", "Item", "Prompt", "Results", "__version__", "analyze",
    "build", "compare", "cue", "diff", "estimate", "load", "publish", "run",
]  # fmt: skip

_HOMES = {
    "Comparison": "ip_bench.comparing",
    "Contrast": "ip_bench.design",
    "Edit": "ip_bench.design",
    "Effect": "ip_bench.effects.effect",
    "Effects": "ip_bench.estimates",
    "Item": "ip_bench.design",
    "Prompt": "ip_bench.design",
    "Results": "ip_bench.results",
    "analyze": "ip_bench.results",
    "build": "ip_bench.release.build",
    "compare": "ip_bench.comparing",
    "cue": "ip_bench.cues.families",
    "diff": "ip_bench.hub.diff",
    "estimate": "ip_bench.estimates",
    "load": "ip_bench.hub.load",
    "publish": "ip_bench.hub.publish",
    "run": "ip_bench.results",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
