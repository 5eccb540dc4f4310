"""What is due later: timers, retries, batch windows, and what a test has put off."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from yunmock.dashboard.document import Facts, Listing, Moment, Span, Status, WebPage

if TYPE_CHECKING:
    from yunmock.dashboard.document import Shown
    from yunmock.dashboard.visit import Visit
    from yunmock.scheduler import Job

SHOWN = 200
COLUMNS = ("Due", "In", "Service", "What")
WHAT: tuple[tuple[str, str], ...] = (
    ("kind=timer", "the timer {trigger} of the function {function}"),
    ("kind=invoke", "run {function}, retry {retry}, request {request_id}"),
    ("target", "deliver to the target {target} of the rule {rule} on the bus {bus}, retry {retry}"),
    ("stream", "deliver what is due of the event stream {stream}"),
    ("policy", "push an event for the policy {policy}, retry {retry}"),
    ("call", "the control call {call}"),
    ("reclaim", "take back the spot instance {reclaim}"),
    ("publish", "publish an event on the bus"),
    ("event", "the next step of the event {event}"),
)
"""How a job is described, by a field of its payload or by what the field has; the first that fits."""


def schedule(visit: Visit) -> WebPage:
    """The jobs that are due next, and the clock that they follow."""
    return WebPage(
        "Schedule",
        (
            Facts(
                "Clock",
                {
                    "The cloud's time": Moment(visit.now_ms),
                    "Runs": clock_status(visit),
                },
            ),
            Listing("Due", COLUMNS, rows(visit, SHOWN), "Nothing is due later.", note=f"The next {SHOWN}."),
        ),
        summary="Retries, timers and batch windows, by the cloud's clock.",
    )


def clock_status(visit: Visit) -> Status:
    """Whether the cloud's clock runs."""
    return Status("stands still", "warn") if visit.cloud.clock.frozen else Status("runs", "good")


def rows(visit: Visit, most: int) -> list[tuple[Shown, ...]]:
    """The next jobs as rows of `COLUMNS`."""
    return [
        (Moment(job.due_ms), Span(job.due_ms - visit.now_ms), job.service, _described(job))
        for job in islice(visit.cloud.scheduler, most)
    ]


def _described(job: Job) -> str:
    """What a job will do, in words."""
    for sign, words in WHAT:
        name, _, wanted = sign.partition("=")
        if name in job.payload and wanted in ("", job.payload[name]):
            return words.format(**{key: str(value)[:200] for key, value in job.payload.items()})
    return ", ".join(map(str, job.payload))
