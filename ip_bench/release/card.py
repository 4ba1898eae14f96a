"""The README of a dataset: YAML front matter for the hub, and a card for people, from one template."""

from __future__ import annotations

from importlib import resources
from typing import Any

from ip_bench.errors import ContentError
from ip_bench.release.cautions import card_section, front_matter, tags_of
from ip_bench.release.recipes import registered


def render_card(manifest: dict[str, Any], repo: str | None = None) -> str:
    """Return the card of a manifest's dataset: of a built folder, or as it will stand in `repo` at its version's tag.

    Raises:
        ContentError: where the dataset's template leaves out what its warnings ask for.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    if manifest["name"] in registered():  # a design of one's own, which no package has a card of
        folder, changelog = resources.files("ip_bench.own"), ""
    else:
        folder = resources.files("ip_bench.dataset_cards") / manifest["name"]
        changelog = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    template = environment.from_string((folder / "README.md.j2").read_text(encoding="utf-8"))
    caution = {"tags": tags_of(manifest), "front_matter": front_matter(manifest), "section": card_section(manifest)}
    card = template.render(manifest=manifest, changelog=changelog, repo=repo, caution=caution)
    _, front, text = card.split("---\n", 2)
    missing = [f"the tag {tag}" for tag in caution["tags"] if f"- {tag}\n" not in front]
    missing += [name for name, part in (("front_matter", front), ("section", text)) if str(caution[name]) not in part]
    if missing:
        raise ContentError(f"the card template of {manifest['name']} leaves out caution: {', '.join(missing)}")
    return card
