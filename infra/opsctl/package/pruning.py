"""What a layer leaves out, and why.

A row is a distribution, a glob over its paths (`*` spans folders), the runtime it holds for, and the reason. What is
left must still import and do the work: `make package-check` runs every function on what was built.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class PruningRule(NamedTuple):
    """Files to leave out of a distribution, and why; an empty runtime means every runtime."""

    distribution: str
    glob: str
    reason: str
    runtime: str = ""


_ASYNC = "asynchronous clients are not used; a stub satisfies the import"
RULES = (
    PruningRule("numpy", "*", "optional for flatbuffers; wide-column calls never need it"),
    PruningRule("aiohttp", "*", _ASYNC),
    PruningRule("aiohappyeyeballs", "*", _ASYNC),
    PruningRule("aiosignal", "*", _ASYNC),
    PruningRule("async-timeout", "*", _ASYNC),
    PruningRule("attrs", "*", _ASYNC),
    PruningRule("frozenlist", "*", _ASYNC),
    PruningRule("multidict", "*", _ASYNC),
    PruningRule("propcache", "*", _ASYNC),
    PruningRule("yarl", "*", _ASYNC),
    PruningRule("future", "*", "for Python 2; `from builtins import int` is the built-in one"),
    PruningRule("tablestore", "tablestore/ots_sdk/ots_sdk.so", "the compiled codec needs CPython 3.12", "python3.10"),
    PruningRule("tablestore", "*-darwin.so", "for another system"),
    PruningRule("tablestore", "*.proto", "sources of the generated modules"),
    PruningRule("tablestore", "*.fbs", "sources of the generated modules"),
    PruningRule("pycparser", "*", "cffi needs it to build, not to load"),
    PruningRule("cffi", "cffi/*", "cryptography needs only `_cffi_backend`"),
    PruningRule("pydantic", "pydantic/v1/*", "the v1 interface, loaded only on request"),
    PruningRule("pydantic", "pydantic/mypy.py", "a plugin of a type checker"),
    PruningRule("*", "*/tests/*", "tests"),
    PruningRule("*", "tests/*", "tests that a distribution installs at the top level"),
    PruningRule("*", "*/__pycache__/*", "bytecode from the machine that built the wheel"),
    PruningRule("*", "*.pyi", "for type checkers"),
    PruningRule("*", "*/py.typed", "for type checkers"),
    PruningRule("*", "*.pyx", "sources of compiled modules"),
    PruningRule("*", "*.pxd", "sources of compiled modules"),
    PruningRule("*", "*.c", "sources of compiled modules"),
    PruningRule("*", "*.h", "sources of compiled modules"),
    PruningRule("*", "*/README.md", "for people"),
)
# The files of a distribution's metadata to keep: name, version and licence.
_METADATA = ("METADATA", "LICEN?E*", "licen?es/*", "COPYING*", "NOTICE*", "AUTHORS*")
_STAND_INS = Path(__file__).parent / "stand_ins"
STAND_INS = {
    "aiohttp": {"aiohttp.py": _STAND_INS / "aiohttp.py"},
    "pydantic": {"pydantic/plugin/_loader.py": _STAND_INS / "no_plugins.py"},
}
"""Distribution → the modules that take the place of its own."""


def kept(distribution: str, paths: Iterable[str], runtime: str) -> frozenset[str]:
    """Return the paths of a distribution to put into a layer."""
    rules = [r for r in RULES if r.distribution in ("*", distribution) and r.runtime in ("", runtime)]
    return frozenset(path for path in paths if _is_wanted_metadata(path) and not _is_pruned(path, rules))


def shortened(path: str, content: bytes) -> bytes:
    """A distribution's metadata without its description, which is a page for people: pydantic's has 140 kB."""
    return content.partition(b"\n\n")[0] + b"\n" if path.endswith(".dist-info/METADATA") else content


def stand_ins(distributions: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The modules that take the place of a distribution's own: path and content."""
    for name in distributions:
        if name in STAND_INS:
            yield from ((path, file.read_bytes()) for path, file in STAND_INS[name].items())


def _is_pruned(path: str, rules: Iterable[PruningRule]) -> bool:
    if ".dist-info/" in path:
        return any(rule.glob == "*" for rule in rules)  # the whole distribution is pruned
    return any(fnmatchcase(path, rule.glob) for rule in rules)


def _is_wanted_metadata(path: str) -> bool:
    _, found, inside = path.partition(".dist-info/")
    return not found or any(fnmatchcase(inside, glob) for glob in _METADATA)
