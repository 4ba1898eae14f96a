"""A dataset in Croissant 1.1, the JSON-LD by which catalogs and loaders read machine-learning data.

Source: the MLCommons Croissant format specification, version 1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

SITE = "https://huggingface.co"  # the address in the metadata, whichever endpoint it is sent to
CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
LICENSES = {"CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/"}

_TERMS = (
    "citeAs column conformsTo data dataType equivalentProperty examples extract field fileObject fileProperty fileSet "
    "format includes isArray arrayShape isLiveDataset jsonPath key md5 parentField path recordSet references regex "
    "repeated replace samplingRate separator source subField transform"
)
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    **{term: f"cr:{term}" for term in _TERMS.split()},
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}


def croissant(manifest: Mapping[str, Any], folder: Path, repo: str) -> dict[str, Any]:
    """Return the Croissant description of a built folder as it will stand in `repo` at its version's tag.

    Columns and their types are those of the parquet files; each split of each config is a record set.
    """
    import pyarrow.parquet as pq

    page = f"{SITE}/datasets/{repo}"
    distribution, records = [], []
    for config, described in manifest["configs"].items():
        for split, entry in described["splits"].items():
            distribution.append(
                {
                    "@type": "cr:FileObject",
                    "@id": f"{config}/{split}",
                    "name": f"{config}/{split}",
                    "contentUrl": f"{page}/resolve/v{manifest['version']}/{entry['file']}",
                    "encodingFormat": "application/x-parquet",
                    "sha256": entry["sha256"],
                }
            )
            schema = pq.read_schema(folder / entry["file"])
            name = f"{config}-{split}"
            records.append(
                {
                    "@type": "cr:RecordSet",
                    "@id": name,
                    "name": name,
                    "description": f"The rows of {config}, split {split}: {entry['rows']} of {entry['items']} items.",
                    "key": {"@id": f"{name}/row_id"},
                    "field": [_field(column, name, f"{config}/{split}") for column in schema],
                }
            )
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": manifest["name"],
        "description": f"{manifest['name']} {manifest['version']}: prompts that differ only in who seems to ask.",
        "license": LICENSES.get(manifest["license"], manifest["license"]),
        "url": page,
        "version": manifest["version"],
        "creator": {"@type": "Organization", "name": "The ip-bench authors"},
        "citeAs": f"The ip-bench authors. {manifest['name']} {manifest['version']}. {page}",
        "isLiveDataset": False,
        "distribution": distribution,
        "recordSet": records,
    }


def _field(column: Any, parent: str, file: str) -> dict[str, Any]:
    name = f"{parent}/{column.name}"
    depth, inner = 0, column.type
    while hasattr(inner, "value_type"):  # a list, or a list of lists
        depth, inner = depth + 1, inner.value_type
    field: dict[str, Any] = {"@type": "cr:Field", "@id": name, "name": name}
    if depth:
        field |= {"isArray": True, "arrayShape": ",".join(["-1"] * depth)}
    if hasattr(inner, "fields"):
        parts = [{"@type": "cr:Field", "@id": f"{name}/{part.name}", "name": f"{name}/{part.name}",
                  "dataType": _type(part.type),
                  "source": {"fileObject": {"@id": file}, "extract": {"column": column.name},
                             "transform": {"jsonPath": part.name}}}
                 for part in inner.fields]  # fmt: skip
        return field | {"subField": parts}
    return field | {
        "dataType": _type(inner),
        "source": {"fileObject": {"@id": file}, "extract": {"column": column.name}},
    }


def _type(arrow: Any) -> str:
    kinds = (("bool", "sc:Boolean"), ("int", "cr:Int32"), ("float", "cr:Float64"), ("double", "cr:Float64"))
    return next((name for start, name in kinds if str(arrow).startswith(start)), "sc:Text")
