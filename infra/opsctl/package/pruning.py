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


class Rule(NamedTuple):
    """One row; an empty runtime is every runtime."""

    distribution: str
    glob: str
    reason: str
    runtime: str = ""


_ASYNC = "asynchronous clients are not used; a stand-in takes the import"
RULES = (
    Rule("numpy", "*", "flatbuffers takes it when it is there; wide-column calls never need it"),
    Rule("aiohttp", "*", _ASYNC),
    Rule("aiohappyeyeballs", "*", _ASYNC),
    Rule("aiosignal", "*", _ASYNC),
    Rule("async-timeout", "*", _ASYNC),
    Rule("attrs", "*", _ASYNC),
    Rule("frozenlist", "*", _ASYNC),
    Rule("multidict", "*", _ASYNC),
    Rule("propcache", "*", _ASYNC),
    Rule("yarl", "*", _ASYNC),
    Rule("future", "*", "for Python 2; `from builtins import int` is the built-in one"),
    Rule("tablestore", "tablestore/ots_sdk/ots_sdk.so", "the compiled codec loads on CPython 3.12 alone", "python3.10"),
    Rule("tablestore", "*-darwin.so", "for another system"),
    Rule("tablestore", "*.proto", "sources of the generated modules"),
    Rule("tablestore", "*.fbs", "sources of the generated modules"),
    Rule("pycparser", "*", "cffi needs it to build, not to load"),
    Rule("cffi", "cffi/*", "cryptography needs `_cffi_backend` alone"),
    Rule("pydantic", "pydantic/v1/*", "the old interface, loaded only when asked for"),
    Rule("pydantic", "pydantic/mypy.py", "a plugin of a type checker"),
    Rule("*", "*/tests/*", "tests"),
    Rule("*", "tests/*", "tests of a distribution that installs them beside itself"),
    Rule("*", "*/__pycache__/*", "bytecode of whoever built the wheel"),
    Rule("*", "*.pyi", "for type checkers"),
    Rule("*", "*/py.typed", "for type checkers"),
    Rule("*", "*.pyx", "sources of compiled modules"),
    Rule("*", "*.pxd", "sources of compiled modules"),
    Rule("*", "*.c", "sources of compiled modules"),
    Rule("*", "*.h", "sources of compiled modules"),
    Rule("*", "*/README.md", "for people"),
)
# Of a distribution's metadata: what it is, and under which licence.
_METADATA = ("METADATA", "LICEN?E*", "licen?es/*", "COPYING*", "NOTICE*", "AUTHORS*")
STAND_INS = {"aiohttp": Path(__file__).parent / "stand_ins" / "aiohttp.py"}


def kept(distribution: str, paths: Iterable[str], runtime: str) -> frozenset[str]:
    """The paths of a distribution that go into a layer."""
    rules = [r for r in RULES if r.distribution in ("*", distribution) and r.runtime in ("", runtime)]
    return frozenset(path for path in paths if _is_wanted_metadata(path) and not _is_pruned(path, rules))


def stand_ins(distributions: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The modules that take the place of pruned distributions."""
    for name in distributions:
        if name in STAND_INS:
            yield STAND_INS[name].name, STAND_INS[name].read_bytes()


def _is_pruned(path: str, rules: Iterable[Rule]) -> bool:
    if ".dist-info/" in path:
        return any(rule.glob == "*" for rule in rules)  # nothing is left that the metadata would speak of
    return any(fnmatchcase(path, rule.glob) for rule in rules)


def _is_wanted_metadata(path: str) -> bool:
    _, found, inside = path.partition(".dist-info/")
    return not found or any(fnmatchcase(inside, glob) for glob in _METADATA)
