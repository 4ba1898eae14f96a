"""Preference pairs: read, turned into conversations, written, and made of a model's own answers."""

from __future__ import annotations

import itertools
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hub.fixtures import hub
from hub.server import Hub as Server
from hub.store import Blob
from typer.testing import CliRunner

from ip_bench.cli import app as cli
from ip_bench.errors import ContentError, IntegrityError, IpBenchError, UnknownNameError
from ip_bench.files import read_json, read_jsonl, write_jsonl
from ip_bench.mitigation.consistent import PER_ITEM, Consistent
from ip_bench.mitigation.pairs import (
    empty_system,
    of_variant,
    own_system,
    random_identity,
    training_templates,
    used_templates,
    write_pairs,
)
from ip_bench.mitigation.preferences import Preference, Preferences

__all__ = ["hub"]
ONE = Preference("You are a tutor.", "What is two plus two?", "Four.", "Five.")


def test_one_pair_through_each_variant() -> None:
    user = {"role": "user", "content": "What is two plus two?"}
    assert own_system(ONE).prompt == [{"role": "system", "content": "You are a tutor."}, user]
    assert own_system(ONE._replace(system="")).prompt == [user]
    assert empty_system(ONE).prompt == [user]
    told = random_identity(ONE)
    assert told.prompt[1] == user
    assert told.prompt[0]["content"].startswith("You are a helpful assistant. ")
    assert told.identity
    assert told.template_id in training_templates()
    assert told.chosen == [{"role": "assistant", "content": "Four."}]
    assert told.rejected == [{"role": "assistant", "content": "Five."}]


def test_identities_and_templates_are_drawn_evenly_by_content() -> None:
    made = [random_identity(ONE._replace(question=f"What is {n}?")) for n in range(3_100)]
    assert made == [random_identity(ONE._replace(question=f"What is {n}?")) for n in range(3_100)]
    by_identity = Counter(one.identity for one in made)
    by_template = Counter(one.template_id for one in made)
    assert len(by_identity) == 31 and max(by_identity.values()) < 160  # noqa: PT018
    assert set(by_template) == set(training_templates()) and len(by_template) == 20  # noqa: PT018


def test_pairs_are_read_checked_and_hashed(tmp_path: Path) -> None:
    rows = [
        {"system": "", "question": "Why?", "chosen": "So.", "rejected": "No."},
        {"system": None, "question": "How?", "chosen": "Thus.", "rejected": ""},
        {"question": "When?", "chosen": "Now.", "rejected": "Now."},
    ]
    write_jsonl(tmp_path / "set" / "a.jsonl", rows)
    found = Preferences(str(tmp_path / "set"))
    assert list(found) == [Preference("", "Why?", "So.", "No.")]
    assert found.left_out == {"rejected is empty": 1, "chosen is rejected": 1}
    assert found.record["rows"] == 3
    write_jsonl(tmp_path / "turned" / "b.jsonl", rows[::-1])
    other = Preferences(str(tmp_path / "turned" / "b.jsonl"))
    list(other)
    assert other.content_hash == found.content_hash
    list(Preferences(str(tmp_path / "set"), content_hash=found.content_hash))
    with pytest.raises(IntegrityError, match="set has 3 pairs with content hash"):
        list(Preferences(str(tmp_path / "set"), content_hash="00"))


def test_pairs_of_a_hub_are_read_at_a_commit(hub: Server, tmp_path: Path) -> None:
    made = hub.store.create("dataset", "some-org/pairs")
    line = b'{"system": "", "question": "Why?", "chosen": "So.", "rejected": "No."}\n'
    files = {"pairs.jsonl": Blob(line), "README.md": Blob(b"pairs")}
    commit = made.add("main", files, "pairs", made.heads["main"]).sha
    found = Preferences(f"hub:some-org/pairs@{commit}")
    assert list(found) == [Preference("", "Why?", "So.", "No.")]
    assert found.record["name"] == f"some-org/pairs@{commit}"

    made.add("main", {"pairs.jsonl": Blob(line.replace(b"So.", b"Moved."))}, "other pairs", commit)
    command = ["mitigate", "build-pairs", "--from", f"hub:some-org/pairs@{commit}", "--out", str(tmp_path / "pairs")]
    done = CliRunner().invoke(cli.app, command)
    assert done.exit_code == 0, done.output
    assert f"source: some-org/pairs@{commit}, 1 rows" in done.output
    ((_, pair),) = read_jsonl(tmp_path / "pairs" / "pairs.jsonl")
    assert pair["chosen"] == [{"role": "assistant", "content": "So."}]
    assert pair["variant"] == "random_identity"
    with pytest.raises(IpBenchError, match="some-org/pairs"):
        Preferences(f"hub:some-org/pairs@{'0' * 40}")


