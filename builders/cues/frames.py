"""What stands around a message, and the two questions that are asked of it: the item's own, and who wrote it."""

from __future__ import annotations

from typing import NamedTuple

from ip_bench.design import Item
from ip_bench.seeds import digest

#: The forms that count as a country, by locale; the first is the choice that a row shows.
COUNTRIES: dict[str, tuple[str, ...]] = {
    "us": ("United States", "United States of America", "USA", "US", "America", "the States", "New England"),
    "uk": (
        "United Kingdom",
        "UK",
        "Great Britain",
        "Britain",
        "England",
        "Scotland",
        "Wales",
        "Northern Ireland",
    ),
    "au": ("Australia", "New South Wales"),
    "ca": ("Canada",),
    "ie": ("Ireland", "Republic of Ireland", "Eire"),
    "nz": ("New Zealand", "Aotearoa"),
    "in": ("India",),
    "za": ("South Africa",),
}


class Frame(NamedTuple):
    """The text around a message: system sentence, what stands before it and after it."""

    system: str
    before: str
    after: str


FRAMES = {
    "cultural": Frame("Reply with a short answer and nothing else.", "", "\nAnswer:"),
    "inference": Frame(
        "Reply with the name of one country and nothing else.",
        "Message: ",
        "\nWhich country is the writer of this message most likely from?\nAnswer:",
    ),
}


def as_country_question(item: Item) -> Item:
    """Return the item whose question is who wrote it: the choices are countries."""
    order = sorted(COUNTRIES, key=lambda locale: digest("choice", item.item_id, locale))
    return Item(
        item_id=item.item_id,
        topic=item.topic,
        question=item.question,
        choices=tuple(COUNTRIES[locale][0] for locale in order),
        accepted=tuple(COUNTRIES[locale] for locale in order),
        choice_locales=tuple((locale,) for locale in order),
        source=item.source,
    )
