"""`docs/errors.md` has every message that ends a command."""

from __future__ import annotations

import ast
import errno
from typing import TYPE_CHECKING

from opsctl.cli import errors_page, failures
from opsctl.errors import ReaderGoneError
from opsledger.errors import BadEventError, OpsLedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def raised_with_a_text(root: Path) -> set[str]:
    """The names of the classes that the code raises with a text."""
    found = set()
    for path in (path for folder in errors_page.FOLDERS for path in (root / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                found.add(ast.unparse(node.exc.func).rpartition(".")[2])
    return found


def classes(of: type[Exception]) -> Iterator[type[Exception]]:
    """A class and all below it, but those of refused events, which quarantine entries tell."""
    if not issubclass(of, BadEventError):
        yield of
        for inner in of.__subclasses__():
            yield from classes(inner)


def test_every_class_is_listed(root: Path) -> None:
    """Each of our errors that is raised with a text is in the list, or among those that end no command."""
    ours = {kind.__name__ for kind in classes(OpsLedgerError)} & raised_with_a_text(root)

    assert ours - errors_page.CLASSES.keys() - errors_page.NOT_SHOWN == set()
    assert "ToolError" in ours


def test_the_codes_are_those_that_commands_end_with() -> None:
    """The page says the exit code with which the command line ends."""
    for kind in classes(OpsLedgerError):
        if kind.__name__ in errors_page.CLASSES and kind is not ReaderGoneError:
            assert failures._code(kind("x")) == errors_page.CLASSES[kind.__name__], kind


def test_a_failed_write_is_said_in_words() -> None:
    """Also of standard output, which has no name: no `[Errno 28]`."""
    assert failures._message(OSError(errno.ENOSPC, "No space left on device")) == "No space left on device"
    assert failures._message(FileNotFoundError(errno.ENOENT, "No such file", "a")) == "a: No such file"
