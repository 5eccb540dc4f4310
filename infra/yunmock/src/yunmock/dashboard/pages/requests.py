"""The request log, and the requests that were refused with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.dashboard.document import Link, Listing, Moment, Status, WebPage
from yunmock.dashboard.refusals import reason
from yunmock.recording.scrub import Scrubber
from yunmock.refused import FIRST_ERROR

if TYPE_CHECKING:
    from yunmock.cloud import Call
    from yunmock.dashboard.document import Shown
    from yunmock.dashboard.visit import Visit
    from yunmock.refused import RefusedRequest

SHOWN = 100
LOOKED_AT = 1000
"""How many requests, the newest, are searched for those of a service."""
REFUSED = ("At", "Service", "Call", "Status", "Code", "Why")


def requests(visit: Visit) -> WebPage:
    """The newest requests, of all services or of one."""
    service = visit.arguments.get("service", "")
    newest = visit.cloud.newest_calls(LOOKED_AT)
    calls = [call for call in newest if service in ("", call.service)]
    names = sorted({call.service for call in newest} | ({service} if service else set()))
    return WebPage(
        "Requests",
        (
            Listing("Refused", REFUSED, refused(visit, SHOWN, service), "No request was refused."),
            Listing(
                "Newest requests",
                ("At", "Service", "Call", "Status", "Bytes"),
                [_call(call) for call in calls[:SHOWN]],
                "No request has arrived.",
            ),
            Listing("Permissions that roles lacked", ("Role", "Action", "Resource"), _denied(visit), "None."),
        ),
        tabs=(Link("all", "requests"), *(Link(name, "requests", {"service": name}) for name in names)),
        chosen=service or "all",
    )


def refused(visit: Visit, most: int, service: str = "") -> list[tuple[Shown, ...]]:
    """The newest refused requests as rows of `REFUSED`."""
    found = [one for one in reversed(visit.refused.items()) if service in ("", one.service)]
    return [_refused(one) for one in found[:most]]


def _refused(one: RefusedRequest) -> tuple[Shown, ...]:
    code, why = reason(one)
    return (
        Moment(one.at_ms),
        one.service or None,
        one.operation or f"{one.method} {Scrubber().path(one.path)[:200]}".strip() or "no valid HTTP",
        Status("dropped" if one.status is None else str(one.status), "bad"),
        code or None,
        why or None,
    )


def failed(call: Call) -> bool:
    """Whether a request got an error, or no answer."""
    return call.status is None or call.status >= FIRST_ERROR


def _call(call: Call) -> tuple[Shown, ...]:
    status = "no answer" if call.status is None else str(call.status)
    return (
        Moment(call.at_ms),
        call.service,
        call.operation[:200],
        Status(status, "bad" if failed(call) else "good"),
        len(call.request.body),
    )


def _denied(visit: Visit) -> list[tuple[Shown, ...]]:
    access = visit.cloud.access
    if access is None:
        return []
    found = [(role, *permission) for role, denied in list(access.denied.items()) for permission in sorted(denied)]
    return [(role, str(action), str(resource)) for role, action, resource in found[:SHOWN]]
