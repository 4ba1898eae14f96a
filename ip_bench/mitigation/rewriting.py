"""Ask a model to write messages without who asks, through any lm-eval backend, and read what it made of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from ip_bench.errors import IpBenchError
from ip_bench.files import read_jsonl, write_jsonl
from ip_bench.mitigation.conditions import Condition, Rewritten
from ip_bench.mitigation.message import Message, message
from ip_bench.outcomes.thinking import split_thinking

#: A rewriting is decoded greedily: it is a part of the prompt, and not what varies.
SETTINGS = {"until": [], "do_sample": False, "temperature": 0.0, "max_gen_toks": 512}
FILE = "rewrites.jsonl"
_LINE = "-----"
_RULES = re.compile(r"^[ \t]*[-=*_`#~]{3,}\w*[ \t]*$", re.MULTILINE)
_ANNOUNCED = re.compile(r"\A[^\n:]{0,80}\b(?:message|text|version|rewrit\w+|edited)\b[^\n:]{0,40}:\s*\n", re.IGNORECASE)
_QUOTES = {"'": "['’‘]", '"': '["“”]', "-": "[-–—‑]"}
_WORD = re.compile(r"\w")


class Wanted(NamedTuple):
    """A message to rewrite: its key, the wording of the task, the message, and the row that it is first met in."""

    key: str
    task: str
    message: Message
    row: Mapping[str, Any]


def wanted(condition: Condition, rows: Iterable[Mapping[str, Any]], config: str) -> dict[str, Wanted]:
    """Return the distinct messages of rows that a rewriting condition needs and has not, by key."""
    found: dict[str, Wanted] = {}
    for row in rows:
        own = message(row, config)
        key = condition.key(row, own)
        if key not in condition.rewrites and key not in found:
            found[key] = Wanted(key, condition.mitigation.wordings[condition.place(row)], own, row)
    return found


def rewrite(lm: Any, asked: Mapping[str, Wanted], *, chat_template: bool) -> dict[str, Rewritten]:
    """Return what an lm-eval model makes of messages, by key.

    Raises:
        IpBenchError: for a model that runs in several processes, each of which sees a part of the rows.
    """
    from lm_eval.api.instance import Instance

    if getattr(lm, "world_size", 1) > 1:
        raise IpBenchError(f"messages are rewritten in one process; this model runs in {lm.world_size}")
    requests = [
        Instance(
            request_type="generate_until",
            doc=dict(one.row),
            arguments=(_request(lm, one, chat_template=chat_template), dict(SETTINGS)),
            idx=0,
            metadata=("rewrite", number, 1),
        )
        for number, one in enumerate(asked.values())
    ]
    responses = lm.generate_until(requests) if requests else []
    return {
        one.key: read_rewriting(str(response), one.message)
        for one, response in zip(asked.values(), responses, strict=True)
    }


def read_rewriting(response: str, own: Message) -> Rewritten:
    """Return what a rewriting comes to: the text before the request, which must be there word for word, last.

    Line breaks, kinds of quotes, a frame of lines and a heading like "Edited message:" make no difference.
    """
    text = _ANNOUNCED.sub("", _RULES.sub("", split_thinking(response).answer).strip()).strip()
    if not text:
        return Rewritten("empty", "")
    found = list(_pattern(own.request).finditer(text))
    if not found:
        return Rewritten("request lost", "")
    before, after = text[: found[-1].start()].strip(" \n\t\"'“‘"), text[found[-1].end() :]
    if _WORD.search(after) or len(before) > 2 * len(own.before) + 40:
        return Rewritten("added", "")
    return Rewritten("ok", before)


def counts(condition: Condition, rows: Iterable[Mapping[str, Any]], config: str) -> Counter[str]:
    """Return how many rows have a message, or why not, and in how many of them the identity is still named."""
    terms = import_module("ip_bench.builders.tradeoff.identities").terms()
    found: Counter[str] = Counter()
    for row in rows:
        own = condition.rewrites.get(condition.key(row, message(row, config)))
        found[own.status if own else "none"] += 1
        found["identity still named"] += bool(own and row["identity"] and terms.search(own.before))
    return found


def read_rewrites(file: Path) -> dict[str, Rewritten]:
    """Return the rewrites of a file; raises IpBenchError where it is not one."""
    try:
        return {record["key"]: Rewritten(record["status"], record["before"]) for _, record in read_jsonl(file)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IpBenchError(f"{file} holds no rewrites of messages ({error!r})") from error


def write_rewrites(file: Path, rewrites: Mapping[str, Rewritten]) -> None:
    """Write rewrites as JSONL, by key."""
    write_jsonl(file, ({"key": key, **one._asdict()} for key, one in sorted(rewrites.items())))


def _request(lm: Any, one: Wanted, *, chat_template: bool) -> Any:
    text = f"{one.task}\n\n{_LINE}\n{one.message.text}\n{_LINE}"
    return lm.apply_chat_template([{"role": "user", "content": text}]) if chat_template else f"{text}\n\n"


def _pattern(request: str) -> re.Pattern[str]:
    words = ["".join(_QUOTES.get(char, re.escape(char)) for char in word) for word in request.split()]
    return re.compile(r"\s+".join(words))
