"""Where the family's rows come from: its content files, the works that they cite, and what each draw is made of."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable

from ip_bench.cues.asker.content import rows
from ip_bench.release.provenance import Source, files_revision

LICENSE = "CC-BY-4.0"
MESSAGES = ("blocks.jsonl", "explicit.jsonl", "places.json", "signoffs.jsonl", "templates.jsonl")
#: Configs that ask the questions; those of them whose messages hold words, a name or a place.
_WORDS, _NAMES, _PLACES = ("cultural", "inference"), ("names", "names_inference"), ("places", "places_inference")
_QUESTIONS = (*_WORDS, *_NAMES, *_PLACES)
_OPINION = "cultural_opinion"


def sources() -> tuple[Source, ...]:
    """Return what the rows are taken from: files written for this project, and the works behind the facts in them."""
    content = resources.files(__package__) / "content"

    def own(name: str, taken: str, configs: tuple[str, ...], *files: Traversable) -> Source:
        return Source(name=name, taken=taken, revision=files_revision(files), license=LICENSE, configs=configs)

    def folder(name: str) -> list[Traversable]:
        return [file for file in (content / name).iterdir() if file.name.endswith(".jsonl")]

    return (
        own(
            "ip-bench questions",
            "questions, answers by country with their accepted forms, answers of further countries",
            _QUESTIONS,
            *folder("items"),
        ),
        own(
            "ip-bench messages",
            "word blocks, lead-in sentences, statements of a country, sign-offs",
            (*_QUESTIONS, _OPINION),
            *(content / name for name in MESSAGES),
        ),
        own(
            "ip-bench survey questions",
            "questions without a right answer, and their options",
            (_OPINION,),
            *folder("opinion"),
        ),
        own(
            "ip-bench names",
            "first names by country, and the frames that sign with them",
            _NAMES,
            *(content / "asker" / f"{name}.csv" for name in ("names", "name_frames")),
        ),
        own(
            "ip-bench places",
            "cities, clocks and holidays by country, the sentences that tell of them, and neutral sentences",
            _PLACES,
            *(content / "asker" / f"{name}.csv" for name in ("place_values", "place_frames", "neutral")),
        ),
        *(
            Source(
                name=row["title"],
                taken=f"figures of names: {row['figure']}",
                license=row["license"],
                configs=_NAMES,
                revision=row["period"],
            )
            for row in rows("name_sources")
            if row["source"] in {"ssa", "ons-rank", "ons-2019"}
        ),
        Source(
            name="works and public bodies named in the column `source`",
            taken="facts: which answer is right in which country; no text",
            license="facts, which no license restricts",
            configs=_QUESTIONS,
        ),
    )
