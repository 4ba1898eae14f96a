"""Strings to search for in training data: a GUID for each config, from its content hash, in manifest and card."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

# A fixed namespace of version-5 UUIDs: with it, anyone can compute a canary from name, config and content hash.
_SPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "canary.ip-bench")


def canary(name: str, config: str, content_hash: str) -> str:
    """Return the canary of a config: `ip-bench canary GUID <uuid5 of name/config/content hash>`.

    It stays the same while the rows do, also where a version adds configs or words.
    """
    return f"ip-bench canary GUID {uuid.uuid5(_SPACE, f'{name}/{config}/{content_hash}')}"


def with_canaries(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a manifest in which every config has its `canary`."""
    configs = {
        config: {**described, "canary": canary(manifest["name"], config, described["content_hash"])}
        for config, described in manifest["configs"].items()
    }
    return {**manifest, "configs": configs}


def canary_section(manifest: Mapping[str, Any]) -> str:
    """Return the card's section about the canaries of a manifest that has them."""
    lines = "\n".join(f"- `{config}`: `{described['canary']}`" for config, described in manifest["configs"].items())
    return (
        "## Contamination canary\n\n"
        "These rows are for evaluation and must not be in training data. Please keep each config's string with copies\n"
        "of it, and search corpora for the strings. A model that completes one has met this page or a copy.\n\n"
        f"{lines}\n\n"
        "Each is the version-5 UUID of `name/config/content hash`: the same as long as the rows are.\n"
    )
