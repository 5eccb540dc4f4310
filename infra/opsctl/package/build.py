"""Build one runtime's layers and code packages."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opsctl.package import archive, bytecode, library, pruning, requirements, wheels
from opsctl.package.targets import LAYERS, BuildError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from opsctl.package.targets import Layer, PythonRuntime
    from opsledger.strict_json import JsonObject

MANIFEST = "manifest.json"


@dataclass(slots=True)
class Built:
    """A layer or a function's code, packed.

    Attributes:
        tree: its files: path → content.
        before: the bytes of all its requirements before pruning.
        pruned: the bytes left out, by distribution.
        layers: for a function, the layers with what it imports.
    """

    name: str
    kind: str
    tree: Mapping[str, bytes]
    packed: bytes
    before: int = 0
    pruned: dict[str, int] = field(default_factory=dict)
    layers: tuple[str, ...] = ()

    @property
    def unpacked(self) -> int:
        """The total bytes of its files."""
        return sum(map(len, self.tree.values()))

    def manifest(self) -> JsonObject:
        """Return its entry in the manifest; `content_sha256` does not depend on the version of zlib."""
        content = hashlib.sha256()
        for path in sorted(self.tree):
            content.update(f"{path}\0{hashlib.sha256(self.tree[path]).hexdigest()}\n".encode())
        return {
            "name": self.name,
            "kind": self.kind,
            "file": f"{self.name}.zip",
            "sha256": hashlib.sha256(self.packed).hexdigest(),
            "content_sha256": content.hexdigest(),
            "zip_bytes": len(self.packed),
            "unpacked_bytes": self.unpacked,
            "unpruned_bytes": self.before,
            "files": len(self.tree),
            **({"layers": list(self.layers)} if self.kind == "function" else {}),
        }


def build(root: Path, out: Path, runtime: PythonRuntime, *, compiled: bool = True) -> list[Built]:
    """Build everything for `runtime` into `out/<runtime>/`.

    Raises:
        BuildError: something is missing, contradictory or over its budget; `out` is then incomplete.
    """
    folders = sorted(path.parent for path in (root / "functions").glob("*/index.py"))
    entries = {folder: library.reach([folder / "index.py"], root / "shared") for folder in folders}
    parts = _parts({folder.name: reached.files for folder, reached in entries.items()})
    built = [_layer(layer, root, out, runtime, parts[layer.name], compiled=compiled) for layer in LAYERS]
    provided = {layer.name: _modules(layer.tree) for layer in built}
    every = {name for names in provided.values() for name in names} | sys.stdlib_module_names
    for folder in folders:
        missing = sorted(entries[folder].foreign - every)
        built.append(_function(folder, missing, _of_layers(folder, root, provided)))
    _write(built, out / runtime.name, runtime, compiled=compiled)
    _hold_to_budget(built, runtime)
    return built


def _parts(files: Mapping[str, Mapping[str, bytes]]) -> dict[str, dict[str, bytes]]:
    """Each layer's part of the library, from what each function reaches of it."""
    rest = {path: code for reached in files.values() for path, code in reached.items()}
    parts: dict[str, dict[str, bytes]] = {layer.name: {} for layer in LAYERS}
    for layer in LAYERS:
        by_others = set().union(*(files[name] for name in files.keys() - set(layer.only_for)))
        if layer.only_for:
            parts[layer.name] = {path: rest.pop(path) for path in sorted(rest.keys() - by_others)}
    return parts | {layer.name: rest for layer in LAYERS if layer.library}


def _layer(
    layer: Layer, root: Path, out: Path, runtime: PythonRuntime, own: Mapping[str, bytes], *, compiled: bool
) -> Built:
    pins = requirements.of_layer(layer, root / "requirements", runtime)
    fetched = wheels.fetch(pins.values(), out / "wheels" / runtime.name / layer.name, runtime)
    tree, before, pruned = assemble(fetched, runtime)
    tree = {f"python/{path}": content for path, content in {**tree, **own}.items()}
    if compiled:
        tree |= bytecode.compile_tree(tree, runtime)
    return Built(layer.name, "layer", tree, archive.pack(tree), before + sum(map(len, own.values())), pruned)


def assemble(fetched: Iterable[Path], runtime: PythonRuntime) -> tuple[dict[str, bytes], int, dict[str, int]]:
    """Return the files to include, total bytes, and bytes pruned per distribution.

    Raises:
        BuildError: two distributions have the same file.
    """
    tree: dict[str, bytes] = {}
    before, pruned = 0, {}
    for wheel in fetched:
        name, sizes = wheels.distribution(wheel), wheels.sizes(wheel)
        read = wheels.read(wheel, pruning.kept(name, sizes, runtime.name))
        taken = {path: pruning.shortened(path, content) for path, content in read.items()}
        taken |= dict(pruning.stand_ins([name]))
        if twice := sorted(tree.keys() & taken.keys()):
            raise BuildError(f"{name} and another distribution both have {twice[0]}")
        tree |= taken
        before += sum(sizes.values())
        if left_out := sum(sizes.values()) - sum(map(len, taken.values())):
            pruned[name] = left_out
    return tree, before, pruned


def _function(folder: Path, missing: Sequence[str], layers: Iterable[str]) -> Built:
    if missing:
        raise BuildError(f"functions/{folder.name} imports {', '.join(missing)}, which no layer has")
    tree = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    return Built(folder.name, "function", tree, archive.pack(tree), sum(map(len, tree.values())), layers=tuple(layers))


def _of_layers(folder: Path, root: Path, provided: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The layers with something the function imports, except for what it only imports when a setting says so.

    Every function imports the library.
    """
    optional = [layer.optional_for for layer in LAYERS if layer.optional_for]
    wanted = library.reach([folder / "index.py"], root / "shared", without=optional).foreign | {library.LIBRARY}
    allowed = [layer.name for layer in LAYERS if not layer.only_for or folder.name in layer.only_for]
    return {name: provided[name] for name in allowed if provided[name] & wanted}


def _modules(tree: Mapping[str, bytes]) -> set[str]:
    """The top-level names that a layer provides."""
    tops = {path.removeprefix("python/").split("/")[0] for path in tree}
    return {top.partition(".")[0] for top in tops if not top.endswith(".dist-info")}


def _write(built: Iterable[Built], folder: Path, runtime: PythonRuntime, *, compiled: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.zip"):
        stale.unlink()
    for one in built:
        (folder / f"{one.name}.zip").write_bytes(one.packed)
    manifest = {"runtime": runtime.name, "bytecode": compiled, "archives": [one.manifest() for one in built]}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _hold_to_budget(built: Iterable[Built], runtime: PythonRuntime) -> None:
    budgets = {layer.name: layer.budget[runtime.name] for layer in LAYERS}
    for one in built:
        allowed = budgets.get(one.name)
        if allowed is not None and one.unpacked > allowed:
            raise BuildError(
                f"{one.name} for {runtime.name} unpacks to {one.unpacked:,} bytes, over its budget of {allowed:,}: "
                "prune (infra/opsctl/package/pruning.py) or raise the budget (infra/opsctl/package/targets.py)"
            )
