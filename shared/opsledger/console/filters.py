"""The filter of a list of records, as the query gives it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from opsledger import catalog
from opsledger.catalog.transition import SEVERITIES
from opsledger.console.web import wrong
from opsledger.ledger import queries
from opsledger.ledger.queries import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opsledger.console.visit import Visit
    from opsledger.ledger.listing import RecordListing
    from opsledger.store import Store

NAMES: Final = ("status", "severity", "resource", "kind", "region", "owner", "tag")
"""The filters of every list of records; `OF_SEARCH` has also those that choose among open records."""
OF_SEARCH: Final = (*NAMES, "open", "overdue", "within")
HOUR_MS: Final = 3_600_000
MOST_HOURS: Final = 24 * 365


def wanted(visit: Visit) -> Filter:
    """Which records the query asks for.

    Raises:
        PageError: a severity or a kind that does not exist.
    """
    severity = visit.choice("severity", SEVERITIES)
    kind = visit.text("kind")
    if kind is not None and not queries.kinds_of(kind):
        raise wrong("No kind or event type is called {kind}.", kind=kind)
    status, resource, region, owner, tag = map(visit.text, ("status", "resource", "region", "owner", "tag"))
    return Filter(status, resource, kind, region, severity, visit.flag("open"), owner, tag)


def listing(visit: Visit, store: Store) -> RecordListing:
    """The records that the query asks for, as many as a page shows.

    Raises:
        PageError: as `go_on`.
    """
    if visit.flag("overdue"):
        return go_on(queries.overdue, store, visit)
    if visit.text("within") is None:
        return go_on(queries.records, store, visit)
    until = visit.now_ms + visit.number("within", 1, MOST_HOURS) * HOUR_MS
    return go_on(lambda store, *rest, **place: queries.due(store, until, *rest, **place), store, visit)


def go_on(query: Callable[..., RecordListing], store: Store, visit: Visit) -> RecordListing:
    """The next page of a query with the visit's filter.

    Raises:
        PageError: as `wanted`, or the place to go on from is none of this list.
    """
    found = wanted(visit)
    with place(visit):
        return query(store, found, limit=visit.rows, after=visit.text("after") or "")


@contextmanager
def place(visit: Visit) -> Iterator[None]:
    """Read a list from the place that the query names, if it names one.

    Raises:
        PageError: it is none of this list.
    """
    try:
        yield
    except ValueError:
        if visit.text("after") is None:
            raise
        raise wrong("“after” is no place in this list: go back to its first page.") from None


def asked(visit: Visit) -> dict[str, str]:
    """The parts of the query that filter."""
    return {name: visit.query[name] for name in OF_SEARCH if name in visit.query}


def kinds() -> list[str]:
    """The names of all kinds."""
    return list(catalog.kinds())
