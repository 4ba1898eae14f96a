"""The parts of a row's message: what stands before the request, in either turn, and the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ip_bench.errors import IpBenchError

_BREAK = "\n\n"
_USER = "_user"


class Message(NamedTuple):
    """The system message, what the user turn says before the request, and the request.

    `user` says that there is no system message: a config in which everything stands in the user turn.
    """

    system: str
    lead: str
    request: str
    user: bool

    @property
    def before(self) -> str:
        """All that stands before the request, as one text."""
        return _joined(self.system, self.lead)

    @property
    def text(self) -> str:
        """The whole message as one text."""
        return _joined(self.system, self.lead, self.request)

    def add(self, text: str) -> Message:
        """Return the message with a text at the end of the system message, or of what stands before the request."""
        if self.user:
            return self._replace(lead=_joined(self.lead, text))
        return self._replace(system=_joined(self.system, text))

    def told(self, before: str) -> Message:
        """Return the message with another text before the request: in the user turn, where something stood there."""
        return self._replace(system="", lead=before) if self.user or self.lead else self._replace(system=before)


def message(row: Mapping[str, Any], config: str) -> Message:
    """Return the parts of a row of ip-tradeoff; in a config `*_user` everything stands in the user turn.

    Raises:
        IpBenchError: for a row without a request, or whose prompt does not end with it.
    """
    request, prompt = row.get("request"), row["prompt"]
    if not request or not prompt.endswith(request):
        raise IpBenchError(
            f"row {row['row_id']} of {config} has no request at the end of its prompt; mitigations are for ip-tradeoff"
        )
    lead = prompt[: len(prompt) - len(request)].strip()
    return Message(row["system"].strip(), lead, request, user=config.endswith(_USER))


def placed(row: Mapping[str, Any], own: Message) -> dict[str, Any]:
    """Return the row with a message in its place; all other columns stay."""
    return {**row, "system": own.system, "prompt": _joined(own.lead, own.request)}


def _joined(*parts: str) -> str:
    return _BREAK.join(filter(None, parts))
