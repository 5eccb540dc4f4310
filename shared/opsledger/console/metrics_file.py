"""`/metrics`: what the sweeper counted last and when each function was last through, for a monitoring system.

Nothing is counted here: a request reads the row of totals, and the small table of cursors once.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from opsledger.console.web import WebResponse
from opsledger.metrics import families, sources, totals
from opsledger.metrics.exposition import negotiated, write

if TYPE_CHECKING:
    from opsledger.console.visit import Visit
    from opsledger.store import Store


def respond(visit: Visit, store: Store) -> WebResponse:
    """The metrics as text, in the format that the reader prefers."""
    form = negotiated(visit.accept)
    found = families.series(totals.read(store), sources.read(store))
    return WebResponse(
        HTTPStatus.OK, {"Content-Type": form.content_type, "Vary": "Accept"}, write(found, form).encode()
    )
