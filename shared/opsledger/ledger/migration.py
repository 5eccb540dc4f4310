"""Whether the rows of version 0.1 have been moved to the new tables: one row among the cursors.

`init-tables` notes that there are old rows, and `opsledger migrate` notes how far it is. A new installation has no such
row. A function reads it once, when an instance starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsledger import strict_json
from opsledger.errors import MisconfiguredError
from opsledger.ledger import codec
from opsledger.ledger.commit import Change
from opsledger.store import Key
from opsledger.store.tables import CURSORS, hashed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsledger.store import Put, Row, Store, Value

NEEDED, MOVING, DONE = "needed", "moving", "done"
KEY = Key(CURSORS, (hashed("migration"),))


class Migration(NamedTuple):
    """How far the migration is.

    Attributes:
        state: `NEEDED`, `MOVING` or `DONE`.
        table: the table that is being moved; position: the key of its last row that was.
    """

    state: str
    table: str = ""
    position: tuple[str | int, ...] = ()


class NoteMigration(Change[Migration]):
    """The migration's row is replaced, and rows are inserted; the next note must come after they are.

    Args:
        note: None leaves the row as it is.
        first: only write where there is no row.
    """

    key = KEY

    def __init__(self, note: Migration | None, inserts: Sequence[Put] = (), *, first: bool = False) -> None:
        self.inserts = inserts
        self._note, self._first = note, first

    def decode(self, row: Row) -> Migration:
        """How far the migration is."""
        return _decode(row)

    def encode(self, stored: Migration) -> Mapping[str, Value]:
        """The columns of the migration's row."""
        columns: dict[str, Value] = {"schema": codec.SCHEMA, "state": stored.state, "table": stored.table}
        return {**columns, "position": strict_json.write(stored.position)}

    def decide(self, stored: Migration | None) -> Migration | None:
        """The note."""
        return stored if self._first and stored is not None else self._note


def read(store: Store) -> Migration | None:
    """How far the migration is; None where none is needed as far as anybody has noted."""
    row = store.read([KEY]).get(KEY)
    return None if row is None else _decode(row)


def check(store: Store, *, reads_old_tables: bool) -> None:
    """Refuse to work on the new tables alone while the old ones have rows that were not moved.

    Raises:
        MisconfiguredError: they have; the message says what to do.
        WorldFailedError: the store cannot be read.
    """
    found = None if reads_old_tables else read(store)
    if found is not None and found.state != DONE:
        raise MisconfiguredError(
            "the tables of OpsLedger 0.1 have rows that are not in the new tables: run `opsledger migrate`; "
            "until it is done, functions need OPSLEDGER_OLD_TABLES=read (docs/upgrading.md)"
        )


def _decode(row: Row) -> Migration:
    position = strict_json.read(str(row.columns["position"]))
    parts = position if isinstance(position, list) else []
    return Migration(
        str(row.columns["state"]),
        str(row.columns["table"]),
        tuple(part for part in parts if isinstance(part, str | int)),
    )
