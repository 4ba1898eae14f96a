"""The dataset rows that samples are checked against, of one config at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ip_bench.analysis import expected_rows
from ip_bench.outcomes.samples import TaskSamples
from ip_bench.release.recipes import recipe
from ip_bench.release.resolve import resolve, verify
from ip_bench.samples.batches import Checked


class Held:
    """The datasets met so far, verified, and the rows of the config met last; those before it are let go."""

    def __init__(self) -> None:
        self._folders: dict[str, Path] = {}
        self._manifests: dict[str, dict[str, Any]] = {}
        self._rows: dict[tuple[str, str, bool], Checked] = {}

    def rows(self, samples: TaskSamples) -> Checked:
        """Return the rows that the task of the samples asks."""
        if (key := (samples.dataset, samples.config, samples.mini)) not in self._rows:
            self._rows.clear()
            folder = self._folder(samples.dataset)
            self._rows[key] = Checked.of(expected_rows(folder, samples.config, mini=samples.mini))
        return self._rows[key]

    def config(self, samples: TaskSamples) -> dict[str, Any]:
        """Return what the dataset's manifest says of the config of the samples."""
        name = samples.dataset
        if name not in self._manifests:
            self._manifests[name] = verify(self._folder(name), name, recipe(name).VERSION)
        return dict(self._manifests[name]["configs"][samples.config])

    def _folder(self, name: str) -> Path:
        if name not in self._folders:
            self._folders[name] = resolve(name, recipe(name).VERSION)
        return self._folders[name]
