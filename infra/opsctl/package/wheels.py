"""Fetch wheels for another Python version and platform, and open them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from opsctl.package.targets import SOURCE_ONLY, BuildError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from opsctl.package.requirements import Pin
    from opsctl.package.targets import PythonRuntime

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
# The folders of a wheel's .data that are installed beside its packages; a layer needs no scripts, headers or data.
_INSTALLED = ("purelib", "platlib")


def fetch(pins: Iterable[Pin], folder: Path, runtime: PythonRuntime) -> list[Path]:
    """Fetch the wheels of `pins` for `runtime` into `folder`, each checked against its hashes.

    Raises:
        BuildError: pip failed; the message has its output.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sorted(pins, key=lambda pin: pin.name)
    _pip("wheel", [pin for pin in wanted if pin.name in SOURCE_ONLY], folder, ["--no-build-isolation", "--wheel-dir"])
    options = ["--only-binary=:all:", "--implementation", "cp", "--python-version", runtime.python]
    options += [part for platform in runtime.platforms for part in ("--platform", platform)]
    _pip("download", [pin for pin in wanted if pin.name not in SOURCE_ONLY], folder, [*options, "--dest"])
    return [_wheel(pin, folder) for pin in wanted]


def read(wheel: Path, keep: frozenset[str] | None = None) -> dict[str, bytes]:
    """Return the files that installing `wheel` would make; with `keep`, only these paths."""
    with zipfile.ZipFile(wheel) as archive:
        placed = {_place(info.filename): info for info in archive.infolist() if not info.is_dir()}
        return {path: archive.read(info) for path, info in placed.items() if path and (keep is None or path in keep)}


def sizes(wheel: Path) -> dict[str, int]:
    """Return the size of each file that `read` gives."""
    with zipfile.ZipFile(wheel) as archive:
        placed = {_place(info.filename): info.file_size for info in archive.infolist() if not info.is_dir()}
        return {path: size for path, size in placed.items() if path}


def distribution(wheel: Path) -> str:
    """Return the name of the distribution in `wheel`."""
    return canonicalize_name(wheel.name.split("-")[0])


def _place(member: str) -> str:
    top, _, rest = member.partition("/")
    if not top.endswith(".data"):
        return member
    kind, _, path = rest.partition("/")
    return path if kind in _INSTALLED else ""


def _wheel(pin: Pin, folder: Path) -> Path:
    found = [path for path in folder.glob("*.whl") if distribution(path) == pin.name]
    found = [path for path in found if path.name.split("-")[1] == pin.version]
    if len(found) != 1:
        raise BuildError(f"{folder} has {len(found)} wheels of {pin.name} {pin.version}: remove the folder")
    if pin.name in SOURCE_ONLY and not found[0].name.endswith("-none-any.whl"):
        raise BuildError(f"{found[0].name} was built for this machine only; it cannot go into a layer")
    return found[0]


def _pip(command: str, pins: Sequence[Pin], folder: Path, options: Sequence[str]) -> None:
    if not pins:
        return
    listed = folder / f"{command}.txt"
    listed.write_text("".join(f"{pin}\n" for pin in pins), encoding="utf-8")
    arguments = [*PIP, command, "--no-deps", "--require-hashes", "--requirement", str(listed), *options, str(folder)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    if done.returncode:
        raise BuildError(f"pip {command} failed:\n{done.stderr.strip()}")
