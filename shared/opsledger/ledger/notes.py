"""Notes of people on a record: that they have seen it, who takes care of it, and what they found out.

A note is a row of its own beside the record, and is never changed. No event reads or writes it, and it is no part of
the record's state: a rebuild leaves it alone. Who is assigned is said by the newest note that assigns somebody.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from opsledger import timestamps
from opsledger.store import Key
from opsledger.store.tables import NOTES, hashed, unhashed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.store import Row, Store
    from opsledger.strict_json import JsonObject


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


def of_record(store: Store, record: str) -> list[Note]:
    """The notes on the record with that key, oldest first."""
    return [read_note(row) for row in store.walk(NOTES, (hashed(record),))]


def newest(store: Store, record: str, most: int) -> list[Note]:
    """The newest notes on the record with that key, oldest first; older ones are not read."""
    walked = store.walk(NOTES, (hashed(record),), reverse=True, page=lambda: most)
    return [read_note(row) for row in islice(walked, most)][::-1]


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
