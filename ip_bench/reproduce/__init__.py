"""Published statistics from the studies' own responses, with ours on the same data beside them."""

from ip_bench.reproduce.jin2024 import Reproduction, jin2024
from ip_bench.reproduce.records import Record, as_dicts, records
from ip_bench.reproduce.study import STUDIES, reproduce
from ip_bench.reproduce.tables import show

__all__ = ["STUDIES", "Record", "Reproduction", "as_dicts", "jin2024", "records", "reproduce", "show"]