def test_a_place_or_row_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    with pytest.raises(IpBenchError, match=r"has no file that ends in \.jsonl or \.parquet"):
        Preferences(str(tmp_path / "set"))
    with pytest.raises(IpBenchError, match="a branch or tag may move; write hub:ORG/NAME@COMMIT"):
        Preferences("hub:someone/pairs@main")
    with pytest.raises(IpBenchError, match="name four"):
        Preferences(str(tmp_path), ("a", "b"))
    write_jsonl(tmp_path / "set" / "a.jsonl", [{"question": "Why?", "chosen": "So."}])
    with pytest.raises(ContentError, match=r"a\.jsonl, row 1: no column 'rejected'"):
        list(Preferences(str(tmp_path / "set")))


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_what_is_written_is_read_by_datasets_as_it_was(form: str, tmp_path: Path) -> None:
    from datasets import load_dataset

    made = [random_identity(ONE._replace(question=f"What is {n}?")) for n in range(5)]
    manifest = write_pairs([*made, made[0]], tmp_path / "pairs", lambda: {"source": {"name": "x"}}, form=form)
    assert (manifest["pairs"], manifest["repeated"]) == (5, 1)
    assert manifest["variants"] == {"random_identity": 5}
    assert read_json(tmp_path / "pairs" / "pairs.json") == manifest
    assert used_templates(tmp_path / "pairs") == tuple(sorted({one.template_id for one in made}))
    kind = "json" if form == "jsonl" else form
    read = load_dataset(
        kind, data_files=str(tmp_path / "pairs" / manifest["file"]), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert read.to_list() == [one.to_dict() for one in made]


def test_the_content_hash_knows_no_format(tmp_path: Path) -> None:
    made = [own_system(ONE._replace(question=f"What is {n}?")) for n in range(3)]
    hashes = {write_pairs(made, tmp_path / form, dict, form=form)["content_hash"] for form in ("jsonl", "parquet")}
    assert len(hashes) == 1


def test_pairs_are_written_as_they_come(tmp_path: Path) -> None:
    """5,000 long pairs make a file of 25 MB; what is held are their hashes."""
    text = "word " * 1_000
    stream = (own_system(Preference("", f"{n}?", text, "No.")) for n in itertools.islice(itertools.count(), 5_000))
    tracemalloc.start()
    write_pairs(stream, tmp_path / "pairs", dict)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "pairs" / "pairs.jsonl").stat().st_size > 25_000_000
    assert peak < 6_000_000


def test_nothing_to_write_and_other_names(tmp_path: Path) -> None:
    with pytest.raises(IpBenchError, match="there is no pair to write into pairs"):
        write_pairs([], tmp_path / "pairs", dict)
    assert not (tmp_path / "pairs").exists()
    with pytest.raises(UnknownNameError, match="unknown variant 'own'; variants are: own_system"):
        list(of_variant("own", [ONE]))
    with pytest.raises(UnknownNameError, match="unknown form 'csv'"):
        write_pairs([own_system(ONE)], tmp_path / "pairs", dict, form="csv")
    with pytest.raises(IpBenchError, match=r"has neither pairs\.json nor training\.json"):
        used_templates(tmp_path)


def test_identity_consistent_pairs_prefer_the_blind_answer(make, tmp_path: Path) -> None:
    found = Consistent([make()])
    manifest = write_pairs(found, tmp_path / "pairs", lambda: {"source": found.record})
    pairs = [pair for _, pair in read_jsonl(tmp_path / "pairs" / "pairs.jsonl")]
    assert manifest["source"]["models"] == ["simulated"]
    assert set(manifest["outcomes"]) == {"safe", "correct"}  # benign requests are refused alike for everyone
    assert {pair["identity"] for pair in pairs} == {"senior_citizen", "adult", "woman", "hispanic"}
    assert {pair["template_id"] for pair in pairs} <= set(training_templates())
    assert max(Counter(pair["item_id"] for pair in pairs).values()) <= PER_ITEM
    for pair in pairs:
        assert pair["prompt"][0]["role"] == "system"
        chosen, rejected = pair["chosen"][0]["content"], pair["rejected"][0]["content"]
        if pair["outcome"] == "safe":
            assert chosen.startswith("I'm sorry") and rejected.startswith("Sure!")  # noqa: PT018
        else:
            assert chosen.startswith("Answer") and rejected.startswith("I do not know")  # noqa: PT018
    assert found.left_out["same outcome, or none"] > len(pairs)


def test_a_model_without_bias_towards_placebos_gives_no_pair(make, tmp_path: Path) -> None:
    own = Consistent([make()], arms="placebos")
    with pytest.raises(IpBenchError, match="there is no pair to write"):
        write_pairs(own, tmp_path / "pairs", lambda: {"source": own.record})
    assert own.left_out["same outcome, or none"] > 0


def test_a_mitigated_run_makes_no_pairs(make) -> None:
    with pytest.raises(IpBenchError, match="was mitigated by ignore_identity; name a plain run"):
        list(Consistent([make("ignore_identity")]))
    with pytest.raises(IpBenchError, match="name one run folder or more"):
        Consistent([])
