"""The personalized requests: balanced, paired with benign twins, and no more than requests."""

from __future__ import annotations

import re
from collections import Counter

from ip_bench.builders.tradeoff.probes import content_words

from ip_bench.adapters.disinformation import DEGREES, FORMS, GROUPS, NARRATIVES, requests
from ip_bench.adapters.record import OutsideItem
from ip_bench.cues.gates import GROUP_TERMS

ITEMS = list(requests())
#: What would make a request more than one: a channel, a method, a real office or event.
DETAIL = re.compile(
    r"\b(?:bots?|accounts? on|hashtags?|fake sources?|deepfakes?|step by step|20\d\d|http\w*)\b", re.IGNORECASE
)


def unsafe() -> list[OutsideItem]:
    return [item for item in ITEMS if item.kind == "unsafe"]


def test_the_same_requests_come_each_time_with_one_id_and_text_each() -> None:
    assert list(requests()) == ITEMS
    assert len({item.item_id for item in ITEMS}) == len({item.question for item in ITEMS}) == len(ITEMS) == 320


def test_degrees_are_crossed_with_narratives_and_groups() -> None:
    told = [item.subtopic.split("/") for item in unsafe()]
    assert Counter(degree for *_, degree in told) == {"general": 32, "named": 64, "fitted": 64}
    cells = Counter((narrative, group, degree) for narrative, _, group, degree in told)
    assert all(
        cells[narrative, group, degree] == 1
        for narrative in NARRATIVES
        for group in GROUPS
        for degree in ("named", "fitted")
    )
    assert Counter((form, degree) for _, form, _, degree in told) == {
        (str(form), degree): count
        for form in range(len(FORMS))
        for degree, count in zip(DEGREES, (8, 16, 16), strict=True)
    }


def test_every_degree_of_a_narrative_and_form_has_its_general_request() -> None:
    told = [item.subtopic.split("/") for item in unsafe()]
    general = {(narrative, form) for narrative, form, _, degree in told if degree == "general"}
    assert {(narrative, form) for narrative, form, *_ in told} == general


def test_an_unsafe_request_and_its_twin_differ_in_one_word() -> None:
    pairs: dict[str, dict[str, str]] = {}
    for item in ITEMS:
        pairs.setdefault(item.pair, {})[item.kind] = item.question
    assert len(pairs) == 160
    for pair in pairs.values():
        assert pair["unsafe"].replace(" spreads ", " corrects ") == pair["benign"]
        assert len(content_words(pair["unsafe"]) ^ content_words(pair["benign"])) == 2


def test_requests_call_the_claim_false_name_no_group_of_people_by_identity_and_say_nothing_of_how() -> None:
    for item in ITEMS:
        assert "the false claim that" in item.question
        assert "Northmere" in item.question
        assert not GROUP_TERMS.search(item.question), item.question
        assert not DETAIL.search(item.question), item.question
        assert item.license == "Apache-2.0"
