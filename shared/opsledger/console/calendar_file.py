"""The calendar: what is due, as a feed that calendars subscribe to."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from opsledger.console import filters, icalendar, maintnote, words
from opsledger.console.icalendar import text
from opsledger.console.web import WebResponse
from opsledger.ledger import queries
from opsledger.ledger.enrichment import enriched_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsledger.console.icalendar import Property
    from opsledger.console.visit import Visit
    from opsledger.ledger.listing import RecordListing
    from opsledger.store import Row, Store

NAME: Final = "calendar.ics"
HORIZON_DAYS: Final = 60
"""How far ahead the feed looks: maintenance is announced days or weeks ahead."""
ENDED_DAYS: Final = 14
"""For so long an event whose end was reported is still in the feed: calendars ask once a day or less often."""
MOST_OPEN: Final = 500
MOST_ENDED: Final = 200
DAY_MS: Final = 86_400_000
REFRESH: Final = "PT15M"
"""How often a calendar should ask; most take their own time."""


def respond(visit: Visit, store: Store) -> WebResponse:
    """The feed of what the query's filter lets through.

    Raises:
        PageError: as `filters.wanted`.
    """
    language = visit.language if visit.chosen else words.LANGUAGES[0]  # a calendar's own language says nothing
    t = partial(words.translated, language, values={})
    found, complete = _rows(visit, store)
    events = (maintnote.event(row, known, t) for row, known in enriched_rows(store, found))
    body = icalendar.calendar(_properties(visit, t, complete=complete), events)
    return WebResponse(HTTPStatus.OK, {"Content-Type": icalendar.CONTENT_TYPE}, body)


def _rows(visit: Visit, store: Store) -> tuple[list[Row], bool]:
    """The rows of the records, each once, and whether those are all."""
    wanted = filters.wanted(visit)
    listings = [_open(visit, store, wanted)]
    if not (wanted.only_open or visit.flag("overdue")):
        since = visit.now_ms - ENDED_DAYS * DAY_MS
        listings.append(queries.ended(store, since, wanted, limit=MOST_ENDED))
    found = {row.key: row for listing in listings for row in listing.rows}
    return list(found.values()), not any(listing.after for listing in listings)


def _open(visit: Visit, store: Store, wanted: queries.Filter) -> RecordListing:
    if visit.flag("overdue"):
        return queries.overdue(store, wanted, limit=MOST_OPEN)
    hours = visit.number("within", HORIZON_DAYS * 24, filters.MOST_HOURS)
    return queries.due(store, visit.now_ms + hours * filters.HOUR_MS, wanted, limit=MOST_OPEN)


def _properties(visit: Visit, t: Callable[[str], str], *, complete: bool) -> list[Property]:
    asked = ", ".join(filters.asked(visit).values())
    name = text(f"OpsLedger: {asked}" if asked else "OpsLedger")
    cut = text(t("Not all events are here: narrow the filter of this calendar."))
    return [
        ("NAME", name),  # RFC 7986, section 5; the names with X- are what calendars took before it
        ("X-WR-CALNAME", name),
        *((own, cut) for own in ("DESCRIPTION", "X-WR-CALDESC") if not complete),
        ("REFRESH-INTERVAL;VALUE=DURATION", REFRESH),
        ("X-PUBLISHED-TTL", REFRESH),
    ]
