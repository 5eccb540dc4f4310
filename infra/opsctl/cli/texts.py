"""Every text that `language` may translate, read from the code: a test compares the languages with them."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opsctl.cli import errors_page, finding_texts
from opsctl.cli.language import PLACE, paragraphs
from opsctl.cli.render import drill
from opsledger.ledger.drift import REMEDIES
from opsledger.ledger.reconciled import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    _Command = Any  # typer's class of a command is its own or click's, by its version

HERE = Path(__file__).parent
FOLDERS = (HERE, HERE.parent / "deploy")
TRANSLATED_BY = ("t", "tell", "Act")
"""The functions whose first argument is translated."""
CHOSEN = (
    "{n} records begin with {id}: {names}; give more of the id",
    "{n} records are called {id}: {names}; name one",
    "no record {id}; the nearest are {names}; give the whole id of a closed one",
    "the catalogue has no type {type}; did you mean {name}? `opsledger catalog` lists the types",
    *(
        "exported {rows}",
        "imported {rows}",
        "publish",
        "replay",
        "rebuild",
        "redrive",
        "rules check",
        "drift",
        "export",
        "import",
        "migrate",
    ),
    *("{records} compared with the ledger, {left} differ, {written} written", "Account"),
    *("{name}: {n} would be moved, {there} there already", "{name}: {n} moved, {there} there already"),
    *("OPERATIONAL, DROPPED", "MATCHES TWICE", "dropped"),
    "other machines reach {host}, and there is no password: add --open-to-network if that is meant",
    *("with --template", "as an argument", "this is a file: name a folder with --data"),
    *("in {n} min", "{n} min ago", "in {n} h", "{n} h ago", "in {n} d", "{n} d ago"),
)
"""Texts that a name stands for where they are translated."""


_WORDS = re.compile("[a-z]{2}")

REASONS = (
    *("the ledger has no rows of it", "its kind, type or status <name> is not in the catalogue"),
    *("its row or one of its ledger rows is damaged: <why>", "<key>: refused today: <reason>: <why>"),
    *("<key>: identified as <other> today", "there are no rules", "nearest <name>: <reasons>"),
    *("no route takes it: it is <severity>, <kind>, <status>", "a mute window is on"),
    "no route takes drills: add one with `match: {drill: yes}`",
    *("it ended before anybody was notified, or it is a fact with nothing to come", "time is up"),
)
"""What is shown beside a record, a rule or a queue, and ends no command; as templates."""

TYPER = (
    *("Usage: <args>", "Try '<command>' for help.", "Error: <message>", "Aborted!", "Usage: "),
    *("Arguments", "Options", "Commands", "required", "default: <value>", "env var: <name>", "(dynamic)"),
    *("Show this message and exit.", "Install completion for the current shell."),
    "Show completion for the current shell, to copy it or customize the installation.",
    *("Missing command.", "Missing argument <name>.", "Missing option <name>.", "Missing parameter <name>."),
    *("No such command <name>.", "No such command <name>. Did you mean <names>?", "No such option: <name>"),
    *("No such option: <name> (Possible options: <names>)", "No such option: <name> Did you mean <names>?"),
    *("Option <name> requires an argument.", "Option <name> requires <n> arguments."),
    *("Option <name> does not take a value.", "Got unexpected extra argument(s) (<words>)"),
    *("Got unexpected extra argument (<words>)", "Got unexpected extra arguments (<words>)"),
    *("Invalid value for <name>: <why>", "Invalid value: <why>"),
    *("Input should be <choices>", "Input should be a valid integer, <why>", "Input should be a valid number, <why>"),
    *("Input should be greater than or equal to <n>", "Input should be less than or equal to <n>"),
    "<name> is not one of <names>.",
    *("unable to parse string as an integer", "unable to parse string as a number"),
    *("File <name> does not exist.", "File <name> is a directory.", "Path <name> does not exist."),
    *("Directory <name> does not exist.", "Directory <name> is a file."),
    *("No such file or directory", "Permission denied", "Is a directory", "Not a directory", "File exists"),
    *("No space left on device", "<file>: <why>"),
)
"""What typer, pydantic and the operating system say, as templates."""


def texts() -> list[str]:
    """The English texts of the command line, each once, in the order of the modules."""
    of_drills = (*drill.SHOWN.values(), *drill.ADVICE.values(), drill.NOBODY, drill.REFUSED)
    found: dict[str, None] = dict.fromkeys((*CHOSEN, *REMEDIES.values(), *MEANINGS.values(), *of_drills))
    for path in [path for folder in FOLDERS for path in sorted(folder.rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in TRANSLATED_BY:
                found.update(dict.fromkeys(_constants(node.args[0])))
    return list(found)


def helps(command: _Command) -> list[str]:
    """The paragraphs of the help of a command, of its options and of those below it, each once."""
    found = dict.fromkeys(paragraph for text in _helps(command) for paragraph in paragraphs(text))
    return [text for text in found if text and text not in TYPER]


def _helps(command: _Command) -> Iterator[str]:
    own = (command.help, command.epilog, *(getattr(option, "help", None) for option in command.params))
    yield from (text for text in own if text)
    for inner in getattr(command, "commands", {}).values():
        yield from _helps(inner)


def messages() -> list[str]:
    """The templates of the messages that end a command, which are no texts of `t`; `docs/errors.md` lists them."""
    known = {template_of(text) for text in texts()}
    every = dict.fromkeys((*errors_page.messages(HERE.parents[2]), *REASONS))
    return [text for text in every if text not in known and _WORDS.search(PLACE.sub("", text))]


def findings() -> list[str]:
    """The templates of what `doctor` finds."""
    return finding_texts.templates(HERE.parents[2])


def template_of(text: str) -> str:
    """A text of `t` as `docs/errors.md` has it."""
    return re.sub(r"\{(\w+)\}", r"<\1>", text)


def _constants(node: ast.expr) -> list[str]:
    """The text, or both texts of a choice; none of a variable."""
    if isinstance(node, ast.IfExp):
        return [*_constants(node.body), *_constants(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []
