"""The outside sets that can be read: layout, license, citation, and which release a count and a hash mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ip_bench.adapters import bbh, safety, utility
from ip_bench.adapters.record import OutsideItem
from ip_bench.adapters.tables import Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release of a set.

    `content_hash` is over the items (`read.content_hash`), so it is the same whatever the file format. `files` are
    the patterns of its files. Where `topics` are named, rows of other topics are no part of the release.
    """

    name: str
    rows: int
    content_hash: str
    files: tuple[str, ...]
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """A set: how a row becomes an item, where it is, and what is known of it.

    `commit` is the pinned commit of the hub repository `repo`, None where none is known; then the set is read from a
    folder, or at a commit that the user names. `together` says that all files of a release belong to it, not one.
    """

    name: str
    title: str
    item: Callable[[Cells, str], OutsideItem]
    repo: str
    commit: str | None = None
    license: str
    citation: str
    releases: tuple[Release, ...]
    together: bool = False
    columns: tuple[str, ...] = ()


_MMLU_TEST = frozenset(
    [
        "abstract_algebra", "business_ethics", "college_chemistry", "college_medicine", "conceptual_physics",
        "elementary_mathematics", "high_school_biology", "high_school_european_history", "high_school_macroeconomics",
        "high_school_physics", "high_school_us_history", "human_sexuality", "logical_fallacies", "marketing",
        "moral_disputes", "philosophy", "professional_law", "public_relations", "us_foreign_policy",
    ]
)  # fmt: skip

_ALL = (
    Adapter(
        name="do_not_answer",
        title="Do-Not-Answer",
        item=safety.do_not_answer,
        repo="LibrAI/do-not-answer",
        license="as stated on the card of LibrAI/do-not-answer",
        citation="wang2024donotanswer",
        releases=(
            Release(
                name="english",
                rows=939,
                content_hash="67c0c9325290f034b27f8ad88628e048027947f49262daebd9f976856e781d08",
                files=("do_not_answer*.csv",),
            ),
        ),
    ),
    Adapter(
        name="strongreject",
        title="StrongREJECT",
        item=safety.strongreject,
        repo="walledai/StrongREJECT",
        license="MIT",
        citation="souly2024strongreject",
        releases=(
            Release(
                name="first",
                rows=346,
                content_hash="73df4a928e987473ee39ca101a157f4823813553a996d2265204ee9a10394773",
                files=("strongreject*.csv",),
            ),
            Release(
                name="current",
                rows=313,
                content_hash="f22412e02eb1339f4c1996aabf184bf699b74deafab5a7fb97c188e6a8f445ca",
                files=("strongreject*.csv",),
            ),
        ),
    ),
    Adapter(
        name="simplesafetytests",
        title="SimpleSafetyTests",
        item=safety.simplesafetytests,
        repo="Bertievidgen/SimpleSafetyTests",
        license="CC-BY-4.0",
        citation="vidgen2023simplesafetytests",
        releases=(
            Release(
                name="first",
                rows=100,
                content_hash="553eb345c146d1a13d976af02d8b0b510ee18933a1322fd93f4a425d56be6961",
                files=("SimpleSafetyTests*.csv",),
            ),
        ),
    ),
    Adapter(
        name="xstest",
        title="XSTest",
        item=safety.xstest,
        repo="Paul/XSTest",
        license="CC-BY-4.0",
        citation="rottger2024xstest",
        releases=(
            Release(
                name="prompts",
                rows=450,
                content_hash="50865de0e5f47554a75d74b24ef7abd135622b23e990b2c5d47b5cc66d0f6a4d",
                files=("xstest_prompts*.csv",),
            ),
        ),
    ),
    Adapter(
        name="mmlu",
        title="MMLU",
        item=utility.mmlu,
        repo="cais/mmlu",
        license="MIT",
        citation="hendrycks2021mmlu",
        releases=(
            Release(
                name="dev",
                rows=285,
                content_hash="d7c73e81143b2404ab5a7ffe4959bfe9a867f735ed067680cebc17640196c843",
                files=("*_dev.csv",),
            ),
            Release(
                name="test_19",
                rows=5235,
                content_hash="8216c3ec6a71eef7c7901c95298f7c64f232980864ac3cb6a26036e52bdf07f1",
                files=("*_test.csv",),
                topics=_MMLU_TEST,
            ),
        ),
        together=True,
        columns=utility.MMLU_COLUMNS,
    ),
    Adapter(
        name="gsm8k",
        title="GSM8K",
        item=utility.gsm8k,
        repo="openai/gsm8k",
        license="MIT",
        citation="cobbe2021gsm8k",
        releases=(
            Release(
                name="test",
                rows=1319,
                content_hash="27f37524157c3ca42379bc4e78edf2ff55f3021011ab3fa2ddb54747079fa5f3",
                files=("test.jsonl",),
            ),
        ),
    ),
    Adapter(
        name="mbpp",
        title="MBPP",
        item=utility.mbpp,
        repo="google-research-datasets/mbpp",
        license="CC-BY-4.0",
        citation="austin2021mbpp",
        releases=(
            Release(
                name="full",
                rows=974,
                content_hash="1170647d1c18c333f754d01aa453d4c7b229355f3adef4d14a43f8a728729d31",
                files=("mbpp.jsonl",),
            ),
        ),
        together=True,
    ),
    Adapter(
        name="bbh",
        title="BIG-Bench Hard",
        item=bbh.bbh,
        repo="lukaemon/bbh",
        license="MIT",
        citation="suzgun2023bbh",
        releases=(
            Release(
                name="tasks_27",
                rows=6511,
                content_hash="5001414aeae64021d44a43512d98cb626499e106e37e4528889624dbadbf8727",
                files=("*.json",),
            ),
        ),
        together=True,
    ),
)
ADAPTERS = {adapter.name: adapter for adapter in _ALL}
