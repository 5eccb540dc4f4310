"""Events: which rules each matched, why the others did not, and what became of its deliveries."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from yunmock.dashboard.address import read_token, token
from yunmock.dashboard.document import Facts, Link, Listing, Moment, Span, Status, WebPage
from yunmock.dashboard.visit import block, block_of, first, missing

if TYPE_CHECKING:
    from yunmock.dashboard.document import Shown
    from yunmock.dashboard.visit import Visit
    from yunmock.eventbridge.trace import Attempt, Delivery, EventTrace, Judgement

SHOWN = 50
LOOKED_AT = 200
"""How many events of a bus, the newest, the pages of rules and deliveries are made of."""
TONES = {
    "delivered": "good",
    "succeeded": "good",
    "accepted": "warn",
    "retrying": "warn",
    "held": "warn",
    "failed": "bad",
    "dropped": "bad",
    "dead-lettered": "bad",
}
WHY_NOT = ("Key of the pattern", "Why not")
COLUMNS = ("Received", "Type", "Event", "Source", "Matched", "Missed", "Deliveries")


def events(visit: Visit) -> WebPage:
    """The newest events of a bus."""
    bus = visit.arguments.get("bus", "default")
    names = [one.name for one in visit.bridge.registry.buses()]
    if bus not in names:
        raise missing(f"bus {bus[:200]!r}")
    before = read_token(visit.arguments["before"]) if "before" in visit.arguments else None
    found, more = first(visit.bridge.traces.newest(bus, before), SHOWN)
    return WebPage(
        "Events",
        (Listing("Events", COLUMNS, [row(trace) for _, trace in found], "No event has arrived on this bus."),),
        summary=f"What arrived on the bus {bus}, the newest first.",
        tabs=tuple(Link(name, "events", {"bus": name}) for name in names),
        chosen=bus,
        further=Link("Older events", "events", {"bus": bus, "before": token(found[-1][0])}) if more else None,
    )


def newest(visit: Visit, bus: str) -> list[EventTrace]:
    """The newest `LOOKED_AT` events of a bus, the newest first."""
    return [trace for _, trace in islice(visit.bridge.traces.newest(bus), LOOKED_AT)]


def row(trace: EventTrace) -> tuple[Shown, ...]:
    """An event as a row of `COLUMNS`."""
    states = [state_of(each) for rule in trace.rules for each in rule.deliveries]
    return (
        Moment(trace.received_ms),
        str(trace.event.get("type", "")),
        event_link(trace),
        str(trace.event.get("source", "")),
        [rule_link(trace.bus, name) for name in trace.matched],
        len(trace.rules) - len(trace.matched),
        [*dict.fromkeys(states)],
    )


def event_link(trace: EventTrace) -> Link:
    """The link to the page of an event."""
    return Link(trace.id, "event", {"key": token(trace.key.encode())})


def rule_link(bus: str, rule: str) -> Link:
    """The link to the page of a rule."""
    return Link(rule, "rule", {"bus": bus, "rule": rule})


def state_of(delivery: Delivery) -> Status:
    """The state of a delivery; one that was delivered to a function that failed is not good."""
    failed = delivery.attempts and delivery.attempts[-1].error and delivery.state == "delivered"
    return Status(delivery.state, "warn" if failed else TONES.get(delivery.state, "quiet"))


def verdict(rule: Judgement) -> tuple[Shown, ...]:
    """Whether a rule matched, and the columns of `WHY_NOT`."""
    failed = failed_keys(rule)
    shown = Status("matched", "good") if rule.matched else Status("not matched", "warn")
    return shown, [key for key, _ in failed if key], [why for _, why in failed]


def failed_keys(judgement: Judgement) -> list[tuple[str, str]]:
    """The keys of the pattern that an event failed, each with the reason; no key where none was looked at."""
    parted = [reason.partition(": ") for reason in judgement.reasons]
    return [(key, why) if colon else ("", key) for key, colon, why in parted]


def event(visit: Visit) -> WebPage:
    """One event with everything that happened to it."""
    trace = visit.bridge.traces.get(read_token(visit.argument("key")).decode("utf-8", "replace"))
    if trace is None:
        raise missing("such event")
    deliveries = [(rule.rule, each) for rule in trace.rules for each in rule.deliveries]
    attempts = [(rule, each.target, one) for rule, each in deliveries for one in each.attempts]
    return WebPage(
        trace.id,
        (
            Facts("Received", _facts(trace)),
            Listing(
                "Rules",
                ("Rule", "Verdict", *WHY_NOT),
                [(rule_link(trace.bus, rule.rule), *verdict(rule)) for rule in trace.rules],
                "This bus had no rule.",
            ),
            Listing(
                "Deliveries",
                ("Rule", "Target", "Endpoint", "State", "Attempts", "Next attempt"),
                [(rule_link(trace.bus, rule), *_delivery(each)) for rule, each in deliveries],
                "No rule matched, so nothing was delivered.",
            ),
            Listing(
                "Attempts",
                ("At", "Rule", "Target", "Result", "Took", "Request id", "Error", "Answer", "Log"),
                [_attempt(rule, target, one) for rule, target, one in attempts],
                "None.",
            ),
            Facts("Event", {"Content": block_of(trace.event)}),
        ),
        summary=str(trace.event.get("type", "")),
        trail=(Link("Events", "events", {"bus": trace.bus}),),
    )


def _facts(trace: EventTrace) -> dict[str, Shown]:
    return {
        "At": Moment(trace.received_ms),
        "Bus": Link(trace.bus, "events", {"bus": trace.bus}),
        "Source": str(trace.event.get("source", "")),
        "Subject": str(trace.event.get("subject", "")) or None,
        "Matched": len(trace.matched),
        "Missed": len(trace.rules) - len(trace.matched),
    }


def _delivery(delivery: Delivery) -> tuple[Shown, ...]:
    return (
        delivery.target,
        delivery.endpoint,
        state_of(delivery),
        len(delivery.attempts),
        None if delivery.next_ms is None else Moment(delivery.next_ms),
    )


def _attempt(rule: str, target: str, attempt: Attempt) -> tuple[Shown, ...]:
    known = Link(attempt.request_id, "invocation", {"request": attempt.request_id}) if attempt.request_id else None
    status = "no answer" if attempt.status is None else str(attempt.status)
    return (
        Moment(attempt.at_ms),
        rule,
        target,
        Status(status, "good" if attempt.ok and not attempt.error else "bad"),
        Span(attempt.duration_ms) if attempt.duration_ms else None,
        known,
        attempt.error or None,
        block(attempt.response) if attempt.response else None,
        block(attempt.log) if attempt.log else None,
    )
