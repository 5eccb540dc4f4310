"""What happened to one event: for every rule whether it matched and why not, for every target each attempt.

Traces are kept in the cloud's storage (`traces`), so they can be read later and by another process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from yunmock.exact_json import json_size, load_object, store_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from yunmock.eventbridge.event import Event
    from yunmock.json_types import JsonObject, JsonValue

MAX_ATTEMPTS = 200
"""Of a delivery that is retried for ever only the newest attempts are kept; EXPONENTIAL_DECAY_RETRY makes 177."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver.

    Attributes:
        at_ms: when, since the epoch.
        ok: whether the target accepted it; an invocation that was only queued (202) counts as accepted.
        status: the target's HTTP status, None if it was not reached.
        request_id: the target's own id for the call.
        response: the target's answer, as text.
        error: the error in one line; also that of a queued invocation that has failed by now.
        log: what the function printed and logged.
        duration_ms: how long the function ran.
        asynchronous: whether the target only queued it.
    """

    at_ms: int
    ok: bool
    status: int | None = None
    request_id: str = ""
    response: str = ""
    error: str = ""
    log: str = ""
    duration_ms: float = 0.0
    asynchronous: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """One target's share of an event.

    `state` is delivered, retrying, dead-lettered, dropped or held. A delivery that the target only queued is accepted,
    and at the end of its invocation succeeded or failed.
    """

    target: str
    endpoint: str
    state: str
    attempts: tuple[Attempt, ...] = ()
    next_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One rule's part: whether it matched, the reasons when not, and its targets."""

    rule: str
    matched: bool
    reasons: tuple[str, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class EventTrace:
    """Everything that happened to one published event; `event` is the stamped event. Do not change it."""

    id: str
    bus: str
    received_ms: int
    event: Event
    rules: tuple[Judgement, ...]
    key: str = ""

    @property
    def matched(self) -> list[str]:
        """The names of the rules that matched."""
        return [rule.rule for rule in self.rules if rule.matched]


def trace_size(trace: EventTrace) -> int:
    """About how many bytes a trace has."""
    reasons = sum([len(reason) for rule in trace.rules for reason in rule.reasons])
    return json_size(trace.event) + reasons + attempts_size(trace)


def attempts_size(trace: EventTrace) -> int:
    """About how many bytes the attempts of a trace have."""
    attempts = [attempt for rule in trace.rules for delivery in rule.deliveries for attempt in delivery.attempts]
    return sum([len(attempt.response) + len(attempt.log) + len(attempt.error) for attempt in attempts])


def encode(trace: EventTrace) -> bytes:
    """A trace as stored."""
    return store_json(_fields(trace))


def decode(text: bytes) -> EventTrace:
    """A stored trace."""
    fields: dict[str, Any] = load_object(text)
    return EventTrace(**{**fields, "rules": tuple(_judgement(rule) for rule in fields["rules"])})


def _fields(row: EventTrace | Judgement | Delivery | Attempt) -> JsonObject:
    """A row as JSON; `asdict` would copy the event deeply at each save."""
    return {name: _json(getattr(row, name)) for name in row.__slots__}


def _json(value: Any) -> JsonValue:
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    return _fields(value) if isinstance(value, (Judgement, Delivery, Attempt)) else value


def _judgement(fields: Mapping[str, Any]) -> Judgement:
    deliveries = tuple(
        Delivery(**{**item, "attempts": tuple(Attempt(**attempt) for attempt in item["attempts"])})
        for item in fields["deliveries"]
    )
    return Judgement(fields["rule"], fields["matched"], tuple(fields["reasons"]), deliveries)
