"""Mistakes in how rows are written: wrong replacements of the original."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsledger.errors import UnavailableError, WorldFailedError
from opsledger.ledger.changes import ApplyNotifications
from opsledger.ledger.state import Disposition
from opsledger.store import Written

if TYPE_CHECKING:
    from tests.simulation.memory_store import MemoryStore


def unconditional_write(_original: Any) -> Any:
    """Write a row without checking its condition."""

    def write(self: MemoryStore, put: Any) -> Written:
        self.rows[put.key] = dict(put.columns)
        return Written.LANDED

    return write


def arm_new_records_only(original: Any) -> Any:
    """Leave a record that is there already without a moment for the notifier."""

    def armed(record: Any, before: Any) -> Any:
        return original(record, before) if before is None else record

    return armed


def ignore_conflicts(original: Any) -> Any:
    """Treat a row whose condition failed as written."""

    def write(store: Any, puts: Any, conditional: Any) -> Any:
        again, _error = original(store, puts, conditional)
        return again - conditional, None

    return write


def ignore_busy_rows(original: Any) -> Any:
    """Treat a row that was refused as busy as written."""

    def write(store: Any, puts: Any, conditional: Any) -> Any:
        again, error = original(store, puts, conditional)
        return again & conditional, error if again & conditional else None

    return write


def ignore_missing_replies(original: Any) -> Any:
    """Treat a write without a reply as done."""

    def write(store: Any, puts: Any, conditional: Any) -> Any:
        try:
            return original(store, puts, conditional)
        except UnavailableError:
            return set(), None

    return write


def report_success(original: Any) -> Any:
    """Answer that everything was recorded although the commit failed."""

    def commit_(store: Any, changes: Any, deadline: Any, writer: str) -> None:
        try:
            original(store, changes, deadline, writer)
        except WorldFailedError:
            for change in changes:
                if isinstance(change, ApplyNotifications) and not change.dispositions:
                    change.dispositions = (Disposition.RECORDED,) * len(change._updates)

    return commit_


def no_ledger_row_for_duplicates(original: Any) -> Any:
    """Drop the ledger rows of a record that does not change."""

    def attempt(self: Any) -> None:
        rows = self._store.read([change.key for change in self._undecided])
        for change in self._undecided:
            row = rows.get(change.key)
            if isinstance(change, ApplyNotifications) and row is not None:
                stored = change.decode(row)
                if change.decide(stored) == stored:
                    self._inserts = [put for put in self._inserts if put not in change.inserts]
        original(self)

    return attempt


def forget_own_write(_original: Any) -> Any:
    """Take every stored row for another writer's."""
    return lambda _row, _attempted: False


def count_every_retry(original: Any) -> Any:
    """Keep the count of the last attempt, so that a refused payload is counted again at each retry."""

    def decide(self: Any, stored: Any) -> Any:
        self.entry = original(self, stored)
        return self.entry

    return decide


def ledger_key_with_request_id(original: Any) -> Any:
    """Add the request id to the key of a ledger row."""

    def ledger_put(notification_: Any, request_id: str) -> Any:
        put = original(notification_, request_id)
        *values, digest = put.key.values
        return put._replace(key=put.key._replace(values=(*values, f"{digest}-{request_id}")))

    return ledger_put
