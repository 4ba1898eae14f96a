"""Rows of a cross as Arrow columns are, to the last one, the rows that the recipe makes one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ip_bench.builders.tradeoff import recipes
from ip_bench.builders.tradeoff.cross import CONFIGS, Told, cross, crossed, everybody, full_cross
from ip_bench.builders.tradeoff.items import Asked, asked_items

from ip_bench.design import Arm, Cell, Prompt, row_id, row_ids, row_tail
from ip_bench.errors import ContentError, IpBenchError, UnknownNameError
from ip_bench.release import crossing
from ip_bench.release.crossing import SLOT, Blocks, Cross
from ip_bench.release.features import decoded, encoded, features
from ip_bench.release.rowshash import RowsHash, leaves
from ip_bench.seeds import digest, digests, tail

PAIRS = ("woman+muslim", "woman+race")


@pytest.fixture(scope="module")
def schema() -> pa.Schema:
    return features(recipes.columns("identity")).arrow_schema


@pytest.fixture(scope="module")
def kinds() -> list[Asked]:
    """Return items of every kind: probes with a twin, tasks with a number, choices, words and code."""
    asked = asked_items("validation")
    found = {(one.kind, one.answer_kind): one for one in asked}
    assert len(found) >= 5
    return [*asked[:2], *found.values()]


@pytest.mark.parametrize("config", CONFIGS)
def test_every_row_of_a_cross_is_that_of_the_recipe(
    config: str, schema: pa.Schema, kinds: list[Asked], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crossing, "BATCH", 250)
    carriers = ["t01", "t17"]
    blocks = Blocks(cross(config, templates=carriers, intersect=PAIRS), schema)
    tables = list(blocks.tables(kinds))
    made = pa.concat_tables(tables)
    made.validate(full=True)
    rows = [
        row.to_row()
        for row in full_cross(config, who=[*everybody(), *crossed(PAIRS)], template_ids=carriers, items=kinds)
    ]
    assert made.to_pylist() == rows
    assert made.schema.equals(schema, check_metadata=True)
    assert len(tables) > 2
    assert {table.num_rows % (len(rows) // len(kinds)) for table in tables} == {0}
    roles = {(row["arm"], row["role"]) for row in rows}
    assert {("reference", "reference"), ("none", "placebo"), ("woman_and_muslim", "treatment")} <= roles
    assert sum(name.startswith("placebo_") for name, _ in roles) == 12


@pytest.mark.parametrize("config", CONFIGS)
def test_a_cross_is_the_whole_design_and_has_the_rows_of_the_dataset(config: str) -> None:
    whole = cross(config)
    cells = {(told.arm.name, *told.cell): told for told in whole.cells}
    assert len(cells) == len(whole.cells) == 40 * 45
    assert sum(map(len, whole.items.values())) == 1_128
    for split in recipes.SPLITS:
        items = {asked.item.item_id: asked for asked in whole.items[split]}
        assert len(items) == len(whole.items[split])
        rows = [row for row in islice(recipes.prompts(config, split), 500) if row.arm not in {"repeat", "any_identity"}]
        assert {row.arm for row in rows} == {arm for arm, _, _ in cells}
        for row in rows:
            told = cells[row.arm, row.realization_id, row.template_id]
            assert whole.row(items[row.item_id], told) == row


def test_a_template_that_is_named_twice_is_crossed_once() -> None:
    assert cross("identity", templates=["t09", "t01", "t09"]).cells == cross("identity", templates=["t09", "t01"]).cells


def test_what_a_cross_is_made_of_has_one_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(config: str = "identity", **fields: Any) -> str:
        return replace(cross(config, templates=["t01"], **fields), items=some).fingerprint()

    some: dict[str, Any] = {"test": asked_items("test")[:3]}
    first = of()
    assert of() == first
    reworded = some["test"][2].item.question + " "
    others = [of("profile"), of(intersect=["woman+muslim"])]
    some = {
        "test": [
            *asked_items("test")[:2],
            asked_items("test")[2]._replace(item=replace(asked_items("test")[2].item, question=reworded)),
        ]
    }
    assert len({first, *others, of()}) == 4


# --- what may not be crossed


def odd(row: Any, **fields: Any) -> Cross[Asked, Told]:
    """Return a small cross whose rows are not what blocks take them for."""
    whole = cross("identity_user", templates=["t01"])
    return replace(
        whole, items={"test": asked_items("test")[:4]}, row=lambda item, cell: row(whole.row(item, cell)), **fields
    )


def both(row: Prompt) -> Prompt:
    return replace(row, dose=len(row.item_id) + len(row.arm))


def twice(row: Prompt) -> Prompt:
    return replace(row, prompt=f"{row.prompt} {row.prompt}")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (both, "ip-tradeoff/identity_user: column 'dose' depends on item and cell, and not by the request"),
        (twice, "ip-tradeoff/identity_user: column 'prompt' must hold the request once in every cell"),
    ],
)
def test_a_column_of_item_and_cell_is_refused(row: Any, words: str, schema: pa.Schema) -> None:
    with pytest.raises(ContentError, match=words):
        Blocks(odd(row), schema)


def test_a_row_that_is_not_the_recipes_is_refused(schema: pa.Schema) -> None:
    def shouted(row: Prompt) -> Prompt:
        return row if SLOT in row.prompt else replace(row, prompt=row.prompt.upper())

    blocks = Blocks(odd(shouted), schema)
    with pytest.raises(
        ContentError, match=r"item [\w.-]+, arm \w+, template t01: column 'prompt' is '.*', the row has 'YOU ARE"
    ):
        list(blocks.tables(blocks.cross.items["test"]))


@pytest.mark.parametrize(
    ("fields", "kind", "words"),
    [
        ({"config": "implicit"}, UnknownNameError, "unknown config 'implicit'; configs are: identity, identity_user"),
        ({"templates": ["t41"]}, UnknownNameError, "unknown template 't41'"),
        ({"intersect": ["woman+queen"]}, UnknownNameError, "unknown identity 'queen'; identities are: disability"),
        ({"intersect": ["woman"]}, IpBenchError, "'woman' is no intersection; write two identities"),
        ({"intersect": ["woman+man"]}, IpBenchError, "woman and man are both of gender; nobody is both"),
    ],
)
def test_a_cross_of_what_is_not_there_is_refused(fields: dict[str, Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        cross(**{"config": "identity", **fields})


# --- keys of rows

PARTS = st.lists(st.one_of(st.text(), st.integers(), st.none(), st.booleans()), min_size=1, max_size=4).map(tuple)


@given(PARTS, st.lists(PARTS, max_size=3))
def test_digests_of_one_head_are_those_of_the_whole(head: tuple[Any, ...], ends: list[tuple[Any, ...]]) -> None:
    assert digests(head, [tail(*end) for end in ends], 8) == [digest(*head, *end, size=8) for end in ends]


@given(st.text(), st.text(), st.integers(0, 3))
def test_a_key_made_of_two_parts_is_the_key(item: str, arm: str, replicate: int) -> None:
    cell = Cell("b01", "t\u00e9")
    [found] = row_ids("ip", "a", item, [row_tail(arm, *cell, replicate)])
    assert found == row_id("ip", "a", item, Arm(arm, "treatment", "x").name, *cell, replicate)


# --- the hash of a table

EDIT = pa.struct([("start", pa.int32()), ("before", pa.string())])
TYPES = pa.schema(
    [
        ("text", pa.string()),
        ("number", pa.int32()),
        ("forms", pa.list_(pa.list_(pa.string()))),
        ("edits", pa.list_(EDIT)),
    ]
)
KINDS = {
    "text": "text",
    "number": "int32",
    "forms": "list",
    "forms.list.element": "list",
    "forms.list.element.list.element": "text",
    "edits": "list",
    "edits.list.element.start": "int32",
    "edits.list.element.before": "text",
}
VALUES = [
    {"text": "caf\u00e9", "number": 3, "forms": [["a", "bc"], []], "edits": [{"start": 1, "before": ""}]},
    {"text": None, "number": None, "forms": None, "edits": []},
    {"text": "", "number": -1, "forms": [], "edits": [{"start": None, "before": None}, {"start": 2, "before": "x"}]},
    {"text": "d", "number": 0, "forms": [[None]], "edits": None},
]  # fmt: skip


def hashed(*tables: pa.Table) -> str:
    made = RowsHash(tables[0].schema)
    for table in tables:
        made.update(table)
    return made.hexdigest()


def by_the_book(rows: list[dict[str, Any]]) -> str:
    """Return the hash as its definition says it, value by value."""
    import hashlib

    streams: dict[str, list[bytes]] = {}

    def put(name: str, of: pa.DataType, value: Any) -> None:
        size, data = streams.setdefault(f"{name} sizes", []), streams.setdefault(f"{name} values", [])
        whole = value if value is not None else ()
        if pa.types.is_list(of):
            size.append((-1 if value is None else len(whole)).to_bytes(4, "little", signed=True))
            touch(f"{name}.list.element", of.value_type)
            for one in whole:
                put_any(f"{name}.list.element", of.value_type, one)
        elif value is None:
            size.append((-1).to_bytes(4, "little", signed=True))
        else:
            said = value.encode() if isinstance(value, str) else value.to_bytes(4, "little", signed=True)
            size.append(len(said).to_bytes(4, "little"))
            data.append(said)

    def put_any(name: str, of: pa.DataType, value: Any) -> None:
        if pa.types.is_struct(of):
            for field in of:
                put(f"{name}.{field.name}", field.type, value[field.name])
        else:
            put(name, of, value)

    def touch(name: str, of: pa.DataType) -> None:
        for leaf in [f"{name}.{field.name}" for field in of] if pa.types.is_struct(of) else [name]:
            streams.setdefault(f"{leaf} sizes", []), streams.setdefault(f"{leaf} values", [])
        if pa.types.is_list(of):
            touch(f"{name}.list.element", of.value_type)

    for row in rows:
        for field in TYPES:
            put(field.name, field.type, row[field.name])
    names = dict.fromkeys(name.partition(" ")[0] for name in streams)
    assert [*names] == [*KINDS]

    def of(name: str) -> str:
        return hashlib.blake2b(b"".join(streams[name]), digest_size=32).hexdigest()

    return digest(*[[name, KINDS[name], of(f"{name} sizes"), of(f"{name} values")] for name in names], size=32)


def test_the_hash_of_a_table_is_what_its_definition_says() -> None:
    table = pa.Table.from_pylist(VALUES, schema=TYPES)
    assert hashed(table) == by_the_book(VALUES)


def test_batches_do_not_change_the_hash_and_values_and_their_order_do() -> None:
    table = pa.Table.from_pylist(VALUES, schema=TYPES)
    whole = hashed(table)
    assert hashed(table[:1], table[1:3], table[3:]) == whole
    assert hashed(pa.concat_tables([table[:2], table[2:]])) == whole
    assert hashed(pa.Table.from_pylist(VALUES[::-1], schema=TYPES)[1:3]) == hashed(
        pa.Table.from_pylist(VALUES[2:0:-1], schema=TYPES)
    )

    def changes() -> Iterator[list[dict[str, Any]]]:
        yield VALUES[::-1]
        yield VALUES[:3]
        yield [{**VALUES[0], "text": "cafe\u0301"}, *VALUES[1:]]
        yield [VALUES[0], {**VALUES[1], "text": ""}, *VALUES[2:]]
        yield [{**VALUES[0], "forms": [["a"], ["bc"]]}, *VALUES[1:]]
        yield [VALUES[0], {**VALUES[1], "number": 0}, *VALUES[2:]]

    found = [hashed(pa.Table.from_pylist(rows, schema=TYPES)) for rows in changes()]
    assert len({whole, *found}) == 7


def of(name: str, kind: pa.DataType, *values: Any) -> str:
    return hashed(pa.table({name: pa.array(values, kind)}))


def test_the_same_bytes_of_other_types_have_other_hashes() -> None:
    text, number = pa.string(), pa.int32()
    assert of("a", text, "AAAA") != of("a", number, 0x41414141)
    assert of("a", text, None) != of("a", number, None)


def test_a_table_without_rows_has_the_hash_of_its_schema() -> None:
    kinds = [pa.string(), pa.int32(), pa.list_(pa.string()), pa.list_(pa.int32()), EDIT]
    assert len({of(name, kind) for name in "ab" for kind in kinds}) == 10
    no_batch, empty = pa.table({"a": pa.chunked_array([], pa.string())}), pa.table({"a": pa.array([], pa.string())})
    assert hashed(no_batch) == hashed(empty)
    assert hashed(empty, pa.table({"a": ["x"]})) == hashed(pa.table({"a": ["x"]}))


@pytest.mark.parametrize(
    "kind", [pa.struct([("b.c", pa.string())]), pa.list_(pa.struct([("b.c", pa.string())]))], ids=["struct", "list"]
)
def test_what_is_nested_is_not_a_name_with_a_point(kind: pa.DataType) -> None:
    with pytest.raises(TypeError, match=r"'a\.b' has a point in its name"):
        of("a.b", pa.string(), "x")
    with pytest.raises(TypeError, match=r"'b\.c' has a point in its name"):
        of("a", kind)


def test_rows_of_another_schema_are_refused() -> None:
    with pytest.raises(TypeError, match="rows have the schema a: int32; it must be a: string"):
        hashed(pa.table({"a": ["x"]}), pa.table({"a": pa.array([1], pa.int32())}))


def test_other_types_have_no_hash() -> None:
    with pytest.raises(TypeError, match="column 'share' is of type double; it must hold text, int32"):
        hashed(pa.table({"share": [0.5]}))
    with pytest.raises(TypeError, match="column 'edit' has a struct that is null"):
        hashed(pa.table({"edit": pa.array([None, {"start": 1, "before": "a"}], EDIT)}))


def test_leaves_are_named_as_in_a_file(schema: pa.Schema) -> None:
    import io

    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(schema.empty_table(), file)
    written = pq.ParquetFile(file).schema
    assert list(leaves(schema)) == [written.column(place).path for place in range(len(written.names))]
    assert leaves(schema)["edits.list.element.start"] == "edits"


def test_a_schema_comes_back_with_what_datasets_wrote_in_it(schema: pa.Schema) -> None:
    assert decoded(encoded(schema)).equals(schema, check_metadata=True)
