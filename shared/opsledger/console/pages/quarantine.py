"""*Quarantine*: the refused payloads that wait, and one with its bytes and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger.console.filters import place
from opsledger.console.view import View
from opsledger.console.web import not_found
from opsledger.ledger import refused

if TYPE_CHECKING:
    from opsledger.console.visit import Visit
    from opsledger.store import Store
    from opsledger.strict_json import JsonObject

COLUMNS: Final = ("digest", "reason", "form", "type", "count", "first_received", "last_received", "replays", "errors")
MOST_CHARACTERS: Final = 20_000
DIGITS: Final = 64


def show(visit: Visit, store: Store) -> View:
    """The entries that wait, of one reason or of all."""
    reason = visit.choice("reason", refused.REASONS)
    with place(visit):
        entries, after = refused.page(store, reason, visit.rows, visit.text("after") or "")
    data = {"reason": reason, "reasons": list(refused.REASONS), "entries": [refused.to_json(one) for one in entries]}
    return View({**data, "after": after or None}, "entries", COLUMNS)


def show_payload(visit: Visit, store: Store) -> View:
    """One entry.

    Raises:
        PageError: there is none with that digest.
    """
    digest = visit.needed("digest")
    entry = refused.whole(store, digest) if len(digest) == DIGITS else None
    if entry is None:
        raise not_found("There is no refused payload {digest}.", digest=digest)
    text = entry.payload.decode(errors="backslashreplace")
    shown: JsonObject = {"payload": text[:MOST_CHARACTERS], "complete": len(text) <= MOST_CHARACTERS}
    return View({**refused.to_json(entry), **shown, "bytes": len(entry.payload)})
