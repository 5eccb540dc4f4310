"""Notes of people on a record: that they have seen it, who takes care of it, and what they found out.

A note is a row of its own beside the record, and is never changed. No event reads or writes it, and it is no part of
the record's state: a rebuild leaves it alone. Who is assigned is said by the newest note that assigns somebody.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final, NamedTuple

from opsctl.errors import WrongUsageError
from opsledger import timestamps
from opsledger.ledger import codec
from opsledger.ledger.commit import Change, commit
from opsledger.store import Key
from opsledger.store.tables import NOTES, hashed, unhashed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsledger.deadline import Deadline
    from opsledger.store import Row, Store, Value
    from opsledger.strict_json import JsonObject

MOST_NAME: Final = 200
"""Characters of the name of a person or a team."""
MOST_COMMENT: Final = 10_000
ID_DIGITS: Final = 32


class Note(NamedTuple):
    """One note.

    Attributes:
        record: the record's key.
        at: when it was made, in ms.
        id: tells it from others of the same moment.
        by: who made it.
        acknowledged: whether that person says that the record is known.
        assigned_to: who is to take care of it; an empty text where the note assigns nobody.
        comment: what there is to say; may be empty.
    """

    record: str
    at: int
    id: str
    by: str
    acknowledged: bool = False
    assigned_to: str = ""
    comment: str = ""

    def to_json(self) -> JsonObject:
        """For programs."""
        return {
            "at": timestamps.show(self.at),
            "by": self.by,
            "acknowledged": self.acknowledged,
            "assigned_to": self.assigned_to or None,
            "comment": self.comment or None,
        }


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


def of_record(store: Store, record: str) -> list[Note]:
    """The notes on the record with that key, oldest first."""
    return [read_note(row) for row in store.walk(NOTES, (hashed(record),))]


def assignee(notes: Sequence[Note]) -> str:
    """Who takes care of a record, by its notes; an empty text if nobody was assigned."""
    return next((note.assigned_to for note in reversed(notes) if note.assigned_to), "")


def note_key(note: Note) -> Key:
    """The key of its row."""
    return Key(NOTES, (hashed(note.record), note.at, note.id))


def read_note(row: Row) -> Note:
    """The note in a row."""
    record, at, id_ = row.key.values
    columns = row.columns
    return Note(
        unhashed(str(record)),
        int(at),
        str(id_),
        str(columns["by"]),
        bool(columns["acknowledged"]),
        str(columns["assigned_to"]),
        str(columns["comment"]),
    )


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
