"""What other invocations have written to the ledger of a record, and not yet to the record.

In a storm on one record, a handler that loses a race has written its ledger row already. So the next one to write the
record takes along what waits there, and the others find their own written when they look again. A storm of many
handlers ends in a few writes instead of one each.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from opsledger.errors import BadEventError
from opsledger.ledger import codec, former
from opsledger.ledger.rows import ledger_key, read_ledger
from opsledger.store.tables import LEDGER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.ledger.notification import Notification
    from opsledger.ledger.record import Record
    from opsledger.store import Row, Store

SPAN_MS = 3_600_000
"""How far around its own moment a notification looks for others."""
MOST = 200
"""Rows of the ledger that are read for it; there is no second page."""


def backlog(store: Store, stored: Record, notification: Notification) -> list[Record]:
    """The records, with one transition each, that the ledger has near `notification` and `stored` lacks.

    Raises:
        WorldFailedError: the store failed.
    """
    if any(map(former.is_former, stored.transitions)):
        return []  # what a former key stands for, only its own delivery may say
    resource, moment, _ = ledger_key(notification).values
    start, end = [int(moment) - SPAN_MS], [int(moment) + SPAN_MS]
    rows = islice(store.walk(LEDGER, [resource], start=start, end=end, page=lambda: MOST), MOST)
    return [found for row in rows for found in _of_record(row, stored)]


def _of_record(row: Row, stored: Record) -> Iterator[Record]:
    columns = row.columns
    same = (columns.get("record"), columns.get("kind"), columns.get("schema")) == (
        stored.key,
        stored.kind,
        codec.SCHEMA,
    )
    if not same:
        return
    try:
        found = read_ledger(row)
    except (BadEventError, LookupError, TypeError, ValueError):
        return  # it stays in the ledger, for a rebuild to report
    if not found.transitions.keys() <= stored.transitions.keys() and found.unknown() is None:
        yield found
