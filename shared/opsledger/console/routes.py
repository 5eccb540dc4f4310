"""The pages, by their path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger.console import calendar_file, metrics_file
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
        in_menu: whether it can be shown without a query.
    """

    show: Callable[[Visit, Store], View]
    title: str
    in_menu: bool = True


PAGES: Final[dict[str, PageRoute]] = {
    "now": PageRoute(now.show, "Now"),
    "week": PageRoute(week.show, "Next 7 days"),
    "search": PageRoute(search.show, "Search"),
    "quarantine": PageRoute(quarantine.show, "Quarantine"),
    "drift": PageRoute(drift.show, "Drift"),
    "reconcile": PageRoute(reconcile.show, "Reconcile"),
    "deliveries": PageRoute(deliveries.show, "Deliveries"),
    "health": PageRoute(health.show, "Health"),
    "resource": PageRoute(resource.show, "Resource", in_menu=False),
    "record": PageRoute(record.show, "Record", in_menu=False),
    "payload": PageRoute(quarantine.show_payload, "Refused payload", in_menu=False),
}
"""The pages by name, in the order of the menu. Each is at `/<name>`, `/<name>.json` and, if it has a list, `.csv`; the
template is `<name>.html`."""

FILES: Final[dict[str, Callable[[Visit, Store], WebResponse]]] = {
    calendar_file.NAME: calendar_file.respond,
    "metrics": metrics_file.respond,
}
"""What is no page, such as a calendar: the whole last part of the path, and what answers it."""
