"""An outcome with a value for each of several questions: what the outcomes of three measures have in common."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from ip_bench.errors import UnknownNameError


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuedOutcome:
    """What one response came to; a measure's own outcome adds its fields, and says why a value is missing.

    `kind` is how the response was read, `values` holds the outcomes that it has, and `text` is what was read. `NAMES`
    are all outcomes of the measure, each a `NAMED`.
    """

    NAMES: ClassVar[tuple[str, ...]]
    NAMED: ClassVar[str] = "outcome"

    row_id: str
    item_id: str
    arm: str
    realization_id: str
    template_id: str
    kind: str
    values: dict[str, float]
    text: str
    thinking_chars: int = 0

    @property
    def answered(self) -> bool:
        """Whether there is an outcome."""
        return bool(self.values)

    @property
    def answer(self) -> tuple[object, ...]:
        """How it was read, with its values."""
        return (self.kind, *sorted(self.values.items()))

    def value(self, outcome: str) -> float | None:
        """Return the value of an outcome, None where the response has none, or the row is no evidence on it.

        Raises:
            UnknownNameError: for an outcome that the measure has not.
        """
        if outcome not in self.NAMES:
            raise UnknownNameError(self.NAMED, outcome, self.NAMES)
        return self.values.get(outcome)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
