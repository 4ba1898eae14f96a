"""The content hash of a table, column by column, at the speed at which tables are made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ip_bench.seeds import digest

if TYPE_CHECKING:
    import pyarrow as pa


class RowsHash:
    """A hash of what rows say and of their order, not of how they are stored or in which batches they come.

    Each leaf column gives two streams of bytes, over all rows in order:

    - sizes, each a little-endian int32: of a text its UTF-8 bytes, of a number 4, of a list its elements, -1 for null;
    - values, one behind the other: UTF-8 as is, numbers as little-endian int32; a list and null have none.

    A list is a leaf of its own (its lengths), followed by its elements; a struct is its fields. A leaf is named as in
    a Parquet schema (`edits.list.element.start`); a name of a column or field has no point of its own. The hash is
    `ip_bench.seeds.digest` (blake2b-256) of, for each leaf in the order of the schema, also where there are no rows:
    name, type ("text", "int32" or "list") and hex blake2b-256 of both streams.

    Raises:
        TypeError: for a column of other types than text, int32, lists and structs, or with a point in a name; for a
            struct that is null; and for rows of another schema.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._leaves = [
            _Leaf(name, _kind(name, values), hashlib.blake2b(digest_size=32), hashlib.blake2b(digest_size=32))
            for name, values, _ in _empty(schema)
        ]

    def update(self, rows: pa.Table) -> None:
        """Add the rows of a table."""
        if not rows.schema.equals(self._schema):
            raise TypeError(f"rows have the schema {rows.schema}; it must be {self._schema}")
        for batch in rows.to_batches():
            found = (
                one
                for field, column in zip(batch.schema, batch.columns, strict=True)
                for one in _leaves(field.name, column)
            )
            for leaf, (_, values) in zip(self._leaves, found, strict=True):
                sizes, data = _streams(leaf.kind, values)
                leaf.sizes.update(sizes)
                leaf.values.update(data)

    def hexdigest(self) -> str:
        """Return the hash of all rows so far."""
        said = [[leaf.name, leaf.kind, leaf.sizes.hexdigest(), leaf.values.hexdigest()] for leaf in self._leaves]
        return digest(*said, size=32)


class _Leaf(NamedTuple):
    name: str
    kind: str
    sizes: Any
    values: Any


def leaves(schema: pa.Schema) -> dict[str, str]:
    """Return the name of each leaf that holds values, with the column that it is of."""
    return {leaf: column for leaf, values, column in _empty(schema) if _kind(leaf, values) != "list"}


def _empty(schema: pa.Schema) -> Iterator[tuple[str, pa.Array, str]]:
    """Yield each leaf without values: its name, the values, and the column that it is of."""
    import pyarrow as pa

    for field in schema:
        for name, values in _leaves(_plain(field.name), pa.nulls(0, field.type)):
            yield name, values, field.name


def _plain(name: str) -> str:
    if "." in name:
        raise TypeError(f"column or field {name!r} has a point in its name, which stands for what is nested")
    return name


def _kind(name: str, values: pa.Array) -> str:
    import pyarrow as pa

    of = values.type
    for kind, fits in {"list": pa.types.is_list, "text": pa.types.is_string, "int32": pa.types.is_int32}.items():
        if fits(of):
            return kind
    raise TypeError(f"column {name!r} is of type {of}; it must hold text, int32, lists or structs")


def _leaves(name: str, column: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    import pyarrow as pa

    if pa.types.is_list(column.type):
        yield name, column
        yield from _leaves(f"{name}.list.element", column.flatten())
    elif pa.types.is_struct(column.type):
        if column.null_count:
            raise TypeError(f"column {name!r} has a struct that is null; a struct must have values")
        for field, values in zip(column.type, column.flatten(), strict=True):
            yield from _leaves(f"{name}.{_plain(field.name)}", values)
    else:
        yield name, column


def _streams(kind: str, values: pa.Array) -> tuple[Any, Any]:
    """Return the two streams of a leaf as buffers."""
    import numpy as np
    from pyarrow import compute

    if kind == "list":
        return _numbers(compute.list_value_length(values).fill_null(-1)), b""
    held = values.drop_null() if values.null_count else values
    if kind == "text":
        sizes = _numbers(compute.binary_length(values).fill_null(-1))
        _, offsets, data = held.buffers()
        if data is None:
            return sizes, b""
        bounds = np.frombuffer(offsets, np.int32)
        return sizes, memoryview(data)[bounds[held.offset] : bounds[held.offset + len(held)]]
    sizes = np.where(values.is_null().to_numpy(zero_copy_only=False), -1, 4).astype("<i4")
    return sizes, _numbers(held)


def _numbers(values: pa.Array) -> Any:
    return values.to_numpy().astype("<i4", copy=False)
