"""A notification: the noun that intake hands to the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opsledger.catalog.transition import Transition
    from opsledger.ledger.record import Record


class Notification(NamedTuple):
    """One event, understood: a record with exactly one transition, and what the ledger keeps beside it.

    Attributes:
        record: what this notification alone says of its entity; joining it to a stored record applies it.
        transition: that record's one transition.
        digest: the same for every delivery that says the same, however it was wrapped.
        content: the content as received, as JSON text.
        form: the envelope's form, for the ledger and the log.
    """

    record: Record
    transition: Transition
    digest: str
    content: str
    form: str
