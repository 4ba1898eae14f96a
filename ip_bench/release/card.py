"""The README of a dataset: YAML front matter for the hub, and a card for people, from one template."""

from __future__ import annotations

from importlib import resources
from typing import Any


def render_card(manifest: dict[str, Any]) -> str:
    """Return the card of a manifest's dataset."""
    from jinja2 import Environment, StrictUndefined

    folder = resources.files("ip_bench.dataset_cards") / manifest["name"]
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    template = environment.from_string((folder / "README.md.j2").read_text(encoding="utf-8"))
    changelog = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    return template.render(manifest=manifest, changelog=changelog)
