"""*Deliveries*: what was sent to people, what is to be sent, and what failed."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from opsledger.console.filters import place
from opsledger.console.view import View
from opsledger.notify import listing
from opsledger.notify.deliveries import SENT, STATES

if TYPE_CHECKING:
    from opsledger.console.visit import Visit
    from opsledger.notify.deliveries import Dispatch
    from opsledger.store import Store

COLUMNS: Final = (
    *("id", "subject", "stage", "kind", "severity", "channel", "state", "planned_at", "due_at", "sent_at", "attempts"),
    *("possible_repeat", "message"),
)


def show(visit: Visit, store: Store) -> View:
    """The deliveries in one state, or of one message."""
    state, message = visit.choice("state", STATES) or SENT, visit.text("message")
    found, after = _of_message(store, message, visit.rows) if message else _in_state(visit, store, state)
    data = {"state": None if message else state, "states": list(STATES), "of_message": message, "after": after or None}
    return View({**data, "deliveries": [listing.to_json(one) for one in found]}, "deliveries", COLUMNS)


def _in_state(visit: Visit, store: Store, state: str) -> tuple[list[Dispatch], str]:
    with place(visit):
        return listing.page(store, state, visit.rows, visit.text("after") or "")


def _of_message(store: Store, message: str, limit: int) -> tuple[list[Dispatch], str]:
    return list(islice(listing.of_message(store, message), limit)), ""
