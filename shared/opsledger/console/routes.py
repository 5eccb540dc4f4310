"""The pages, by their path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger.console import calendar_file, filters, metrics_file
from opsledger.console.pages import (
    deliveries,
    drift,
    health,
    now,
    quarantine,
    reconcile,
    record,
    resource,
    search,
    week,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsledger.console.view import View
    from opsledger.console.visit import Visit
    from opsledger.console.web import WebResponse
    from opsledger.store import Store


class PageRoute(NamedTuple):
    """One page.

    Attributes:
        show: gives its view.
        title: in English.
        query: the names in the query that it knows; the others are ignored.
        in_menu: whether it can be shown without a query.
    """

    show: Callable[[Visit, Store], View]
    title: str
    query: tuple[str, ...] = ()
    in_menu: bool = True


class FileRoute(NamedTuple):
    """What is no page, such as a calendar.

    Attributes:
        respond: answers a request for it.
        query: as that of a page.
    """

    respond: Callable[[Visit, Store], WebResponse]
    query: tuple[str, ...] = ()


_LIST: Final = ("limit", "after")


PAGES: Final[dict[str, PageRoute]] = {
    "now": PageRoute(now.show, "Now", (*filters.NAMES, *_LIST)),
    "week": PageRoute(week.show, "Next 7 days", (*filters.NAMES, "by", *_LIST)),
    "search": PageRoute(search.show, "Search", (*filters.OF_SEARCH, "q", *_LIST)),
    "quarantine": PageRoute(quarantine.show, "Quarantine", ("reason", *_LIST)),
    "drift": PageRoute(drift.show, "Drift", ("days",)),
    "reconcile": PageRoute(reconcile.show, "Reconcile", ("verdict", *_LIST)),
    "deliveries": PageRoute(deliveries.show, "Deliveries", ("state", "message", *_LIST)),
    "health": PageRoute(health.show, "Health"),
    "resource": PageRoute(resource.show, "Resource", ("id", *filters.NAMES, "open", *_LIST), in_menu=False),
    "record": PageRoute(record.show, "Record", ("id",), in_menu=False),
    "payload": PageRoute(quarantine.show_payload, "Refused payload", ("digest",), in_menu=False),
}
"""The pages by name, in the order of the menu. Each is at `/<name>`, `/<name>.json` and, if it has a list, `.csv`; the
template is `<name>.html`."""

FILES: Final[dict[str, FileRoute]] = {
    calendar_file.NAME: FileRoute(calendar_file.respond, filters.OF_SEARCH),
    "metrics": FileRoute(metrics_file.respond),
}
"""The files by the whole last part of the path."""
