"""Records that differ from what the ledger makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import terminal

if TYPE_CHECKING:
    from opsctl.rebuild import Rebuilt
    from opsledger.store import Value
    from opsledger.strict_json import JsonObject, JsonValue

LONG_COLUMNS = frozenset({"state"})
"""Columns whose values are too long to print; the transitions show what differs in them."""


def to_json(rebuilt: Rebuilt) -> JsonObject:
    """Return what `--json` prints for one record."""
    return {
        "record": rebuilt.key,
        "columns": {
            name: {"stored": _text(stored), "ledger": _text(made)} for name, (stored, made) in rebuilt.columns.items()
        },
        "gained": list(rebuilt.gained),
        "lost": list(rebuilt.lost),
        "notes": list(rebuilt.notes),
        "problem": rebuilt.problem,
        "applied": rebuilt.applied,
    }


def difference(rebuilt: Rebuilt) -> None:
    """Print one record that differs, or some of whose ledger rows cannot be read again."""
    terminal.say(rebuilt.key + (" (written)" if rebuilt.applied else ""), style="bold")
    if rebuilt.problem:
        terminal.say(f"  {rebuilt.problem}", style="red")
    for name, (stored, made) in rebuilt.columns.items():
        if name not in LONG_COLUMNS:
            terminal.say(f"  {name}: stored {_or_nothing(stored)}, by the ledger {_or_nothing(made)}")
    for side, keys in (("only the ledger has", rebuilt.gained), ("only the record has", rebuilt.lost)):
        if keys:
            terminal.say(f"  {side} transition {', '.join(keys)}")
    if rebuilt.columns.keys() & LONG_COLUMNS and not (rebuilt.gained or rebuilt.lost):
        terminal.say("  its transitions differ in content")
    for note in rebuilt.notes:
        terminal.say(f"  {note}", style="yellow")


def _text(value: Value | None) -> JsonValue:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value


def _or_nothing(value: object) -> object:
    return "nothing" if value is None else value
