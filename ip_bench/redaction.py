"""Texts and arguments without secrets and without paths of this machine, for what is written or said."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import unquote, urlsplit

REDACTED = "(redacted)"
_SECRET_ENVIRONMENT = re.compile(r"(?:TOKEN|_KEY|SECRET|PASSWORD)$")
_SECRET_ARGUMENT = re.compile(r"token|key|password|secret|auth", re.IGNORECASE)
_USER_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]+@")
_PASSWORD_IN_ADDRESS = re.compile(r"://[^/@:\s]*:([^/@\s]+)@")
_SHORTEST = 8  # a shorter value is no secret, and is part of other words


def environment_secrets() -> Iterator[str]:
    """Yield the secrets that the environment holds (variables named TOKEN, API_KEY, SECRET...)."""
    for name, value in os.environ.items():
        if _SECRET_ENVIRONMENT.search(name) and len(value) >= _SHORTEST:
            yield value


def typed_secrets(words: Iterable[str]) -> Iterator[str]:
    """Yield the values that words of a command line give to what is named like a secret, and passwords in addresses."""
    for part in (part for word in words for part in word.split(",")):
        yield from _PASSWORD_IN_ADDRESS.findall(part)
        name, _, value = part.rpartition(" ")[2].partition("=")
        if value and names_secret(name):
            yield value


def scrubbed(text: str, *secrets: str) -> str:
    """Return a text without any secret of the environment, and without the ones given."""
    for value in (*secrets, *environment_secrets()):
        text = text.replace(value, REDACTED)
    return text


def names_secret(name: str) -> bool:
    """Return whether what has this name is a secret."""
    return bool(_SECRET_ARGUMENT.search(name)) and not name.startswith(("tokenizer", "tokenized"))


def without_users(text: str) -> str:
    """Return a text in which addresses name no user and no password."""
    return _USER_IN_ADDRESS.sub(f"{REDACTED}@", text)


def redacted(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return model arguments without values of what is named like a secret, paths and users in addresses, at any depth.

    A folder or file of this machine is named by its last part.
    """
    return {key: REDACTED if names_secret(key) else _shown(value) for key, value in arguments.items()}


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return redacted({str(key): inner for key, inner in value.items()})
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(inner) for inner in value]
    if isinstance(value, PurePath):
        return _without_place(str(value))
    return _without_place(value) if isinstance(value, str) else value


def _without_place(text: str) -> str:
    path = unquote(urlsplit(text).path) if text.lower().startswith("file:") else text
    for kind in (PurePosixPath, PureWindowsPath):
        if kind(path).is_absolute():
            return kind(path).name or REDACTED
    return without_users(text)
