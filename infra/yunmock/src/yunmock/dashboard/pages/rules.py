"""Rules and event streams: what each let through, and at which key of its pattern the other events failed."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from yunmock.dashboard.document import Facts, Link, Listing, Moment, Status, WebPage
from yunmock.dashboard.pages.events import LOOKED_AT, WHY_NOT, event_link, failed_keys, newest, rule_link, verdict
from yunmock.dashboard.visit import block, counted, missing
from yunmock.errors import RefusalError
from yunmock.eventbridge.target import shown_endpoint

if TYPE_CHECKING:
    from yunmock.dashboard.document import Shown
    from yunmock.dashboard.visit import Visit
    from yunmock.eventbridge.model import Bus, Rule, Target
    from yunmock.eventbridge.stream import Stream
    from yunmock.eventbridge.trace import EventTrace, Judgement

SHOWN_KEYS = 3
MOST_WAITING = 1000


def rules(visit: Visit) -> WebPage:
    """All rules by bus, and the event streams."""
    buses = visit.bridge.registry.buses()
    return WebPage(
        "Rules",
        (
            *(_of_bus(visit, bus) for bus in buses),
            Listing(
                "Event streams",
                ("Stream", "Source", "Function", "Status", "Waiting", "Delivered", "Failed", "Dropped", "Last error"),
                [_stream(visit, stream) for stream in visit.bridge.streams.all()],
                "No event stream.",
            ),
        ),
        summary=f"What the newest {LOOKED_AT} events of each bus met.",
    )


def _of_bus(visit: Visit, bus: Bus) -> Listing:
    judged: dict[str, list[Judgement]] = defaultdict(list)
    for trace in newest(visit, bus.name):
        for each in trace.rules:
            judged[each.rule].append(each)
    return Listing(
        f"Bus {bus.name}",
        ("Rule", "Status", "Targets", "Matched", "Missed", "Failed at"),
        [_row(rule, judged[rule.name]) for rule in visit.bridge.registry.rules(bus.name)],
        "This bus has no rule: its events go nowhere.",
    )


def _row(rule: Rule, judged: list[Judgement]) -> tuple[Shown, ...]:
    matched = sum(each.matched for each in judged)
    keys = Counter(key for each in judged for key, _ in failed_keys(each) if key)
    failed: list[Shown] = [f"{key}: {count}" for key, count in keys.most_common(SHOWN_KEYS)]
    return (
        rule_link(rule.bus, rule.name),
        _status(rule),
        [f"{target.id}: {shown_endpoint(target)}" for target in rule.targets],
        matched,
        len(judged) - matched,
        failed,
    )


def _status(rule: Rule) -> Status:
    return Status("enabled", "good") if rule.enabled else Status("disabled", "warn")


def _stream(visit: Visit, stream: Stream) -> tuple[Shown, ...]:
    return (
        stream.name,
        stream.source.removeprefix("Source").removesuffix("Parameters"),
        Link(stream.function, "function", {"name": stream.function}),
        Status(stream.status, "good" if stream.status == "RUNNING" else "quiet"),
        counted(visit.bridge.streams.waiting(stream.name, MOST_WAITING + 1), MOST_WAITING),
        stream.delivered,
        stream.failed,
        stream.dropped,
        stream.last_error or None,
    )


def rule(visit: Visit) -> WebPage:
    """One rule: its pattern, its targets, and what the newest events met."""
    bus, name = visit.argument("bus"), visit.argument("rule")
    try:
        found = visit.bridge.registry.rule(bus, name)
    except RefusalError:
        raise missing(f"rule {name[:200]!r} on the bus {bus[:200]!r}") from None
    judged = [(trace, each) for trace in newest(visit, bus) for each in trace.rules if each.rule == name]
    return WebPage(
        name,
        (
            Facts("Rule", _facts(found)),
            Facts("Pattern", {"Pattern": block(found.pattern)}),
            Listing(
                "Targets",
                ("Target", "Type", "Endpoint", "Retries", "Tolerates errors", "Dead letters", "Body"),
                [_target(target) for target in found.targets],
                "This rule has no target: what it matches goes nowhere.",
            ),
            Listing(
                "What the newest events met",
                ("Received", "Event", "Type", "Verdict", *WHY_NOT),
                [_met(trace, each) for trace, each in judged],
                "No event has arrived since the rule was made.",
            ),
        ),
        summary=found.description,
        trail=(Link("Rules", "rules"),),
    )


def _facts(found: Rule) -> dict[str, Shown]:
    return {
        "Bus": Link(found.bus, "events", {"bus": found.bus}),
        "Status": _status(found),
        "Created": Moment(found.created_ms),
        "Changed": Moment(found.modified_ms),
    }


def _target(target: Target) -> tuple[Shown, ...]:
    body = target.param("Body")
    return (
        target.id,
        target.type,
        shown_endpoint(target),
        target.retry,
        target.tolerance,
        target.dead_letter or None,
        None if body is None else body.form,
    )


def _met(trace: EventTrace, judged: Judgement) -> tuple[Shown, ...]:
    kind = str(trace.event.get("type", ""))
    return Moment(trace.received_ms), event_link(trace), kind, *verdict(judged)
