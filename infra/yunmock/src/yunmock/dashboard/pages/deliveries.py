"""Deliveries that have not succeeded: retries, losses and dead letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.dashboard.document import Listing, Moment, Span, WebPage
from yunmock.dashboard.pages.events import LOOKED_AT, event_link, newest, rule_link, state_of
from yunmock.dashboard.visit import block_of

if TYPE_CHECKING:
    from yunmock.dashboard.document import Shown
    from yunmock.dashboard.visit import Visit
    from yunmock.eventbridge.delivery import DeadLetter
    from yunmock.eventbridge.trace import Delivery, EventTrace

SHOWN_UNDELIVERED = 50
WAITING = ("retrying", "held", "accepted")
COLUMNS = ("Received", "Event", "Rule", "Target", "State", "Attempts", "Last error")


def deliveries(visit: Visit) -> WebPage:
    """What waits, what failed, and what reached a dead-letter queue."""
    found = [
        (trace, rule.rule, each)
        for bus in visit.bridge.registry.buses()
        for trace in newest(visit, bus.name)
        for rule in trace.rules
        for each in rule.deliveries
    ]
    waiting = [one for one in found if one[2].state in WAITING]
    failed = [one for one in found if one[2].state not in WAITING and _error(one[2])]
    return WebPage(
        "Deliveries",
        (
            Listing(
                "Waiting",
                (*COLUMNS, "Next attempt", "In"),
                [(*_row(*one), *_next(visit, one[2])) for one in waiting],
                "No delivery waits.",
            ),
            Listing("Failed", COLUMNS, [_row(*one) for one in failed], "No delivery has failed."),
            Listing(
                "Dead letters",
                ("Queue", "Rule", "Error", "Event"),
                [_dead_letter(one) for one in visit.bridge.deliverer.newest_undelivered(SHOWN_UNDELIVERED)],
                "Nothing was sent to a dead-letter queue.",
            ),
        ),
        summary=f"Of the newest {LOOKED_AT} events of each bus, what did not succeed at once.",
    )


def _row(trace: EventTrace, rule: str, delivery: Delivery) -> tuple[Shown, ...]:
    return (
        Moment(trace.received_ms),
        event_link(trace),
        rule_link(trace.bus, rule),
        delivery.target,
        state_of(delivery),
        len(delivery.attempts),
        _error(delivery) or None,
    )


def _next(visit: Visit, delivery: Delivery) -> tuple[Shown, ...]:
    if delivery.next_ms is None:
        return None, None
    return Moment(delivery.next_ms), Span(delivery.next_ms - visit.now_ms)


def _error(delivery: Delivery) -> str:
    return delivery.attempts[-1].error if delivery.attempts else ""


def _dead_letter(one: DeadLetter) -> tuple[Shown, ...]:
    return one["arn"], one["rule"], one["error"], block_of(one["event"])
