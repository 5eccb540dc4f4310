"""The page `docs/errors.md`: the exit codes, and every message that ends a command, read from where it is raised."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from opsctl.cli.options import EXIT_CODES, FAILED, NOT_THERE, USAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FOLDERS = ("infra/opsctl", "shared/opsledger", "infra/yunmock/src/yunmock/ros")
ELSEWHERE = ("infra/opsctl/package",)
"""Programs of their own, with messages of their own."""
CLASSES = {
    "BackupError": FAILED,
    "BadParameter": USAGE,
    "ContendedError": FAILED,
    "CorpusError": FAILED,
    "DamagedRowError": FAILED,
    "MisconfiguredError": FAILED,
    "NewerRowError": FAILED,
    "NotThereError": NOT_THERE,
    "SampleError": FAILED,
    "StoreRefusedError": FAILED,
    "ThrottledError": FAILED,
    "ToolError": FAILED,
    "UnavailableError": FAILED,
    "UnknownReferenceError": FAILED,
    "WrongUsageError": USAGE,
}
"""The exit code of each class that a command ends with; `opsctl.cli.failures` decides by the same classes."""
VALUES = (
    *("infra/opsctl/sample/__init__.py", "infra/opsctl/shares.py"),
    *("shared/opsledger/ledger/listing.py", "shared/opsledger/timestamps.py"),
)
"""Where a ValueError tells a person what is wrong with a value of an option; a command passes it on."""
LOOKED_UP = (
    "{n} records begin with {id}: {names}; give more of the id",
    "{n} records are called {id}: {names}; name one",
    "no record {id}; the nearest are {names}; give the whole id of a closed one",
    "no record {id}; give the whole id of a closed one: `opsledger records -o wide` has it",
)
"""What `opsctl.cli.lookup` says; the text is chosen before it is raised."""
NOT_SHOWN = frozenset(
    {
        *("NotifyConfigError", "ForbiddenTargetError", "NoResponseError"),  # shown with the channel, or as wrong usage
        *("OvertakenError", "RoundGivenUpError", "TokenRefusedError"),  # of pollers, which only functions run
    }
)
"""Errors whose messages end no command; a test finds every other class."""
NAMELESS = {"str", "len", "sorted", "repr", "map", "self"}
"""What is called to fill in a part, which does not say what the part is."""
PRINTED = "complain"
"""The function that prints a message on standard error, after which a command may go on."""


def page(root: Path) -> str:
    """The page, below its header; the messages are those in the code below `root`."""
    return "\n".join((*_introduction(), *_rows(root))) + "\n"


def _introduction() -> Iterator[str]:
    yield "# Exit codes and messages\n"
    yield "| exit code | meaning |\n|---|---|"
    yield from (f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items())
    yield "\nA command that fails prints one line on standard error: what happened, and what to do. Wrong usage that"
    yield "the option itself shows is printed with the command's usage. An end with a traceback is a bug: please report"
    yield "it. Why an event is refused is no error of the command: `explain` and `quarantine show` tell it.\n"
    yield "The parts in `<…>` are filled in. What begins with *is*, *has* or *says* is wrong with a line of a backup,"
    yield "and stands behind its number. The list is made from the code.\n"
    yield "| message | exit code |\n|---|---|"
    yield f"| `<file>: No such file or directory` | {NOT_THERE} |"
    yield f"| `<file>: <another reason of the operating system>` | {FAILED} |"


def messages(root: Path) -> dict[str, str]:
    """Every message with its exit code, in alphabetical order; the parts that are filled in are in angle brackets."""
    found = {re.sub(r"\{(\w+)\}", r"<\1>", text): str(NOT_THERE) for text in LOOKED_UP}
    for path in sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if not name.startswith(ELSEWHERE):
            classes = {**CLASSES, "ValueError": USAGE} if name in VALUES else CLASSES
            for text, code in _of_module(ast.parse(path.read_text(encoding="utf-8")), classes):
                found.setdefault(text, code)
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def _rows(root: Path) -> Iterator[str]:
    for text, code in messages(root).items():
        shown = text.replace("|", "\\|").replace("<", "&lt;")
        yield f"| {shown} | {code} |"


def _of_module(tree: ast.Module, classes: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            code, argument = classes.get(name_of(node.exc.func)), node.exc.args[0]
            if code is not None and (text := text_of(argument).strip()):
                yield text, str(code)
        if isinstance(node, ast.Call) and name_of(node.func) == PRINTED and node.args:
            text = text_of(node.args[0]).strip()
            if text and not re.fullmatch(r"<\w+>", text):
                yield text, "does not end the command by itself"


def name_of(function: ast.expr) -> str:
    """The name of what is called, without what it belongs to."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def without_places(text: str) -> str:
    """A template without what is filled in."""
    return re.sub(r"<\w+>", "", text)


def text_of(node: ast.expr) -> str:
    """The message that an expression makes, with `<name>` for what is filled in; an empty text if it only passes on."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) if isinstance(part, ast.Constant) else _filled(part) for part in node.values)
    if isinstance(node, ast.Call) and name_of(node.func) == "t":
        return re.sub(r"\{(\w+)\}", r"<\1>", text_of(node.args[0]))
    return ""


def _filled(part: ast.expr) -> str:
    assert isinstance(part, ast.FormattedValue)
    names = [node.id for node in ast.walk(part.value) if isinstance(node, ast.Name)]
    named = [name for name in names if name.islower() and name not in NAMELESS and not name.startswith("_")]
    return f"<{(named or ['names'])[0]}>"
