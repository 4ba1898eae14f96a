"""One logged sample and what it came to: the request, the response, and its outcome, scored without the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ip_bench.errors import SamplesError
from ip_bench.mitigation.conditions import Condition
from ip_bench.outcomes.logged import Logged
from ip_bench.outcomes.measures import Measure, Reading
from ip_bench.outcomes.outcome import Measured, reached, request_text
from ip_bench.outcomes.refusal.detector import Verdict
from ip_bench.outcomes.thinking import opens_thinking


class Sample(NamedTuple):
    """What is known of a logged sample before it is scored.

    `response` is the generation (of a choice task nothing), `likelihoods` those of the choices (of a generation
    nothing). `told` is False where the run's condition has no message for the row, `delivered` where the message is
    not in the request. `opened`: the request ended inside the thinking. `limit`: the tokens that the response could
    have, None where that is not logged.
    """

    doc: Mapping[str, Any]
    response: str
    likelihoods: list[float] | None
    told: bool
    delivered: bool
    opened: bool
    limit: int | None


@dataclass(frozen=True, slots=True)
class Reader:
    """How the samples of a task are read, the same for every line.

    `file` names the file in errors. Of a `choice` task the likelihoods are scored, else the generation. Code in
    responses is run only with `allow_code`. A `condition` is what the run was mitigated by. `judge` tells refusals,
    None for the shipped detector.
    """

    file: str
    config: str
    how: Measure
    choice: bool
    allow_code: bool = False
    condition: Condition | None = None
    judge: Callable[..., Verdict] | None = None

    def sample(self, logged: Logged) -> Sample:
        """Return what is known of a logged sample of the dataset.

        Raises:
            SamplesError: for a choice task's line without log-likelihoods; file and line are named.
        """
        doc, record = logged.doc, logged.record
        arguments = _arguments(record)
        request = arguments[0] if arguments else ""
        told = doc if self.condition is None else self.condition.told(doc, self.config)
        choice = self.choice and self.how.choice is not None
        return Sample(
            doc,
            "" if choice else _generation(record),
            _likelihoods(logged, self.file) if choice else None,
            told is not None,
            told is not None and reached(told, request),
            not choice and opens_thinking(request_text(request)),
            _limit(arguments),
        )

    def outcome(self, sample: Sample, *, normalized: bool = False) -> Measured:
        """Return what a sample came to; of a choice task also by likelihoods `normalized` per character."""
        if sample.likelihoods is not None and self.how.choice is not None:
            return self.how.choice(
                sample.doc, sample.likelihoods, delivered=sample.delivered, normalized=normalized
            )  # fmt: skip
        reading = Reading(sample.delivered, sample.opened, sample.limit, self.allow_code, self.judge)
        return self.how.read(sample.doc, sample.response, reading)


def _arguments(record: Mapping[str, Any]) -> list[Any]:
    """Return the arguments of the first request, none where the record has not any.

    lm-eval logs arguments as a list, or in files as {gen_args_0: {arg_0: ...}}.
    """
    arguments = record.get("arguments")
    first = next(iter(arguments.values() if isinstance(arguments, Mapping) else arguments or ()), ())
    if isinstance(first, Mapping):
        return list(first.values())
    return list(first) if isinstance(first, list | tuple) else []


def _limit(arguments: list[Any]) -> int | None:
    settings = arguments[1] if len(arguments) > 1 else None
    limit = settings.get("max_gen_toks") if isinstance(settings, Mapping) else None
    return limit if isinstance(limit, int) else None


def _generation(record: Mapping[str, Any]) -> str:
    response = record.get("filtered_resps")
    while isinstance(response, list | tuple):
        response = response[0] if response else ""
    return str(response) if response is not None else ""


def _likelihoods(logged: Logged, file: str) -> list[float]:
    try:
        found = [float(pair[0]) for pair in logged.record["filtered_resps"]]
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise SamplesError(f"{file}:{logged.line}: no log-likelihoods in filtered_resps ({error!r})") from error
    if len(found) != len(choices := logged.doc["choices"]):
        raise SamplesError(f"{file}:{logged.line}: {len(found)} log-likelihoods for {len(choices)} choices")
    return found
