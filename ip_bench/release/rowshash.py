"""The content hash of a table, column by column, at the speed at which tables are made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ip_bench.seeds import digest

if TYPE_CHECKING:
    import pyarrow as pa


class RowsHash:
    """A hash of what rows say and of their order, not of how they are stored or in which batches they come.

    Each leaf column gives two streams of bytes, over all rows in order:

    - sizes, each a little-endian int32: of a text its UTF-8 bytes, of a number 4, of a list its elements, -1 for null;
    - values, one behind the other: UTF-8 as is, numbers as little-endian int32; a list and null have none.

    A list is a leaf of its own (its lengths), followed by its elements; a struct is its fields. A leaf is named as in
    a Parquet schema (`edits.list.element.start`). The hash is `ip_bench.seeds.digest` (blake2b-256) of, for each leaf
    in the order of the schema, name and hex blake2b-256 of both streams.

    Raises:
        TypeError: for a column of other types than text, int32, lists and structs, and for a struct that is null.
    """

    def __init__(self) -> None:
        self._leaves: dict[str, tuple[Any, Any]] = {}

    def update(self, rows: pa.Table) -> None:
        """Add the rows of a table."""
        for batch in rows.to_batches():
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                for leaf, values in _leaves(name, column):
                    if leaf not in self._leaves:
                        self._leaves[leaf] = (hashlib.blake2b(digest_size=32), hashlib.blake2b(digest_size=32))
                    for stream, data in zip(self._leaves[leaf], _streams(leaf, values), strict=True):
                        stream.update(data)

    def hexdigest(self) -> str:
        """Return the hash of all rows so far."""
        return digest(*[[name, *(one.hexdigest() for one in both)] for name, both in self._leaves.items()], size=32)


def leaves(schema: pa.Schema) -> dict[str, str]:
    """Return the name of each leaf that holds values, with the column that it is of."""
    import pyarrow as pa

    return {
        leaf: field.name
        for field in schema
        for leaf, values in _leaves(field.name, pa.nulls(0, field.type))
        if not pa.types.is_list(values.type)
    }


def _leaves(name: str, column: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    import pyarrow as pa

    if pa.types.is_list(column.type):
        yield name, column
        yield from _leaves(f"{name}.list.element", column.flatten())
    elif pa.types.is_struct(column.type):
        if column.null_count:
            raise TypeError(f"column {name!r} has a struct that is null; a struct must have values")
        for field, values in zip(column.type, column.flatten(), strict=True):
            yield from _leaves(f"{name}.{field.name}", values)
    else:
        yield name, column


def _streams(name: str, values: pa.Array) -> tuple[Any, Any]:
    """Return the two streams of a leaf as buffers."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute

    if pa.types.is_list(values.type):
        return _numbers(compute.list_value_length(values).fill_null(-1)), b""
    held = values.drop_null() if values.null_count else values
    if pa.types.is_string(values.type):
        sizes = _numbers(compute.binary_length(values).fill_null(-1))
        _, offsets, data = held.buffers()
        if data is None:
            return sizes, b""
        bounds = np.frombuffer(offsets, np.int32)
        return sizes, memoryview(data)[bounds[held.offset] : bounds[held.offset + len(held)]]
    if pa.types.is_int32(values.type):
        sizes = np.where(values.is_null().to_numpy(zero_copy_only=False), -1, 4).astype("<i4")
        return sizes, _numbers(held)
    raise TypeError(f"column {name!r} is of type {values.type}; it must hold text, int32, lists or structs")


def _numbers(values: pa.Array) -> Any:
    return values.to_numpy().astype("<i4", copy=False)
