"""The templates of pages: every text that they show is escaped, made visible and cut where it is very long."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from markupsafe import Markup

from ip_bench.report.words import brief, contrast_name, decimal, interval, measure_name, number, points, signed, visible

if TYPE_CHECKING:
    from jinja2 import Environment


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the environment of all pages; what is no `Markup` and no number goes through `visible` and `brief`.

    Filters: `task` breaks a name after its words, `whole` cuts nothing, `drawing` takes an SVG as it is.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    made = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        loader=FunctionLoader(file_text), finalize=lambda value: _shown(value) if type(value) is str else value,
    )  # fmt: skip
    made.filters |= {
        "points": points, "interval": interval, "contrast": contrast_name, "number": number,
        "measure": measure_name, "decimal": decimal,
        "signed": signed, "task": _task, "whole": lambda text: Markup("{}").format(visible(text)),
        "drawing": lambda svg: Markup(visible(svg)),  # noqa: S704  (what draws it escapes what it writes)
    }  # fmt: skip
    made.globals["style"] = Markup(file_text("page.css"))  # noqa: S704  (an own file)
    return made


def file_text(name: str) -> str:
    """Return the text of a file beside this one."""
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _task(name: str) -> Markup:
    """Return the name of a task, which may be broken after each of its words."""
    return Markup("_<wbr>").join(_shown(name).split("_"))


def _shown(text: str) -> str:
    return visible(brief(text))
