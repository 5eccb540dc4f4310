"""Mistakes of the migration: wrong replacements of the original."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from opsledger.ledger.commit import commit
from opsledger.ledger.migration import MOVING, Migration, NoteMigration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def overwrite_newer(_original: Any) -> Any:
    """Write the old record also where there is a new one, which functions have gone on with."""
    return lambda self, _stored: self._old


def keep_newer(_original: Any) -> Any:
    """Leave a new record as it is, also where its old row has more."""
    return lambda self, stored: stored or self._old


def skip_tail(_original: Any) -> Any:
    """Take a batch that is not full for the end of the table."""

    def full(rows: Iterable[Any], size: int) -> list[Any]:
        found = list(islice(rows, size))
        return found if len(found) == size else []

    return full


def note_before_moving(original: Mapping[Any, Any]) -> Any:
    """Note the position behind a batch, then move its rows."""

    def moving(table: Any, move: Any) -> Any:
        def noted(store: Any, rows: Any, deadline: Any, writer: Any, moved: Any) -> None:
            note = Migration(MOVING, table.name, rows[-1].key.values)
            commit(store, [NoteMigration(note)], deadline(), writer)
            move(store, rows, deadline, writer, moved)

        return noted

    return {table: moving(table, move) for table, move in original.items()}
