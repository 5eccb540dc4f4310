"""The faults that are switched on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.dashboard.document import Listing, Span, Status, WebPage

if TYPE_CHECKING:
    from yunmock.dashboard.document import Shown
    from yunmock.dashboard.visit import Visit
    from yunmock.faults import Fault

COLUMNS = (
    "Service",
    "Operation",
    "Action",
    "When",
    "Answer",
    "Delay",
    "Lets pass",
    "Strikes left",
    "Rows",
    "Condition",
)


def faults(visit: Visit) -> WebPage:
    """Each fault, and how often it will still strike."""
    return WebPage(
        "Faults",
        (
            Listing(
                "Faults",
                COLUMNS,
                [_fault(fault) for fault in visit.cloud.faults],
                "No fault is switched on: every call works as it does in the cloud.",
            ),
        ),
        summary="What goes wrong on request.",
    )


def _fault(fault: Fault) -> tuple[Shown, ...]:
    left = "all calls" if fault.times < 0 else fault.times
    return (
        fault.service,
        fault.operation,
        Status(fault.action, "warn"),
        fault.when,
        f"{fault.status} {fault.code} {fault.message}".rstrip() if fault.action == "error" else None,
        Span(fault.seconds * 1000) if fault.seconds else None,
        fault.skip,
        Status("used up") if fault.times == 0 else left,
        None if fault.rows is None else ", ".join(map(str, sorted(fault.rows))),
        "a Python function chooses" if fault.matches else None,
    )
