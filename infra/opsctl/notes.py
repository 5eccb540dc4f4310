"""Write notes of people on a record; `opsledger.ledger.notes` says what they are."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from opsctl.errors import WrongUsageError
from opsledger.ledger import codec
from opsledger.ledger.commit import Change, commit
from opsledger.ledger.notes import Note, note_key, read_note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.deadline import Deadline
    from opsledger.store import Row, Store, Value

MOST_NAME: Final = 200
"""Characters of the name of a person or a team."""
MOST_COMMENT: Final = 10_000
ID_DIGITS: Final = 32


def made(record: str, now_ms: int, by: str, *, acknowledged: bool, assigned_to: str, comment: str) -> Note:
    """A new note.

    Raises:
        WrongUsageError: it says nothing, or a text in it is empty, too long or not text.
    """
    by, assigned_to, comment = by.strip(), assigned_to.strip(), comment.strip()
    if not (acknowledged or assigned_to or comment):
        raise WrongUsageError("a note says something: give --ack, --assign or --comment with a text")
    if not by:
        raise WrongUsageError("a note has an author: name one with --by")
    for option, text, most in (
        ("--by", by, MOST_NAME),
        ("--assign", assigned_to, MOST_NAME),
        ("--comment", comment, MOST_COMMENT),
    ):
        if len(text) > most:
            raise WrongUsageError(f"{option} has at most {most} characters")
        if not _is_text(text):
            raise WrongUsageError(f"{option} is not text in UTF-8")
    return Note(record, now_ms, uuid.uuid4().hex, by, acknowledged, assigned_to, comment)


def _is_text(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def add(store: Store, note: Note, deadline: Deadline, writer: str) -> None:
    """Write a note.

    Raises:
        WorldFailedError: the store failed for longer than the deadline.
    """
    commit(store, [AddNote(note)], deadline, writer)


class AddNote(Change[Note]):
    """A note is written, where it is not there yet."""

    def __init__(self, note: Note) -> None:
        self.key = note_key(note)
        self._note = note

    def decode(self, row: Row) -> Note:
        """The note in the row."""
        return read_note(row)

    def encode(self, stored: Note) -> Mapping[str, Value]:
        """The note's columns."""
        return {
            "schema": codec.SCHEMA,
            "by": stored.by,
            "acknowledged": stored.acknowledged,
            "assigned_to": stored.assigned_to,
            "comment": stored.comment,
        }

    def decide(self, stored: Note | None) -> Note:
        """The note."""
        return stored or self._note
