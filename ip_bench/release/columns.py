"""Prompts as an Arrow table: column by column, without a dict for each row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ip_bench.design import CORE_COLUMNS, Edit, Prompt

if TYPE_CHECKING:
    import pyarrow as pa

_values = attrgetter(*CORE_COLUMNS)


def table(prompts: Sequence[Prompt], schema: pa.Schema) -> pa.Table:
    """Return the rows as a table of `schema` (`ip_bench.release.features`), equal to one made of their `to_row`.

    Raises:
        pyarrow.ArrowException: where a value is not of its column's type.
    """
    import pyarrow as pa

    columns: dict[str, Sequence[Any]] = dict(zip(CORE_COLUMNS, zip(*map(_values, prompts), strict=True), strict=True))
    extras = [row.extra for row in prompts]
    columns |= {name: [extra.get(name) for extra in extras] for name in schema.names if name not in columns}
    arrays = [_array(columns[column.name], column.type, column.name) for column in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: Sequence[Any], of: pa.DataType, name: str) -> pa.Array:
    import pyarrow as pa

    if name == "edits":
        return _edits(values, of)
    if pa.types.is_list(of):  # most are one object for all arms of an item: each is made once
        held = {id(value): value for value in values}
        place = dict(zip(held, range(len(held)), strict=True))
        chosen = pa.array([place[id(value)] for value in values], pa.int32())
        return pa.array(list(held.values()), of).take(chosen)
    return pa.array(values, of)


def _edits(logs: Sequence[tuple[Edit, ...]], of: pa.DataType) -> pa.Array:
    import pyarrow as pa

    columns: Iterable[Sequence[Any]] = zip(*(edit for edits in logs for edit in edits), strict=True)
    held = dict(zip(Edit._fields, columns, strict=False))
    parts = list(of.value_type)
    arrays = [pa.array(held.get(part.name, ()), part.type) for part in parts]
    starts = pa.array([0, *accumulate(map(len, logs))], pa.int32())
    return pa.ListArray.from_arrays(starts, pa.StructArray.from_arrays(arrays, fields=parts), type=of)
