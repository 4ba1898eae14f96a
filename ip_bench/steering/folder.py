"""A steering folder: the map, the factorization whose places it takes, and what both belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from ip_bench._version import __version__
from ip_bench.cohorts.answers import Answers, Floats, Item
from ip_bench.errors import IntegrityError, IpBenchError
from ip_bench.files import check_replaceable, read_record, replacing_folder, write_json
from ip_bench.redaction import scrubbed
from ip_bench.release.folder import file_in
from ip_bench.release.hashing import file_sha256
from ip_bench.steering.persona import restored, stored
from ip_bench.steering.soft import Shape, SoftMap
from ip_bench.steering.train import Trained, Training, weights_hash

RECORD, MAP, FILTER = "steer.json", "map.safetensors", "filter.safetensors"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a folder holds; `centroids` (cohorts, persona) has no row where no cohorts were found."""

    trained: Trained
    items: tuple[Item, ...]
    centroids: Floats
    record: Mapping[str, Any]

    @property
    def learned(self) -> frozenset[str]:
        """Return the ids of the items whose answers say something of a person: of others no direction was learned."""
        says = np.abs(self.trained.filter.params_.loadings).sum((1, 2)) > 0
        return frozenset(item.item_id for item, said in zip(self.items, says, strict=True) if said)


def save(out: Path, lm: Any, name: str, trained: Trained, answers: Answers, centroids: Floats,
         division: Mapping[str, Any]) -> dict[str, Any]:  # fmt: skip
    """Write a folder and return its record.

    `name` is the base model's, and `division` says which people and items were learned from. No person's answers or
    places are written.
    """
    from safetensors.numpy import save_file

    check_replaceable(out, RECORD)
    weights = {key: value.detach().cpu().float().numpy() for key, value in trained.map.state_dict().items()}
    with replacing_folder(out) as draft:
        save_file({key: np.array(value, order="C") for key, value in weights.items()}, draft / MAP)
        arrays = stored(trained.filter) | {"centroids": centroids}
        save_file({key: np.array(value, order="C") for key, value in arrays.items()}, draft / FILTER)
        record = {
            "ip_bench": __version__,
            "model": scrubbed(Path(name).name if Path(name).exists() else name),
            "weights_sha256": weights_hash(lm.model),
            "shape": trained.map.shape.to_dict(),
            "training": asdict(trained.plan),
            "losses": trained.losses,
            "items": [asdict(each) for each in answers.items],
            "division": dict(division),
            "cohorts": len(centroids),
            "files": {file: file_sha256(draft / file) for file in (MAP, FILTER)},
            "versions": {package: version(package) for package in ("torch", "transformers", "lm-eval", "numpy")},
        }
        write_json(draft / RECORD, record)
    return record


def load(folder: Path, model: Any) -> Loaded:
    """Return what a folder holds, checked against its record and the model's weights.

    Raises:
        IpBenchError: where the folder is none of `ip-bench steer train`.
        IntegrityError: where a file or the model is not the one that the record names.
    """
    if not (folder / RECORD).is_file():
        raise IpBenchError(f"{folder} has no {RECORD}; make a folder with ip-bench steer train")
    from safetensors.numpy import load_file

    record = read_record(folder / RECORD)
    tables = []
    try:
        for name in (MAP, FILTER):
            file = file_in(folder, name)
            if file is None or (found := file_sha256(file)) != record["files"][name]:
                raise IntegrityError(
                    f"{name} of {folder} {'is not there' if file is None else f'has SHA-256 {found}'}, "
                    f"{RECORD} says {record['files'][name]}"
                )
            tables.append(load_file(file))
        shape, plan = Shape(**record["shape"]), Training(**record["training"])
        items = tuple(Item(**{**each, "options": tuple(each["options"])}) for each in record["items"])
        expected, losses = record["weights_sha256"], record["losses"]
    except (KeyError, TypeError) as error:
        raise IpBenchError(f"{folder / RECORD} lacks or has a wrong entry ({error})") from error
    if (found := weights_hash(model)) != expected:
        raise IntegrityError(
            f"the model's weights have SHA-256 {found}, and the map was trained on {record.get('model')} with "
            f"{expected}; load that model in the same precision"
        )
    trained = Trained(_map(shape, tables[0]), restored(tables[1]), losses, plan)
    return Loaded(trained, items, tables[1]["centroids"], record)


def _map(shape: Shape, weights: Mapping[str, Any]) -> SoftMap:
    import torch

    soft = SoftMap(shape)
    soft.load_state_dict({key: torch.from_numpy(np.asarray(value)) for key, value in weights.items()})
    soft.eval().requires_grad_(False)
    return soft
