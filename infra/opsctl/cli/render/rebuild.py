"""Records that differ from what the ledger makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsctl.cli.language import said, t

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
    terminal.say(rebuilt.key + (f" ({t('written')})" if rebuilt.applied else ""), style="bold")
    if rebuilt.problem:
        terminal.say(f"  {said(rebuilt.problem)}", style="red")
    for name, (stored, made) in rebuilt.columns.items():
        if name not in LONG_COLUMNS:
            text = t(
                "{name}: stored {stored}, by the ledger {made}",
                name=name,
                stored=_or_nothing(stored),
                made=_or_nothing(made),
            )
            terminal.say(f"  {text}")
    if rebuilt.gained:
        terminal.say("  " + t("only the ledger has transition {keys}", keys=", ".join(rebuilt.gained)))
    if rebuilt.lost:
        terminal.say("  " + t("only the record has transition {keys}", keys=", ".join(rebuilt.lost)))
    if rebuilt.columns.keys() & LONG_COLUMNS and not (rebuilt.gained or rebuilt.lost):
        terminal.say("  " + t("its transitions differ in content"))
    for note in rebuilt.notes:
        terminal.say(f"  {said(note)}", style="yellow")


def summary(compared: int, left: int, written: int | None) -> None:
    """Print how many records were compared, how many differ and, unless nothing was to be, how many were written."""
    records = t("1 record") if compared == 1 else t("{n} records", n=compared)
    if written is None:
        terminal.say(t("{records} compared with the ledger, {left} differ", records=records, left=left))
    else:
        text = "{records} compared with the ledger, {left} differ, {written} written"
        terminal.say(t(text, records=records, left=left, written=written))


def _text(value: Value | None) -> JsonValue:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value


def _or_nothing(value: object) -> object:
    return t("nothing") if value is None else value
