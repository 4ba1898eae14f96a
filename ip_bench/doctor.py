"""Is everything here that a run needs? Findings on this machine, its packages, disks and data, each with its fix."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import NamedTuple

from ip_bench.errors import IpBenchError

STATES = ("ok", "warn", "fail")
_LITTLE, _LEAST = 5.0, 0.5  # GB of a disk: the samples of a full run, and of a small one


class Finding(NamedTuple):
    """What a check found: its name, one of `STATES`, the finding in words, and what to do about it."""

    check: str
    state: str
    found: str
    fix: str = ""


def machine(extra: str | None) -> Iterator[Finding]:
    """Yield findings on Python, the packages that are fixed (with those of an extra) and torch with its GPU."""
    yield Finding("python", "ok", f"{sys.version.split()[0]} in {sys.prefix}")  # the installer refuses others
    yield from packages(extra)
    yield torch_and_gpu(needed=extra is not None)


def packages(extra: str | None) -> Iterator[Finding]:
    """Yield a finding on each package that is missing or of a version that is not supported, else one on all.

    Those of an extra are needed where it is named, and else only looked at where they are installed.
    """
    from packaging.requirements import Requirement

    fine = 0
    for line in requires("ip-bench") or ():
        one = Requirement(line)
        base = one.marker is None or one.marker.evaluate({"extra": ""})
        if not base and not (one.marker and one.marker.evaluate({"extra": extra or "eval"})):
            continue
        if one.name == "ip-bench":  # an extra of an extra
            continue
        needed = base or extra is not None
        try:
            found = version(one.name)
        except PackageNotFoundError:
            if needed:
                what = "ip-bench" if base else f"ip-bench[{extra}]"
                yield Finding("packages", "fail", f"{one.name} is not installed", f"pip install '{what}'")
            continue
        if one.specifier.contains(found, prereleases=True):
            fine += 1
        else:
            fix = f"pip install '{one.name}{one.specifier}'"
            yield Finding("packages", "fail" if needed else "warn", f"{one.name} is {found}, tested is "
                          f"{one.specifier}", fix)  # fmt: skip
    yield Finding("packages", "ok", f"{fine} of versions that are supported")


def torch_and_gpu(*, needed: bool) -> Finding:
    """Return a finding on torch and the accelerator that it sees."""
    try:
        import torch
    except ImportError as error:
        state = "fail" if needed else "ok"
        return Finding("torch", state, f"is not installed ({error.name}); endpoints and simulated need none",
                       "pip install 'ip-bench[eval]'" if needed else "")  # fmt: skip
    if torch.cuda.is_available():
        free, whole = (size / 2**30 for size in torch.cuda.mem_get_info())
        gpus = f"{torch.cuda.device_count()} x {torch.cuda.get_device_name()}"
        return Finding("torch", "ok", f"{torch.__version__}, {gpus}, {free:.0f} of {whole:.0f} GiB free")
    if torch.accelerator.is_available():
        return Finding("torch", "ok", f"{torch.__version__}, {torch.accelerator.current_accelerator()}")
    said = f"{torch.__version__}, no GPU: models run on the CPU"
    return Finding("torch", "warn" if needed else "ok", said, "models of billions of weights take days on a CPU; use a "
                   "GPU, or an endpoint" if needed else "")  # fmt: skip


def places(out: Path) -> Iterator[Finding]:
    """Yield findings on the disks of the cache and of the run's folder: writable, and with space."""
    from ip_bench.release.resolve import cache_root

    for name, folder in (("cache", cache_root()), ("out", out)):
        there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
        fix = "name another folder: " + ("XDG_CACHE_HOME" if name == "cache" else "--out")
        try:
            with tempfile.TemporaryFile(dir=there):
                pass
        except OSError as error:
            yield Finding(name, "fail", f"{folder} cannot be written ({error.strerror})", fix)
            continue
        free = shutil.disk_usage(there).free / 1e9
        state = "ok" if free >= _LITTLE else "warn" if free >= _LEAST else "fail"
        yield Finding(name, state, f"{folder}, {free:,.1f} GB free", "" if state == "ok" else f"make space, or {fix}")


def dataset(name: str) -> Finding:
    """Return a finding on a dataset: verified where it lies, or to be built; nothing is built here.

    Raises:
        UnknownNameError: for a dataset that does not exist.
    """
    from ip_bench.release.recipes import recipe, registered
    from ip_bench.release.resolve import cache_root, verify

    made = recipe(name)
    named = os.environ.get("IP_BENCH_DATA")
    cached = cache_root() / f"{name}-{made.VERSION}"
    folder = cached
    if named and ((Path(named) / name).is_dir() or name not in registered()):
        folder = Path(named) / name if (Path(named) / name).is_dir() else Path(named)
    if not folder.exists() and folder == cached:
        return Finding("dataset", "ok", f"{name} {made.VERSION} is built by the first run", "")
    try:
        manifest = verify(folder, name, made.VERSION)
    except IpBenchError as error:
        fix = f"unset IP_BENCH_DATA, or: ip-bench build {name} --out NEW" if named else f"delete {folder}"
        return Finding("dataset", "fail", str(error), fix)
    hashes = ", ".join(f"{config} {one['content_hash'][:8]}" for config, one in manifest["configs"].items())
    return Finding("dataset", "ok", f"{name} {made.VERSION} in {folder}: {hashes}")


def hub_token() -> Finding:
    """Return a finding on whether there is a token for the hub, which is not shown."""
    from huggingface_hub import get_token

    if get_token():
        return Finding("hub token", "ok", "there is one")
    return Finding(
        "hub token", "warn", "there is none; gated models and publishing need one", "hf auth login, or HF_TOKEN"
    )


def sandbox(*, needed: bool) -> Finding:
    """Return a finding on whether code that a model wrote can be run confined here."""
    from ip_bench.sandbox import run_code

    bad = "fail" if needed else "warn"
    fix = "leave --allow-code off: code is then counted as not run"
    try:
        ran = run_code("x = 6 * 7", ["x"])
    except (IpBenchError, OSError) as error:
        return Finding("sandbox", bad, str(error), fix)
    if ran.values != (("value", 42),):
        return Finding("sandbox", bad, f"code does not run ({ran.ended} {ran.error})".rstrip(), fix)
    return Finding("sandbox", "ok", f"code is confined by {', '.join(ran.held)}")
