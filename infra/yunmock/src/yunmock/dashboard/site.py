"""The pages by name, each made by a function of the visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.dashboard.pages.deliveries import deliveries
from yunmock.dashboard.pages.events import event, events
from yunmock.dashboard.pages.faults import faults
from yunmock.dashboard.pages.functions import function, functions, invocation
from yunmock.dashboard.pages.overview import overview
from yunmock.dashboard.pages.queues import queue, queues
from yunmock.dashboard.pages.requests import requests
from yunmock.dashboard.pages.resources import resources
from yunmock.dashboard.pages.rules import rule, rules
from yunmock.dashboard.pages.schedule import schedule
from yunmock.dashboard.pages.tables import row, table, tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.dashboard.document import WebPage
    from yunmock.dashboard.visit import Visit

PAGES: dict[str, Callable[[Visit], WebPage]] = {
    "overview": overview,
    "events": events,
    "event": event,
    "rules": rules,
    "rule": rule,
    "deliveries": deliveries,
    "functions": functions,
    "function": function,
    "invocation": invocation,
    "tables": tables,
    "table": table,
    "row": row,
    "queues": queues,
    "queue": queue,
    "resources": resources,
    "schedule": schedule,
    "requests": requests,
    "faults": faults,
}
