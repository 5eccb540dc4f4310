"""A notification: what intake passes to the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opsledger.catalog.transition import Transition
    from opsledger.ledger.record import Record


class Notification(NamedTuple):
    """One event as a record with exactly one transition, and what the ledger keeps beside it.

    Attributes:
        record: the record of this notification alone; joining it to the stored record applies it.
        transition: that record's one transition.
        digest: the same for every delivery with the same content, in any envelope.
        content: the content as received, as JSON text.
        form: the envelope's form, for the ledger and the log.
    """

    record: Record
    transition: Transition
    digest: str
    content: str
    form: str
