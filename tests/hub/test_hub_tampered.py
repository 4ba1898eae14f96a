"""A folder, a pull request or a main that somebody changed is neither published nor tagged as the version."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.fixtures import Version
from hub.server import Hub
from hub.store import STRANGER, WRITER, Blob
from hub.test_hub_publish import REPO, send, titles
from ip_bench.errors import IntegrityError, IpBenchError
from ip_bench.hub.load import load
from ip_bench.hub.publish import send as send_release
from ip_bench.hub.publish import title
from ip_bench.hub.remote import Remote
from ip_bench.hub.stage import Release, stage
from ip_bench.release.hashing import file_sha256

Change = Callable[[dict[str, Any]], object]


def edit(folder: Path, change: Change) -> Path:
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    change(manifest)
    file.write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def staged(folder: Path) -> Release:
    out = folder.with_name("release")
    out.mkdir()
    return stage(folder, "ip-cues", REPO, out)


def spoil(hub: Hub, **files: bytes | None) -> None:
    """Put a commit on main in which some files are others, or gone."""
    repo = hub.dataset(REPO)
    head = repo.at("main")
    changed = {path.replace("__", "/"): data for path, data in files.items()}
    left = {path: blob for path, blob in head.files.items() if path not in changed}
    more = {path: Blob(data) for path, data in changed.items() if data is not None}
    repo.add("main", {**left, **more}, "spoiled", head.sha)


def cultural(manifest: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = manifest["configs"]["cultural"]
    return found


def smuggle(manifest: dict[str, Any]) -> None:
    manifest["configs"]["more"] = manifest["configs"]["inference"]


def smuggle_split(manifest: dict[str, Any]) -> None:
    cultural(manifest)["splits"]["train"] = cultural(manifest)["splits"]["validation"]


def inflate(manifest: dict[str, Any]) -> None:
    cultural(manifest)["splits"]["test"]["rows"] += 1_000
    cultural(manifest)["gates"]["checked"]["rows"] += 1_000


# --- the folder


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (smuggle, "ip-cues/more/test .* has content hash .*, locked is None"),
        (smuggle_split, "ip-cues/cultural/train .* has content hash .*, locked is None"),
        (inflate, "has [0-9]+ rows, its manifest says [0-9]+"),
        (lambda m: cultural(m)["splits"]["test"].update(items=3), "has [0-9]+ items, its manifest says 3"),
        (lambda m: cultural(m).update(content_hash="0" * 64), "cultural has content hash .*, its manifest says 0{64}"),
        (lambda m: cultural(m)["contrasts"].pop(), "does not declare the contrasts of cultural of the installed"),
        (lambda m: cultural(m)["arms"].pop(), "does not declare the arms of cultural of the installed"),
        (lambda m: cultural(m)["seeds"].pop(), "does not declare the seeds of cultural of the installed"),
        (lambda m: cultural(m).update(warnings=[]), "does not declare the warnings of cultural of the installed"),
        (lambda m: m.update(license="MIT"), "does not declare the license of the installed"),
        (lambda m: m["sources"][0].update(taken="rows of a friend"), "does not declare the sources of the installed"),
    ],
)  # fmt: skip
def test_a_changed_manifest_of_true_rows_is_not_published(
    hub: Hub, versions: Version, change: Change, said: str
) -> None:
    folder = edit(versions("1.0.0", warnings=["unsafe_requests"]), change)
    with pytest.raises(IntegrityError, match=said):
        send(folder)
    assert hub.faults.log == []


def test_what_names_the_machine_is_not_published(hub: Hub, versions: Version) -> None:
    # of a version other than the installed one the recipe says nothing, so that only its words can tell
    for taken, said in (
        ("a list in /home/alice/lists", "a home folder"),
        ("hf_AbCdEfGhIjKlMnOpQrSt", "Hugging Face token"),
    ):
        folder = edit(versions("1.1.0"), lambda m, taken=taken: m["sources"][0].update(taken=taken))
        with pytest.raises(
            IpBenchError, match=rf"would hold what must not be published: .*{said}.* in .*, line"
        ) as raised:
            send(folder)
        assert taken not in str(raised.value)
    assert hub.faults.log == []


def test_a_note_in_a_parquet_file_is_looked_at_too(hub: Hub, versions: Version) -> None:
    import pyarrow.parquet as pq

    folder = versions("1.1.0")
    file = folder / "cultural" / "validation.parquet"
    table = pq.read_table(file)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"note": b"made in /home/alice"}), file)
    edit(folder, lambda m: cultural(m)["splits"]["validation"].update(sha256=file_sha256(file)))
    with pytest.raises(IpBenchError, match=r"a home folder in cultural/validation\.parquet"):
        send(folder)


def test_a_schema_of_the_folder_is_not_taken(hub: Hub, versions: Version) -> None:
    folder = versions("1.0.0")
    (folder / "schemas" / "prompt.json").write_text("{}", encoding="utf-8")
    send(folder)
    assert len(hub.dataset(REPO).at("main").files["schemas/prompt.json"].data) > 100


def test_rows_without_ids_are_no_dataset(hub: Hub, versions: Version) -> None:
    import pyarrow.parquet as pq

    folder = versions("1.0.0")
    file = folder / "cultural" / "validation.parquet"
    for column in ("row_id", "item_id"):
        pq.write_table(pq.read_table(file).drop_columns([column]), file)
        edit(folder, lambda m: cultural(m)["splits"]["validation"].update(sha256=file_sha256(file)))
        with pytest.raises(
            IntegrityError, match=r"validation\.parquet has no rows of a dataset: KeyError: .*(row|item)_id"
        ):
            send(folder)


# --- the hub


def test_a_version_keeps_what_it_declares(hub: Hub, versions: Version) -> None:
    send(versions("1.1.0"))
    changed = edit(versions("1.1.0"), lambda m: cultural(m)["contrasts"][0].update(primary=False))
    for tagged in (True, False):
        if not tagged:
            hub.dataset(REPO).tags.clear()
        with pytest.raises(IntegrityError, match="has other values in the contrasts of cultural than this build"):
            send(changed)
    with pytest.raises(IntegrityError, match=r"in the license than this build; .* raise the version"):
        send(edit(versions("1.1.0"), lambda m: m.update(license="MIT")))


def test_a_strangers_pull_request_of_the_same_title_is_not_taken_for_ours(hub: Hub, versions: Version) -> None:
    from huggingface_hub import CommitOperationAdd, HfApi

    send(versions("1.0.0"))
    release = staged(versions("1.1.0", prompt=" Thanks!"))
    true = {file: (release.folder / file).read_bytes() for file in release.files}
    api = HfApi(endpoint=hub.url, token=STRANGER)
    for more in ({"README.md": b"---\nlicense: mit\n---\nfalse"}, {"more.py": b"print()"}):
        operations = [CommitOperationAdd(file, data) for file, data in (true | more).items()]
        api.create_commit(REPO, operations, commit_message=title(release), repo_type="dataset", create_pr=True)
    remote = Remote(REPO, WRITER)
    for _ in range(2):
        assert send_release(release, remote, pr=True).url.endswith("/discussions/3")
    hub.store.merge("dataset", REPO, 1)  # all the same
    assert send_release(release, remote).state == "published"
    tagged = hub.dataset(REPO).at("v1.1.0").files
    assert {file: tagged[file].data for file in true} == true


@pytest.mark.parametrize("file", ["README.md", "eval.yaml", "schemas__prompt.json", "croissant.json"])
def test_an_untagged_main_with_another_file_is_not_tagged(hub: Hub, versions: Version, file: str) -> None:
    folder = versions("1.0.0")
    send(folder)
    true = hub.dataset(REPO).at("main").files
    hub.dataset(REPO).tags.clear()
    spoil(hub, **{file: b"---\nlicense: mit\n---\n"})
    assert send(folder).state == "published"
    assert hub.dataset(REPO).at("v1.0.0").files == true


def test_a_pending_version_of_other_rows_is_not_tagged(hub: Hub, versions: Version) -> None:
    versions("1.0.0")
    other = versions("1.0.1", prompt=" Thanks!")
    send(other)
    hub.dataset(REPO).tags.clear()
    versions("1.0.1")  # the lock has other rows
    send(versions("1.1.0"))
    assert list(hub.dataset(REPO).tags) == ["v1.1.0"]


def test_a_tagged_main_that_is_not_whole_is_repaired(hub: Hub, versions: Version) -> None:
    folder = versions("1.0.0")
    first = send(folder)
    spoil(hub, cultural__test__parquet=None)  # no such file: main stays whole
    assert send(folder).state == "unchanged"
    spoil(hub, **{"cultural__test.parquet": None})
    again = send(folder)
    repo = hub.dataset(REPO)
    assert (again.state, again.commit, repo.tags) == ("repaired", first.commit, {"v1.0.0": first.commit})
    assert repo.at("main").files == repo.at("v1.0.0").files
    assert send(folder).state == "unchanged"


def test_an_older_version_repairs_nothing(hub: Hub, versions: Version) -> None:
    old, new = versions("1.0.0"), versions("1.1.0", prompt=" Thanks!")
    send(old)
    send(new)
    spoil(hub, **{"cultural__test.parquet": None})
    assert send(old).state == "unchanged"
    assert "cultural/test.parquet" not in hub.dataset(REPO).at("main").files
    assert send(new).state == "repaired"


def test_an_owners_words_on_a_tagged_main_stay(hub: Hub, versions: Version) -> None:
    folder = versions("1.0.0")
    send(folder)
    spoil(hub, **{"README.md": b"---\nlicense: cc-by-4.0\n---\nAsk us.\n"})
    assert send(folder).state == "unchanged"
    assert titles(hub)[0] == "spoiled"


def test_private_is_never_public_without_a_word(hub: Hub, versions: Version) -> None:
    send(versions("1.0.0"))
    hub.faults.plan(None)
    for version in ("1.0.0", "1.1.0"):
        with pytest.raises(IpBenchError, match="some-org/ip-cues is public, and --private was asked for"):
            send(versions(version), private=True)
    assert [request for request in hub.faults.log if not request.startswith(("GET", "HEAD"))] == []
    hub.dataset(REPO).private = True
    assert send(versions("1.1.0"), private=True).state == "published"


# --- what is read


def test_a_file_without_rows_of_a_dataset_is_named_though_its_sha_is_right(
    hub: Hub, versions: Version, tmp_path: Path
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = versions("1.0.0")
    file = folder / "cultural" / "validation.parquet"
    table = pq.read_table(file)
    wrong: dict[str, Any] = {
        "float": table.append_column("score", pa.array([0.5] * table.num_rows)),
        "without ids": table.drop_columns(["row_id"]),
        "twice": pa.concat_tables([table, table]),
    }
    for data in ("no parquet", *wrong):
        if data in wrong:
            pq.write_table(wrong[data], file)
        else:
            file.write_bytes(b"no parquet")
        edit(folder, lambda m: cultural(m)["splits"]["validation"].update(sha256=file_sha256(file)))
        with pytest.raises(IntegrityError, match=r"cultural/validation\.parquet has no rows of a dataset"):
            load(folder, "cultural", "validation")


def test_load_is_told_once_and_clearly_what_to_load(hub: Hub, versions: Version) -> None:
    folder = versions("1.0.0")
    send(folder)
    with pytest.raises(IpBenchError, match=r"name the revision of some-org/ip-cues; tags are: v1\.0\.0"):
        load(REPO, "cultural", revision="")
    hub.faults.plan(None)
    for name in (str(folder), "./ip-cues", "a/b/c"):
        with pytest.raises(IpBenchError, match=r"is no hub repository NAMESPACE/NAME; give a folder as a Path"):
            load(name, "cultural", revision="v1.0.0")
    with pytest.raises(IpBenchError, match=r"revision 'v1\.0\.0' and version '1\.1\.0' of ip-cues both name a version"):
        load("ip-cues", "cultural", revision="v1.0.0", version="1.1.0")
    with pytest.raises(IpBenchError, match="'' is no version of ip-cues; name one like"):
        load("ip-cues", "cultural", revision="")
    for name in (REPO, folder):
        with pytest.raises(IpBenchError, match=r"version='1\.0\.0' chooses nothing in"):
            load(name, "cultural", version="1.0.0")
    assert hub.faults.log == []
