"""Select a runtime's pins from a lock file for all Python versions.

pip evaluates markers for the Python it runs on, whatever `--python-version` says. So the lock file is reduced to one
runtime's pins before pip sees it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from opsctl.package.targets import BuildError

if TYPE_CHECKING:
    from pathlib import Path

    from opsctl.package.targets import Layer, PythonRuntime


@dataclass(frozen=True, slots=True)
class Pin:
    """One distribution, one version, and the hashes of its files."""

    name: str
    version: str
    hashes: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join([f"{self.name}=={self.version}", *(f"--hash={digest}" for digest in self.hashes)])


def read(path: Path, runtime: PythonRuntime) -> dict[str, Pin]:
    """Return the pins of a lock file that apply to `runtime`, by name.

    Raises:
        BuildError: a line does not pin one version with hashes.
    """
    lines = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    found = [_pin(line, path, runtime) for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return {pin.name: pin for pin in found if pin is not None}


def of_layer(layer: Layer, folder: Path, runtime: PythonRuntime) -> dict[str, Pin]:
    """Return the pins of `layer`.

    Raises:
        BuildError: the two lock files have different versions of one distribution, so one layer would shadow the other.
    """
    own = read(folder / layer.requirements, runtime) if layer.requirements else {}
    others = read(folder / layer.without, runtime) if layer.without else {}
    for name in own.keys() & others.keys():
        if own[name].version != others[name].version:
            raise BuildError(
                f"{layer.requirements} pins {name} {own[name].version} and {layer.without} {others[name].version}: "
                "run `make lock`"
            )
    return {name: pin for name, pin in own.items() if name not in others}


def _pin(line: str, path: Path, runtime: PythonRuntime) -> Pin | None:
    text, *hashes = line.split("--hash=")
    requirement = Requirement(text)
    if requirement.marker is not None and not requirement.marker.evaluate(runtime.environment):
        return None
    version = str(requirement.specifier)
    if not version.startswith("==") or "," in version or not hashes:
        raise BuildError(f"{path.name}: {text.strip()} is not pinned to one version with hashes: run `make lock`")
    return Pin(canonicalize_name(requirement.name), version[2:], tuple(digest.strip() for digest in hashes))
