"""What is irregular about a record and about its single transitions; `walk` adds what their order and moves show."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsledger.catalog.transition import Transition
    from opsledger.ledger.record import Record


class Anomaly(NamedTuple):
    """One anomaly of a record: its name, the key of its transition (empty: of the record), and a note for people."""

    anomaly: str
    key: str
    note: str


_NOTES = {
    "undated": "no delivery of it says when it happened",
    "dated_by_receipt": "no delivery of it says when it happened: it is dated by when the first was received",
    "absurd_time": "its time is too far from when it was received, and counts only where there is no other",
    "unreadable_time": "the envelope's time cannot be read",
    "undocumented_status": "the vendor does not document this status for this type",
}


def of_record(record: Record) -> list[Anomaly]:
    """More than one owner or place of what one id should name."""
    if not (record.also_accounts or record.also_regions or record.also):
        return []
    conflicts = (
        ("conflicting_account", record.account, record.also_accounts),
        ("conflicting_region", record.region, record.also_regions),
        ("conflicting_resource", record.resource_id, record.also),
    )
    return [Anomaly(name, "", ", ".join((str(one), *also))) for name, one, also in conflicts if also]


def of_transitions(transitions: Iterable[Transition]) -> list[Anomaly]:
    """The anomalies of single transitions."""
    return [_anomaly(t.key, text) for t in transitions for text in (*t.anomalies, *_of_time(t))]


def _of_time(transition: Transition) -> Sequence[str]:
    absurd = ("absurd_time",) if transition.absurd else ()
    if transition.at is not None:
        return absurd
    if transition.dated_by_receipt:
        return ("dated_by_receipt", *absurd)
    return ("undated", *absurd) if transition.moment is None else absurd


def _anomaly(key: str, text: str) -> Anomaly:
    name, _, note = text.partition(":")
    return Anomaly(name, key, note or _NOTES.get(name, ""))
