"""*Reconcile*: the events on which the API and what arrived do not agree, and how far the reconciler has looked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger.console.filters import place
from opsledger.console.view import View
from opsledger.ledger import reconciled
from opsledger.ledger.verdicts import PROBLEMS, VerdictKind

if TYPE_CHECKING:
    from opsledger.console.visit import Visit
    from opsledger.store import Store

KINDS: Final = tuple(kind.value for kind in reconciled.MEANINGS)
COLUMNS: Final = ("record", "resource_id", "region", "verdict", "since", "status", "note")


def show(visit: Visit, store: Store) -> View:
    """The events with one verdict, newest first."""
    kind = VerdictKind(visit.choice("verdict", KINDS) or PROBLEMS[0].value)
    with place(visit):
        found, after = reconciled.page(store, kind, visit.rows, visit.text("after") or "")
    return View(
        {
            "verdict": kind.value,
            "verdicts": list(KINDS),
            "meaning": reconciled.MEANINGS[kind],
            "events": [reconciled.to_json(one) for one in found],
            "after": after or None,
        },
        "events",
        COLUMNS,
    )
