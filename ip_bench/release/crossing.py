"""Rows of a full cross as Arrow columns: what an item says is made once, and what a cell says once for all items."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ip_bench.design import Prompt, row_ids, row_tail
from ip_bench.errors import ContentError
from ip_bench.release.columns import table
from ip_bench.release.hashing import prompt_digests
from ip_bench.seeds import digest

if TYPE_CHECKING:
    import pyarrow as pa

#: About how many rows are made at once; they are a row group of a file.
BATCH = 1 << 16
#: Stands for a request in the rows from which the cells' texts are taken.
SLOT = "\x00"

ItemT = TypeVar("ItemT")
CellT = TypeVar("CellT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cross(Generic[ItemT, CellT]):
    """A whole design: every item in every cell, item by item, cells in their order.

    `row` is the one definition of a row. `request` returns what an item asks, and `posed` the item with another request
    in its place. `items` are by split.
    """

    dataset: str
    config: str
    items: Mapping[str, Sequence[ItemT]]
    cells: Sequence[CellT]
    row: Callable[[ItemT, CellT], Prompt]
    request: Callable[[ItemT], str]
    posed: Callable[[ItemT, str], ItemT]

    def told(self, item: ItemT) -> list[Prompt]:
        """Return the rows of an item in all cells, with `SLOT` in the place of its request."""
        slotted = self.posed(item, SLOT)
        return [self.row(slotted, cell) for cell in self.cells]

    def fingerprint(self) -> str:
        """Return a hash of all that the rows are made of: every cell with one item, every item in one cell."""
        items = [item for split in self.items.values() for item in split]
        rows = [*self.told(items[0]), *(self.row(item, self.cells[0]) for item in items)] if items else []
        return digest([one.hex() for one in prompt_digests(rows)])


class Blocks(Generic[ItemT, CellT]):
    """Makes tables of a cross's rows; no rule of how a row is worded is known here.

    Which columns are an item's, which a cell's, and which a request between a cell's words is seen in rows made by
    `Cross.row`, whose request is `SLOT`. One row of every item is compared with that function's.

    Raises:
        ContentError: for a column that depends on item and cell in another way than by the request in it.
    """

    def __init__(self, cross: Cross[ItemT, CellT], schema: pa.Schema) -> None:
        import numpy as np
        import pyarrow as pa

        self.cross, self.schema = cross, schema
        items = [item for split in cross.items.values() for item in split]
        rows = cross.told(items[0])
        self._tails = [row_tail(row.arm, row.realization_id, row.template_id, row.replicate) for row in rows]
        self._step = max(1, BATCH // len(rows))
        tiled = pa.array(np.tile(np.arange(len(rows), dtype=np.int32), self._step))
        cells, told = table(rows, schema), [row.to_row() for row in rows]
        other = [row.to_row() for row in cross.told(items[-1])]
        self._cell: dict[str, pa.Array] = {}
        self._around: dict[str, tuple[pa.Array, pa.Array]] = {}
        for name in schema.names:
            values, others = [row[name] for row in told], [row[name] for row in other]
            if name == "row_id" or (_alike(values) and _alike(others)):
                continue
            if values != others:
                raise ContentError(f"{self._where}: column {name!r} depends on item and cell, and not by the request")
            if any(isinstance(value, str) and SLOT in value for value in values):
                parts = [value.split(SLOT) for value in values]
                if any(len(part) != 2 for part in parts):
                    raise ContentError(f"{self._where}: column {name!r} must hold the request once in every cell")
                before, after = (pa.array(texts, pa.string()).take(tiled) for texts in zip(*parts, strict=True))
                self._around[name] = (before, after)
            else:
                self._cell[name] = cells[name].chunk(0).take(tiled)

    @property
    def plain(self) -> frozenset[str]:
        """The columns whose values hardly come twice, so that a dictionary of them would be waste."""
        return frozenset({"row_id", *self._around})

    @property
    def _where(self) -> str:
        return f"{self.cross.dataset}/{self.cross.config}"

    def tables(self, items: Sequence[ItemT]) -> Iterator[pa.Table]:
        """Yield the rows of items as tables of whole items, of about `BATCH` rows, or of one item where that has more.

        Raises:
            ContentError: where a row is not the one that `Cross.row` makes.
        """
        for start in range(0, len(items), self._step):
            some = items[start : start + self._step]
            made = self._table(some)
            self._check(made, some)
            yield made

    def _table(self, items: Sequence[ItemT]) -> pa.Table:
        import numpy as np
        import pyarrow as pa
        from pyarrow import compute

        cross, count = self.cross, len(self.cross.cells)
        rows = [cross.row(item, cross.cells[0]) for item in items]
        own, size = table(rows, self.schema), len(items) * count
        each = pa.array(np.repeat(np.arange(len(items), dtype=np.int32), count))
        requests = pa.array([cross.request(item) for item in items], pa.string()).take(each)

        def column(name: str) -> pa.Array:
            if name == "row_id":
                ids = [one for row in rows for one in row_ids(cross.dataset, cross.config, row.item_id, self._tails)]
                return pa.array(ids, pa.string())
            if name in self._around:
                before, after = (part.slice(0, size) for part in self._around[name])
                return compute.binary_join_element_wise(before, requests, after, "")
            if name in self._cell:
                return self._cell[name].slice(0, size)
            return own[name].chunk(0).take(each)

        return pa.Table.from_arrays([column(name) for name in self.schema.names], schema=self.schema)

    def _check(self, made: pa.Table, items: Sequence[ItemT]) -> None:
        """Compare a row of each item, each time in another cell."""
        count = len(self.cross.cells)
        for number, item in enumerate(items):
            place = int(digest(self.cross.row(item, self.cross.cells[0]).item_id, size=4), 16) % count
            expected = self.cross.row(item, self.cross.cells[place]).to_row()
            [found] = made.slice(number * count + place, 1).to_pylist()
            if found != expected:
                wrong = next(name for name in found if found[name] != expected[name])
                raise ContentError(
                    f"{self._where}: item {expected['item_id']}, arm {expected['arm']}, template "
                    f"{expected['template_id']}: column {wrong!r} is {found[wrong]!r}, the row has {expected[wrong]!r}"
                )


def _alike(values: Sequence[Any]) -> bool:
    return all(value == values[0] for value in values)
