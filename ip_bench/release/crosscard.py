"""What is said of a cross that is whole: its manifest and its README."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ip_bench.release.cautions import card_section, front_matter, tags_of
from ip_bench.release.plan import Plan, Shard
from ip_bench.release.recipes import recipe
from ip_bench.release.shardfolder import Receipt
from ip_bench.seeds import digest


def cross_manifest(plan: Plan, receipts: Mapping[Shard, Receipt]) -> dict[str, Any]:
    """Return what the folder holds; a split's content hash is the digest of its files' content hashes, in order."""
    made = recipe(plan.dataset)

    def split(config: str, name: str) -> dict[str, Any]:
        found = [receipts[shard] for shard in plan.shards if (shard.config, shard.split) == (config, name)]
        return {
            "rows": sum(one["rows"] for one in found),
            "items": sum(one["items"] for one in found),
            "content_hash": digest(*[one["content_hash"] for one in found], size=32),
            "files": [{name: value for name, value in one.items() if name != "plan"} for one in found],
        }

    return {
        "name": plan.dataset,
        "version": plan.version,
        "builder_version": plan.builder_version,
        "license": made.LICENSE,
        "plan": plan.hash,
        "rows": sum(one["rows"] for one in receipts.values()),
        "configs": {
            config: {
                "warnings": list(made.WARNINGS.get(config, ())),
                "splits": {name: split(config, name) for name in plan.splits},
            }
            for config in plan.configs
        },
    }


def cross_card(manifest: dict[str, Any]) -> str:
    """Return the README: which files are a config's, as `datasets` reads it, what the rows hold, and how to read on."""
    import yaml

    front = {
        "license": manifest["license"].lower(),
        "tags": tags_of(manifest),
        "configs": [
            {
                "config_name": config,
                "data_files": [{"split": name, "path": f"{config}/{name}-*.parquet"} for name in described["splits"]],
            }
            for config, described in manifest["configs"].items()
        ],
    }
    name = f"{manifest['name']} {manifest['version']}"
    return (
        f"---\n{yaml.safe_dump(front, sort_keys=False)}{front_matter(manifest)}---\n"
        f"# The full cross of {name}\n\n"
        f"{manifest['rows']:,} rows: every item in every template and arm. It has other rows than the dataset {name}, "
        "and results on it do not compare with results on that. `plan.json` says what was asked for, `manifest.json` "
        f"has the hashes of every file.\n\n{card_section(manifest)}"
    )
