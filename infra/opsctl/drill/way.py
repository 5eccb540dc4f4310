"""How far the events of a drill have come: shown by the API, recorded by the function, brought to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger import catalog
from opsledger.ecs_reconciler.observed import SOURCE
from opsledger.ledger import queries, state
from opsledger.ledger.rows import read_record, record_key
from opsledger.notify.deliveries import CLAIMED, PENDING, SENT, read_delivery
from opsledger.store import read_rows
from opsledger.store.tables import DELIVERIES_BY_SUBJECT, LEDGER, hashed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsledger.ledger.record import Record
    from opsledger.notify.deliveries import Dispatch
    from opsledger.store import Store

KIND: Final = "system-event"
CANCELED: Final = "Canceled"
RECORDED_BEFORE_MS: Final = 3_600_000
"""Ledger rows are under the moment of their event: rows this much older than the drill are not of it."""
_ON_ITS_WAY: Final = (PENDING, CLAIMED)


class SimulatedEvent(NamedTuple):
    """One event of a drill: its id, and its instance's."""

    id: str
    instance: str

    @property
    def record(self) -> str:
        """The key of its record."""
        return f"{catalog.kind(KIND).record_prefix}:{self.id}"


class MessageState(NamedTuple):
    """What became of the messages about one event.

    Attributes:
        decided: whether the notifier has looked at the record, and nothing is on its way any more.
        outcomes: channel → what became of the delivery to it.
    """

    decided: bool
    outcomes: dict[str, str]

    @property
    def sent(self) -> bool:
        """Whether a channel has it."""
        return SENT in self.outcomes.values()


def pushed(store: Store, event: SimulatedEvent, since_ms: int) -> bool:
    """Whether a delivery that the reconciler did not make has recorded the event.

    Raises:
        WorldFailedError: the store failed.
    """
    partition = f"ecs:instance:{event.instance}"
    rows = store.walk(LEDGER, [hashed(partition)], start=(since_ms - RECORDED_BEFORE_MS,))
    return any(row.columns["record"] == event.record and row.columns.get("source") != SOURCE for row in rows)


def ended(store: Store, events: Iterable[SimulatedEvent]) -> set[SimulatedEvent]:
    """The events whose record says that they are canceled, or have ended otherwise.

    Raises:
        WorldFailedError: the store failed.
    """
    by_record = {event.record: event for event in events}
    found = queries.fetch(store, map(record_key, by_record))
    return {by_record[record.key] for record in found if state.summarize(record).terminal}


def message_states(store: Store, events: Sequence[SimulatedEvent], now_ms: int) -> dict[SimulatedEvent, MessageState]:
    """What became of the messages about events that are recorded.

    Raises:
        WorldFailedError: the store failed.
    """
    rows = {row.key: row for row in read_rows(store, (record_key(event.record) for event in events))}
    records = {event: read_record(rows[key]) for event in events if (key := record_key(event.record)) in rows}
    return {event: _message_state(store, record, now_ms) for event, record in records.items()}


def _message_state(store: Store, record: Record, now_ms: int) -> MessageState:
    keys = [row.key for row in store.walk(DELIVERIES_BY_SUBJECT, (record.key,))]
    found: list[Dispatch] = [read_delivery(row) for row in store.read(keys).values()] if keys else []
    # The notifier clears `notify_at`, or moves it to the next reminder, once it has planned what is due.
    planned = record.notify_at is None or record.notify_at > now_ms
    return MessageState(
        planned and not any(delivery.state in _ON_ITS_WAY for delivery in found),
        {delivery.channel: _outcome(delivery) for delivery in found},
    )


def _outcome(delivery: Dispatch) -> str:
    """The state, and what the channel said where it did not take it."""
    said = " ".join(part for answer in delivery.answers[-1:] for part in (answer.code, answer.note) if part)
    return delivery.state if delivery.state == SENT or not said else f"{delivery.state}: {said}"
