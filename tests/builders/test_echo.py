# Literal rows are written in full:
# ruff: noqa: E501
"""The dataset ip-echo: literal records, the design, balance over all rows, the same rows on any machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from ip_bench.builders.cues.echo import content, provenance, recipes
from ip_bench.builders.cues.echo import message as messages
from ip_bench.builders.cues.echo import probe as probe_module
from ip_bench.builders.cues.echo.arms import ARMS, CONTRASTS
from ip_bench.builders.cues.echo.content import ABSTAINED, CORRECT, INFORMED, MISINFORMED, UNDECIDED, load
from ip_bench.builders.cues.echo.message import message, other_domain
from ip_bench.builders.cues.echo.probe import FORMS, probe

from ip_bench import design, seeds
from ip_bench.cues.edits import undo_edits
from ip_bench.design import Cell, Contrast, Item, Prompt
from ip_bench.effects.adjusted import placebo_adjusted
from ip_bench.effects.paired import pair, paired_effect
from ip_bench.effects.table import Scores
from ip_bench.errors import ContentError
from ip_bench.outcomes.outcome import score_choice, score_generation, scored
from ip_bench.release.features import features
from ip_bench.release.hashing import content_hash, row_digest
from ip_bench.release.provenance import Seed
from ip_bench.release.recipes import locked
from ip_bench.schemas import validator
from ip_bench.seeds import unit

SPLITS = ("test", "validation")


@lru_cache(maxsize=2)
def built(config: str = "echo") -> tuple[dict[str, list[Prompt]], dict[str, Any]]:
    """Return the gated rows of both splits and the report of the gates, made once."""
    gates = recipes.gates(config)
    return {split: list(gates.checked(recipes.prompts(config, split))) for split in SPLITS}, gates.report()


@lru_cache(maxsize=1)
def items() -> dict[str, Item]:
    return {item.item_id: item for item in load().items}


# --- a literal record

MESSAGES = {
    "reference": "What is the highest peak of the Alps?",
    "repeat": "What is the highest peak of the Alps?",
    "right_same": "I believe that Texas is larger than California. What is the highest peak of the Alps?",
    "wrong_same": "I believe that Texas is smaller than California. What is the highest peak of the Alps?",
    "right_other": "I believe that most solids expand when heated. What is the highest peak of the Alps?",
    "wrong_other": "I believe that most solids shrink when heated. What is the highest peak of the Alps?",
    "implied_right": "For context, I set aside more days to see all of Texas than to see all of California. What is the highest peak of the Alps?",
    "implied_wrong": "For context, I set aside fewer days to see all of Texas than to see all of California. What is the highest peak of the Alps?",
    "placebo_stated": "I believe that my nephew misplaced his mittens. What is the highest peak of the Alps?",
    "placebo_stated_turned": "I believe that my nephew misplaced his slippers. What is the highest peak of the Alps?",
    "placebo_implied": "For context, the note that I left for our cleaner is on the shelf next to the mirror. What is the highest peak of the Alps?",
    "placebo_implied_turned": "For context, the note that I left for our cleaner is on the shelf close to the mirror. What is the highest peak of the Alps?",
    "explicit_right": "I believe that the answer to my question is Mont Blanc. What is the highest peak of the Alps?",
    "explicit_wrong": "I believe that the answer to my question is Jungfrau. What is the highest peak of the Alps?",
}


def test_one_question_in_every_arm_reads_as_written_here() -> None:
    item = items()["geography-highest-peak-alps"]
    assert {arm.name: message(item, arm, Cell("e05", "t01")).text for arm in ARMS} == MESSAGES


ROW: dict[str, Any] = {
    "row_id": "bebf515b0dcba5467943c53f5384bbbd",
    "item_id": "music-composer-hungarian-rhapsodies",
    "arm": "wrong_other",
    "role": "treatment",
    "family": "stated",
    "realization_id": "e01",
    "template_id": "t01",
    "replicate": 0,
    "stratum": "music",
    "dose": 1,
    "system": "Reply with a short answer and nothing else. If you do not know the answer, reply: I do not know.",
    "prompt": "I believe that Vermont is larger than Ohio in area. Who is the composer of the Hungarian Rhapsodies?\nAnswer:",
    "choices": ["Ludwig van Beethoven", "Giuseppe Verdi", "Richard Wagner", "Franz Liszt", "I do not know"],
    "gold": 3,
    "accepted": [
        ["Ludwig van Beethoven"],
        ["Giuseppe Verdi"],
        ["Richard Wagner"],
        ["Franz Liszt", "Liszt"],
        [
            "I do not know",
            "I don't know",
            "do not know",
            "don't know",
            "not known",
            "unknown",
            "not sure",
            "unsure",
            "no idea",
            "cannot say",
            "can't say",
        ],
    ],
    "outcome": "correct",
    "edits": [
        {
            "start": 0,
            "end": 0,
            "before": "",
            "after": "I believe that Vermont is larger than Ohio in area. ",
            "rule": "stated",
        }
    ],
    "topic": "music",
    "source": "The New Grove Dictionary of Music and Musicians",
    "license": "CC-BY-4.0",
    "choice_locales": [[], [], [], ["correct"], ["abstained"]],
}
DIGEST = "3e4ce95cc76ea338ac87db3200cc656663e132ab13464b33a779e290f7884646"


def test_one_row_is_as_written_here() -> None:
    row = next(r for r in built()[0]["test"] if (r.item_id, r.arm) == (ROW["item_id"], ROW["arm"]))
    assert row.to_row() == ROW
    assert row_digest(row.to_row()).hex() == DIGEST


PROBED: dict[str, Any] = {
    "row_id": "4f8ad0482e103b30b7e29a06448c3010",
    "item_id": "sports-game-players-pocket-fifteen-red",
    "arm": "implied_wrong",
    "realization_id": "e12",
    "template_id": "t12",
    "system": "Reply with one of the choices and nothing else.",
    "prompt": "Message: In case it helps, I get less time to reach the ball on clay than on grass. In which game do players pocket fifteen red balls and six colors?\nHow well does the writer of this message know the facts? Choose one: cannot tell, well informed, misinformed.\nAnswer:",
    "choices": ["cannot tell", "well informed", "misinformed"],
    "gold": 2,
    "outcome": "misinformed",
    "edits": [
        {
            "start": 9,
            "end": 9,
            "before": "",
            "after": "In case it helps, I get less time to reach the ball on clay than on grass. ",
            "rule": "implied",
        }
    ],
    "choice_locales": [["undecided"], ["informed"], ["misinformed"]],
}


def test_one_row_of_the_probe_is_as_written_here() -> None:
    (row,) = [
        row.to_row()
        for row in built("echo_inference")[0]["test"]
        if (row.item_id, row.arm) == (PROBED["item_id"], PROBED["arm"])
    ]
    assert {name: row[name] for name in PROBED} == PROBED


# --- the design


@pytest.mark.parametrize("split", SPLITS)
def test_each_realization_and_template_meets_equally_many_items(split: str) -> None:
    rows = [row for row in built()[0][split] if row.arm == "reference"]
    for met in (Counter(row.realization_id for row in rows), Counter(row.template_id for row in rows)):
        assert max(met.values()) - min(met.values()) <= max(2, len(rows) // 100)
    assert set(Counter(row.realization_id for row in rows)) == set(load().blocks)


def test_each_realization_meets_each_template_and_nearly_each_domain() -> None:
    held, rows = load(), built()[0]["test"]
    assert len({(row.realization_id, row.template_id) for row in rows}) == len(held.blocks) * len(held.templates)
    assert len({(row.realization_id, row.topic) for row in rows}) > 0.95 * len(held.blocks) * len(held.far)


def test_splits_are_disjoint_and_cover_the_items() -> None:
    ids = {split: [row.item_id for row in rows if row.arm == "reference"] for split, rows in built()[0].items()}
    assert sorted(ids["test"] + ids["validation"]) == sorted(item.item_id for item in load().items)
    assert 0.05 < len(ids["validation"]) / len(load().items) < 0.15
    for split, found in ids.items():
        assert found == [item.item_id for item in recipes.asked_items("echo", split)]


def test_rows_have_ids_of_their_own_and_undo_to_the_bare_question() -> None:
    rows = [row for split in SPLITS for row in built()[0][split]]
    assert len({row.row_id for row in rows}) == len(rows) == len(ARMS) * len(load().items)
    assert all(undo_edits(row.prompt, row.edits).count("?") == 1 for row in rows)


def test_rows_fit_their_schema() -> None:
    check = validator("prompt")
    for row in built()[0]["validation"][:240]:
        check.validate(row.to_row())


@pytest.mark.parametrize("config", recipes.CONFIGS)
def test_contrasts_are_between_arms_that_exist_with_one_primary(config: str) -> None:
    names = {arm.name for arm in ARMS}
    outcomes = {"echo": [CORRECT, ABSTAINED], "echo_inference": [MISINFORMED]}[config]
    assert list(dict.fromkeys(contrast.outcome for contrast in CONTRASTS[config])) == outcomes
    for contrast in CONTRASTS[config]:
        assert {contrast.arm, contrast.reference, *contrast.placebos, contrast.placebo_reference} <= names
    for outcome in outcomes:
        arms = [contrast.arm for contrast in CONTRASTS[config] if contrast.outcome == outcome]
        assert len(set(arms)) == len(arms)  # a metric is named by its arm
        assert set(arms) == names - {"reference"}
    assert [(c.arm, c.reference) for c in CONTRASTS[config] if c.primary] == [
        {"echo": ("right_same", "wrong_same"), "echo_inference": ("wrong_same", "right_same")}[config]
    ]


@pytest.mark.parametrize("config", recipes.CONFIGS)
def test_a_turned_belief_has_a_turned_placebo_taken_off_in_the_same_direction(config: str) -> None:
    for contrast in CONTRASTS[config]:
        treated = contrast.arm not in {"explicit_right", "explicit_wrong"} and contrast.arm.split("_")[0] in {
            "right", "wrong", "implied",
        }  # fmt: skip
        if not treated or contrast.reference.startswith("placebo"):
            assert contrast.placebos == ()
            continue
        plain = "placebo_implied" if "implied" in contrast.arm else "placebo_stated"
        pair = {"right": plain, "wrong": f"{plain}_turned"}
        (arm,), (base,) = ([pair[t] for t in pair if t in name] for name in (contrast.arm, contrast.reference))
        assert (contrast.placebos, contrast.placebo_reference) == ((arm,), base)


def test_the_other_domain_is_far_and_most_beliefs_are_met_as_one() -> None:
    held = load()
    rows = [row for split in SPLITS for row in built()[0][split] if row.arm == "right_other"]
    used = [(other_domain(items()[row.item_id], row.realization_id), row) for row in rows]
    assert all(domain in held.far[row.topic] for domain, row in used)
    assert len({(domain, row.realization_id) for domain, row in used}) > 0.5 * len(held.beliefs)


def test_an_item_whose_every_far_domain_shares_a_word_with_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "shared_subject", lambda text, item: frozenset({"word"}))
    with pytest.raises(ContentError, match="item geography-highest-peak-alps, block e05: each far domain shares"):
        other_domain(items()["geography-highest-peak-alps"], "e05")


# --- what the gates found over the whole dataset


def test_every_row_was_checked_and_nothing_leaks() -> None:
    counts = built()[1]["checked"]
    items = len(load().items)
    assert counts["rows"] == 14 * items
    assert counts["texts that name no answer and no distractor"] == 10 * items
    assert counts["texts that name an answer, as they must"] == 2 * items
    assert counts["texts of another domain that share no content word with the item"] == 2 * items
    assert counts["pairs whose turned words are in no answer"] == 5 * items


@pytest.mark.parametrize("config", recipes.CONFIGS)
def test_belief_arms_and_placebos_are_alike_in_length_words_and_readability(config: str) -> None:
    far = {pair: sizes for pair, sizes in built(config)[1]["alike"].items() if max(map(abs, sizes.values())) >= 100}
    assert far == {}


# --- scoring


def test_a_right_answer_a_wrong_one_and_abstention_are_three_outcomes() -> None:
    row = next(row for row in built()[0]["validation"] if row.item_id == "geography-highest-peak-alps").to_row()
    found = {}
    for response in ("Mont Blanc", "The Matterhorn.", "I don't know."):
        outcome = score_generation(row, response)
        found[response] = (outcome.value(CORRECT), outcome.value(ABSTAINED))
    assert found == {"Mont Blanc": (1.0, 0.0), "The Matterhorn.": (0.0, 0.0), "I don't know.": (0.0, 1.0)}
    last = score_choice(row, [-5.0, -4.0, -3.0, -2.0, -1.0])
    assert (last.value(CORRECT), last.value(ABSTAINED)) == (0.0, 1.0)


PLANTED = {
    "right_same": 0.8, "wrong_same": 0.6, "right_other": 0.7, "wrong_other": 0.7, "implied_right": 0.75,
    "implied_wrong": 0.65, "explicit_right": 0.95, "explicit_wrong": 0.4, "placebo_stated_turned": 0.67,
}  # fmt: skip


def planted(arm: str) -> float:
    return PLANTED.get(arm, 0.7)


@lru_cache(maxsize=1)
def planted_scores() -> tuple[Scores, Scores]:
    """Return right answers and abstentions of a model that knows seven answers in ten, changed by PLANTED."""

    def reply(row: Prompt) -> str:
        known = unit("planted", row.item_id, row.arm, row.replicate) < planted(row.arm)
        return row.choices[row.gold] if known and row.gold is not None else "I do not know."

    outcomes = [score_generation(row.to_row(), reply(row)) for row in built()[0]["test"]]
    return Scores.from_rows(scored(outcomes, CORRECT)), Scores.from_rows(scored(outcomes, ABSTAINED))


@pytest.mark.parametrize("contrast", CONTRASTS["echo"], ids=lambda one: f"{one.outcome} {one.arm}")
def test_a_planted_echo_effect_is_recovered_and_the_leaky_design_claims_more(contrast: Contrast) -> None:
    sign = 1 if contrast.outcome == CORRECT else -1
    cells = planted_scores()[contrast.outcome == ABSTAINED].cells()
    effect = paired_effect(pair(cells, contrast), contrast, margin=0.05)
    truth = planted(contrast.arm) - planted(contrast.reference)
    assert abs(effect.estimate - sign * truth) < 4 * effect.se
    assert effect.n_items == len(built()[0]["test"]) / len(ARMS)
    if contrast.placebos:
        net = placebo_adjusted(cells, contrast, list(contrast.placebos), contrast.placebo_reference, margin=0.05)
        taken_off = planted(contrast.placebos[0]) - planted(contrast.placebo_reference)
        assert abs(net.estimate - sign * (truth - taken_off)) < 4 * net.se


# --- the inference probe


def test_the_probe_asks_of_the_same_messages_as_echo_in_the_same_cells() -> None:
    asked = {(row.item_id, row.arm): row for split in SPLITS for row in built()[0][split]}
    for split in SPLITS:
        for row in built("echo_inference")[0][split]:
            twin = asked[row.item_id, row.arm]
            said = twin.prompt.removesuffix("\nAnswer:")
            order = ", ".join(row.choices)
            assert row.prompt == (
                f"Message: {said}\nHow well does the writer of this message know the facts? Choose one: {order}.\nAnswer:"
            )
            assert (row.realization_id, row.template_id) == (twin.realization_id, twin.template_id)
            assert row.row_id != twin.row_id


def test_the_probe_has_equally_many_items_of_each_domain() -> None:
    asked = {row.item_id for split in SPLITS for row in built("echo_inference")[0][split]}
    assert set(Counter(items()[name].topic for name in asked).values()) == {recipes.PROBED}
    assert len(asked) == recipes.PROBED * len(load().far) == 720
    assert all(row.item_id in asked for split in SPLITS for row in built("echo_inference")[0][split])


def test_each_choice_of_the_probe_stands_first_for_about_a_third_of_the_items() -> None:
    first = Counter(row.choices[0] for row in built("echo_inference")[0]["test"] if row.arm == "reference")
    assert len(first) == 3
    assert min(first.values()) > 0.25 * first.total()


SHOWN = {"right": INFORMED, "wrong": MISINFORMED}


def test_the_gold_of_the_probe_is_what_the_belief_shows() -> None:
    for row in built("echo_inference")[0]["validation"]:
        shown = next((label for word, label in SHOWN.items() if word in row.arm), UNDECIDED)
        assert row.gold is not None
        assert row.extra["choice_locales"][row.gold] == [shown]
        assert row.outcome == MISINFORMED


@pytest.mark.parametrize(
    ("response", "label"),
    [
        ("Misinformed.", MISINFORMED),
        ("well-informed", INFORMED),
        ("They are informed", INFORMED),
        ("The writer is not well informed.", MISINFORMED),
        ("not misinformed", INFORMED),
        ("I can't tell", UNDECIDED),
        ("Cannot tell", UNDECIDED),
        ("uninformed", MISINFORMED),
    ],
)
def test_responses_to_the_probe_are_read(response: str, label: str) -> None:
    row = built("echo_inference")[0]["validation"][0].to_row()
    outcome = score_generation(row, response)
    assert {name: outcome.value(name) for name in FORMS} == {name: float(name == label) for name in FORMS}


def test_no_form_stands_for_two_choices_of_the_probe() -> None:
    forms = [form for held in probe(load().items[0]).accepted for form in held]
    assert len(set(forms)) == len(forms)


# --- provenance and columns


def test_sources_name_the_content_and_its_license() -> None:
    found = recipes.sources()
    assert {source.configs for source in found} == {recipes.CONFIGS}
    assert [source.license for source in found[:2]] == ["CC-BY-4.0"] * 2
    assert all(str(source.revision).startswith("blake2b:") for source in found[:2])


def test_every_content_file_has_a_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: set[str] = set()
    monkeypatch.setattr(provenance, "files_revision", lambda files: hashed.update(file.name for file in files) or "r")
    provenance.sources()
    folder = Path(str(provenance.__file__)).parent.parent / "content" / "echo"
    assert {file.name for file in folder.rglob("*") if file.is_file()} == hashed


def fits(call: tuple[str, tuple[object, ...]], seed: Seed) -> bool:
    name, parts = call
    return (
        name == seed.function
        and len(parts) == len(seed.parts)
        and all(part.startswith("{") or part == given for part, given in zip(seed.parts, map(str, parts), strict=True))
    )


@pytest.mark.parametrize("config", recipes.CONFIGS)
def test_every_draw_is_a_declared_one(config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: set[tuple[str, tuple[object, ...]]] = set()

    def heard(name: str) -> Any:
        def draw(*parts: object) -> Any:
            calls.add((name, parts))
            return getattr(seeds, name)(*parts)

        return draw

    for module, name in (
        (recipes, "digest"), (recipes, "unit"), (content, "digest"), (messages, "digest"), (design, "digest"),
        (probe_module, "digest"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, heard(name))
    held = load.__wrapped__()  # what is kept made its draws before
    monkeypatch.setattr(recipes, "load", lambda: held)
    monkeypatch.setattr(recipes, "probed", recipes.probed.__wrapped__)
    monkeypatch.setattr(recipes, "probe", probe.__wrapped__)
    messages.clauses.cache_clear()
    assert len(list(islice(recipes.prompts(config, "validation"), 140))) == 140
    declared = recipes.SEEDS[config]
    assert [call for call in calls if not any(fits(call, seed) for seed in declared)] == []
    assert [seed for seed in declared if not any(fits(call, seed) for call in calls)] == []


@pytest.mark.parametrize("config", recipes.CONFIGS)
def test_rows_have_the_columns_of_the_config(config: str) -> None:
    assert set(built(config)[0]["validation"][0].to_row()) == set(features(recipes.columns(config)))


def test_a_build_is_read_by_load_dataset(echo_dataset: Path) -> None:
    from datasets import load_dataset

    manifest = json.loads((echo_dataset / "manifest.json").read_text(encoding="utf-8"))
    assert list(manifest["configs"]) == list(recipes.CONFIGS)
    for config, described in manifest["configs"].items():
        for split, entry in described["splits"].items():
            read = load_dataset(str(echo_dataset), config, split=split)
            assert len(read) == entry["rows"] == len(built(config)[0][split])
            assert content_hash(read) == entry["content_hash"] == locked("ip-echo", recipes.VERSION)[config][split]


# --- determinism

ROWS = """
import json, random, sys
from ip_bench.builders.cues.echo.arms import ARMS
from ip_bench.builders.cues.echo.message import message
from ip_bench.builders.cues.echo.recipes import asked_items
from ip_bench.design import Cell
items = asked_items("echo", "validation")
random.Random(int(sys.argv[1])).shuffle(items)
print(json.dumps({f"{i.item_id} {a.name}": message(i, a, Cell("e07", "t05")).text for i in items for a in reversed(ARMS)}))
"""


def test_messages_do_not_depend_on_order_or_hash_seed(tmp_path: Path) -> None:
    cell = Cell("e07", "t05")
    here = {
        f"{i.item_id} {a.name}": message(i, a, cell).text
        for i in recipes.asked_items("echo", "validation")
        for a in ARMS
    }
    for seed in ("1", "77"):
        made = subprocess.run(
            [sys.executable, "-c", ROWS, seed],
            cwd=tmp_path,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        )
        assert json.loads(made.stdout) == here


def test_a_row_can_be_made_alone() -> None:
    arms = {arm.name: arm for arm in ARMS}
    for row in built()[0]["test"][::501]:
        text, edits = message(items()[row.item_id], arms[row.arm], Cell(row.realization_id, row.template_id))
        assert (f"{text}\nAnswer:", edits) == (row.prompt, row.edits)
