"""Read deliveries: those in one state, of one record, of one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger import timestamps
from opsledger.ledger.listing import Range, index_page
from opsledger.notify.deliveries import read_delivery
from opsledger.store import read_rows
from opsledger.store.buckets import walk_buckets
from opsledger.store.tables import DELIVERIES_BY_MESSAGE, DELIVERIES_BY_STATE, DELIVERIES_BY_SUBJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opsledger.notify.deliveries import Dispatch
    from opsledger.store import Key, Store
    from opsledger.strict_json import JsonObject


def in_state(store: Store, state: str) -> Iterator[Dispatch]:
    """The deliveries in one state, newest first."""
    return fetch(store, (row.key for row in walk_buckets(store, DELIVERIES_BY_STATE, (state,), reverse=True)))


def page(store: Store, state: str, limit: int, after: str = "") -> tuple[list[Dispatch], str]:
    """The deliveries in one state, newest first; and where to go on.

    Raises:
        ValueError: `after` is not a place among them.
    """
    found = index_page(store, [Range(DELIVERIES_BY_STATE, (state,), reverse=True)], limit, after)
    return list(fetch(store, (row.key for row in found.rows))), found.after


def of_subject(store: Store, subject: str) -> Iterator[Dispatch]:
    """All that was sent of one record."""
    return fetch(store, (row.key for row in store.walk(DELIVERIES_BY_SUBJECT, (subject,))))


def of_message(store: Store, message: str) -> Iterator[Dispatch]:
    """All that one message was about."""
    return fetch(store, (row.key for row in store.walk(DELIVERIES_BY_MESSAGE, (message,))))


def fetch(store: Store, keys: Iterable[Key]) -> Iterator[Dispatch]:
    """The deliveries at `keys`, in their order; no more than a batch is in memory."""
    return map(read_delivery, read_rows(store, keys))


def to_json(delivery: Dispatch) -> JsonObject:
    """One delivery for programs."""
    return {
        "id": delivery.id,
        "subject": delivery.subject,
        "stage": delivery.stage.name,
        "kind": delivery.stage.kind.value,
        "severity": delivery.stage.severity,
        "channel": delivery.channel,
        "state": delivery.state,
        "planned_at": timestamps.show(delivery.planned_at),
        "due_at": None if delivery.due_at is None else timestamps.show(delivery.due_at),
        "sent_at": None if delivery.sent_at is None else timestamps.show(delivery.sent_at),
        "attempts": delivery.attempts,
        "possible_repeat": delivery.unsure,
        "message": delivery.message,
        "answers": [
            {"at": timestamps.show(a.at), "result": a.result, "code": a.code, "note": a.note} for a in delivery.answers
        ],
    }
