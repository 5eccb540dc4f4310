"""The notes on a record, and who makes one."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsctl.cli.language import t
from opsctl.cli.moments import local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.ledger.notes import Note


def user() -> str:
    """The name of the user of this computer; an empty text if it has none, as in some containers."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def lines(notes: Sequence[Note]) -> None:
    """Print notes whole, oldest first; nothing if there are none."""
    if notes:
        terminal.say(t("notes"), style="bold")
    for note in notes:
        terminal.say(f"  {local(note.at)} {note.by}: {says(note)}")


def says(note: Note) -> str:
    """What a note says, on one line."""
    parts = (
        t("acknowledged") if note.acknowledged else "",
        t("assigned to {who}", who=note.assigned_to) if note.assigned_to else "",
        note.comment,
    )
    return "; ".join(part for part in parts if part)
