"""Which calls the tests of yunmock make with the vendor's SDKs for Python, read from the tests' source.

A call that is answered and that no test makes with the SDK is unproven: the answer may be one that the SDK cannot read.
A file counts for an SDK if it, or a `conftest.py` whose fixtures it can use, imports it. Reading the source rather than
watching a run lets lint check the tables in seconds; a method that a test names and does not call would count.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from yunmock.coverage import Coverage

CONFTEST = "conftest.py"
WITH_OPTIONS = "_with_options"
"""The end of the methods that take options too, in the SDKs that are generated."""
OTHERWISE: Mapping[str, Mapping[str, str]] = {
    "mns": {
        "CreateQueue": "create",
        "SetQueueAttributes": "set_attributes",
        "GetQueueAttributes": "get_attributes",
        "DeleteQueue": "delete",
    },
    "tablestore": {"CreateIndex": "create_secondary_index", "DropIndex": "delete_secondary_index"},
    "eventbridge": {"queryEventsByEventIds": "query_events"},
}
"""The methods, by service and call, whose names do not follow from the call's."""
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def calls_in_tests(coverages: Iterable[Coverage], *folders: Path) -> dict[str, frozenset[str]]:
    """The answered calls of each service that a test makes with the SDK.

    Args:
        coverages: the services; those without an SDK are left out.
        folders: the tests; the files below these are read.
    """
    files = [each for folder in folders for each in _files(folder)]
    return {
        coverage.service: frozenset(
            call
            for call in coverage.calls
            if any(_method(coverage.service, call) in names for modules, names in files if coverage.module in modules)
        )
        for coverage in coverages
        if coverage.module
    }


def _method(service: str, call: str) -> str:
    """The method of the SDK that makes a call: `put_row` for PutRow."""
    return OTHERWISE.get(service, {}).get(call) or _WORD.sub("_", call).lower()


def _files(folder: Path, inherited: frozenset[str] = frozenset()) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Each file: the packages that it can use, and the names of the attributes and methods in it."""
    fixtures = folder / CONFTEST
    if fixtures.is_file():
        inherited |= _imports(ast.parse(fixtures.read_bytes()))
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from _files(path, inherited)
        elif path.suffix == ".py":
            tree = ast.parse(path.read_bytes())
            names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            yield inherited | _imports(tree), frozenset(name.removesuffix(WITH_OPTIONS) for name in names)


def _imports(tree: ast.AST) -> frozenset[str]:
    """The packages that a file imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return frozenset(name.partition(".")[0] for name in names)
