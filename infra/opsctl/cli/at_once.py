"""The first thing that a new user types, `opsledger records` where nothing is recorded: answered at once.

typer builds every option with pydantic, which takes three times as long as to import typer. The catalogue's statuses
and kinds are in a generated file, which need not be parsed to find one. Any other value and any mistake go to typer.
"""

from __future__ import annotations

import os

STATE_FILE = "cloud.sqlite"
"""The local cloud's state, in the folder that `--data` names."""
FLAGS = ("--open", "--overdue", "--json")
"""The options of `records` that take no value."""
CHOICES = {
    "--output": ("table", "wide", "json"),
    "-o": ("table", "wide", "json"),
    "--severity": ("critical", "warning", "info"),
    "--sort": ("due", "since", "severity", "status", "type", "resource", "region"),
}
"""Those with a few values; a test compares them with the command's own."""
NAMES_FILE = "names.json"
NAMED = ("--status", "--kind")
"""Those with a value of the catalogue; `names.json` beside this module has each option with each value."""
TEXTS = ("--resource", "--data")
"""Those that any text may follow."""


def answer(words: list[str]) -> str | None:
    """What `opsledger` prints for these words; None where typer has to read them, or there may be records."""
    if os.environ.get("OPSLEDGER_LANG", "en") != "en" or "_OPSLEDGER_COMPLETE" in os.environ:
        return None
    before = words[:2] if words[:1] == ["--data"] else []
    typed = words[len(before) :]
    given = _options([*before, *typed[1:]]) if typed[:1] == ["records"] else None
    if given is None or not _is_empty(given.get("--data") or os.environ.get("OPSLEDGER_DATA") or ".opsledger"):
        return None
    is_json = "--json" in given or given.get("--output") == "json"
    return "[]\n" if is_json else "0 records\n"


def _options(words: list[str]) -> dict[str, str] | None:
    """The options with their values; None where any of them is not one of those above."""
    given: dict[str, str] = {}
    left = iter(words)
    for word in left:
        value = "" if word in FLAGS else next(left, "")
        is_text = word in TEXTS and value and not value.startswith("-")
        is_known = value in CHOICES.get(word, ()) or (word in NAMED and _is_name(word, value))
        if not (word in FLAGS or is_text or is_known):
            return None
        given["--output" if word == "-o" else word] = value
    return given


def _is_name(option: str, value: str) -> bool:
    """Whether the catalogue has a status or a kind of that name, spelt like this."""
    path = os.path.join(os.path.dirname(__file__), NAMES_FILE)  # noqa: PTH118, PTH120 - as in `_is_empty`
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - as there
        return '"' not in value and f'"{option} {value}"' in file.read()


def _is_empty(folder: str) -> bool:
    """Whether nothing is recorded in the folder: there is none, or it has no local cloud."""
    # pathlib takes longer to import than all of this
    if not os.path.exists(folder):  # noqa: PTH110 - see above
        return True
    return os.path.isdir(folder) and not os.path.exists(os.path.join(folder, STATE_FILE))  # noqa: PTH110, PTH112, PTH118 - see above
