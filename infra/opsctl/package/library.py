"""Find the modules of the library that a function reaches, by reading the code without running it.

So a layer has exactly these modules, and no list of exceptions.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from opsctl.package.targets import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LIBRARY = "opsledger"


@dataclass(slots=True)
class Reached:
    """The modules that a function needs.

    Attributes:
        files: the library's files, by path in the layer.
        foreign: the top-level names of its other imports.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)


def reach(entries: Iterable[Path], shared: Path, without: Iterable[str] = ()) -> Reached:
    """Return what the modules in `entries` import, directly or indirectly.

    Args:
        without: modules of the library that are not followed.

    Raises:
        BuildError: an import names a module that the library does not have.
    """
    reached = Reached()
    waiting = [name for entry in entries for name in _imports(entry.read_bytes(), str(entry))]
    done = set(without)
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        done.add(name)
        if name.partition(".")[0] != LIBRARY:
            reached.foreign.add(name.partition(".")[0])
            continue
        waiting.extend(_take(name, shared, reached))
    return reached


def _take(name: str, shared: Path, reached: Reached) -> list[str]:
    """Add the module `name`; return its imports, including its parents."""
    path = _path(name, shared)
    parent = name.rpartition(".")[0]
    if path is None:
        if not parent or _path(parent, shared) is None:
            raise BuildError(f"a function imports {name}, which is not in {shared}")
        return [parent]  # `from package import name`, where the name is not a module
    code = path.read_bytes()
    reached.files[path.relative_to(shared).as_posix()] = code
    if path.name == "__init__.py":
        data = (p for p in path.parent.iterdir() if p.is_file() and p.suffix not in (".py", ".pyc", ".typed"))
        reached.files.update({p.relative_to(shared).as_posix(): p.read_bytes() for p in data})
    package = name if path.name == "__init__.py" else parent
    return [*([parent] if parent else []), *_imports(code, str(path), package)]


def _path(name: str, shared: Path) -> Path | None:
    base = shared.joinpath(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


@cache  # most modules are reached by every function
def _imports(code: bytes, filename: str, package: str = "") -> tuple[str, ...]:
    return tuple(_walk(ast.parse(code, filename).body, package))


def _walk(body: Iterable[ast.AST], package: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from _from(node, package)
        elif _is_for_types(node):
            yield from _walk(node.orelse, package)  # type: ignore[attr-defined]
        else:
            yield from _walk(ast.iter_child_nodes(node), package)


def _from(node: ast.ImportFrom, package: str) -> Iterator[str]:
    base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    module = ".".join([*base, *([node.module] if node.module else [])])
    yield module
    if module.partition(".")[0] == LIBRARY:
        yield from (f"{module}.{alias.name}" for alias in node.names)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
