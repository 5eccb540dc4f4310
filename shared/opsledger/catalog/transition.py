"""A transition: one step of an entity through its lifecycle, and how two reports of one step are joined.

Routes report one step with different precision and completeness: one gives milliseconds and execution times, another
neither. So what tells steps apart is only what every route carries, cut to the second (`Transition.key`), and the rest
is joined.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

SEVERITIES = ("info", "warning", "critical")

T = TypeVar("T", int, str)

UNNOTED = 0
"""`received_at` and `sent_at` of a step that a version before 0.2.0 stored: earlier than any that is noted. It stays so
whatever comes later."""

MAX_AGE_MS = 400 * 86_400_000
"""A step is reported within days, a history is read back for months at most; a year and a month is beyond both."""
MAX_AHEAD_MS = 60 * 86_400_000
"""Clocks are minutes apart, a wrong time zone makes hours, a wrong month a month. So a report is refused its say only
where it is two months ahead of when it was received."""
MAX_LAST_AHEAD_MS = MAX_AGE_MS
"""The same for `last_at`, which a repeating event moves on for months after it was first received."""


class Transition(NamedTuple):
    """One step. Moments and durations are in ms; None where unknown.

    Attributes:
        status: a status of the lifecycle.
        key: tells it from the entity's other transitions: `<second>-<hash>`, made by `codec.transition_key` of what
            every route carries. The earliest sorts first.
        type: the event type that reported it.
        at: when the status was reached, by the content or, where the key is made of it, by the envelope; None when no
            delivery says so.
        due: when what it announces will have happened.
        notice_period: how long after it was last seen it is due, where the source gives no moment.
        count and last_at: how often and until when it was seen, where the source counts (Kubernetes).
        detail: what a reader wants to see beside the status, as text.
        anomalies: what is irregular about this transition alone, as `name` or `name:note`.
        issued_at: when the source published the event that this is a step of, by its content.
        sent_at and last_sent_at: the least and the greatest time of an envelope that it came in.
        received_at: when its first delivery was received; `UNNOTED` where an earlier version received it.
    """

    status: str
    key: str = ""
    type: str = ""
    severity: str = "info"
    at: int | None = None
    not_before: int | None = None
    due: int | None = None
    notice_period: int | None = None
    started_at: int | None = None
    finished_at: int | None = None
    count: int = 1  # type: ignore[assignment]  # hides a tuple's method, which has no use here
    last_at: int | None = None
    detail: Mapping[str, str] = MappingProxyType({})
    anomalies: tuple[str, ...] = ()
    issued_at: int | None = None
    sent_at: int | None = None
    last_sent_at: int | None = None
    received_at: int | None = None

    @property
    def moment(self) -> int | None:
        """When the status was reached, by the best that is known: the content, the envelope, the receipt; in ms."""
        if self.at is not None:
            return self.at
        return self.sent_at or self.started_at or self.issued_at or self.received_at or None

    @property
    def dated_by_receipt(self) -> bool:
        """Whether nothing but its receipt says when it was."""
        if self.at is not None or not self.received_at:
            return False
        return not (self.sent_at or self.started_at or self.issued_at)

    @property
    def stated_at(self) -> int:
        """When the source said so, which orders statements about the same step; `UNNOTED` where that is unknown."""
        return self.sent_at if self.sent_at is not None else self.received_at or UNNOTED

    @property
    def due_at(self) -> int | None:
        """When what it announces will have happened, in ms."""
        if self.notice_period is None:
            return self.due
        seen = self.last_at or self.moment
        return self.due if seen is None else seen + self.notice_period

    @property
    def absurd(self) -> bool:
        """Whether its moments are too far from when it was received to be true."""
        if not self.received_at:
            return False
        at, last = self.at, self.last_at
        if at is not None and not -MAX_AGE_MS <= at - self.received_at <= MAX_AHEAD_MS:
            return True
        return last is not None and last - self.received_at > MAX_LAST_AHEAD_MS

    def join(self, other: Transition) -> Transition:
        """Both reports of this step as one: the most precise moments, the earliest beginning, the largest count.

        The result does not depend on which comes first, and joining one twice changes nothing: each field is the least
        or the greatest by a total order.
        """
        if self == other:
            return self
        sent_at = min_known(self.sent_at, other.sent_at)
        return self._replace(
            type=min(self.type, other.type),
            severity=max(self.severity, other.severity, key=SEVERITIES.index),
            at=_first(self.at, other.at),
            not_before=_first(self.not_before, other.not_before),
            due=_first(self.due, other.due),
            notice_period=min_known(self.notice_period, other.notice_period),
            started_at=_first(self.started_at, other.started_at),
            finished_at=_last(self.finished_at, other.finished_at),
            count=max(self.count, other.count),
            last_at=max_known(self.last_at, other.last_at),
            detail=_join_detail(self.detail, other.detail),
            anomalies=tuple(sorted({*self.anomalies, *other.anomalies})),
            issued_at=_first(self.issued_at, other.issued_at),
            sent_at=sent_at,
            last_sent_at=sent_at if sent_at == UNNOTED else max_known(self.last_sent_at, other.last_sent_at),
            received_at=min_known(self.received_at, other.received_at),
        )

    def with_arrival_of(self, other: Transition) -> Transition:
        """This step with what is known of when `other`, another record of it, was sent and received."""
        return self.join(
            self._replace(sent_at=other.sent_at, last_sent_at=other.last_sent_at, received_at=other.received_at)
        )

    def without_receipt(self) -> Transition:
        """The step without what tells only when copies of it arrived, and decides nothing."""
        received_at = self.received_at if self.sent_at is None else None
        return self._replace(last_sent_at=None, received_at=received_at)


def whole_second(moment: int) -> int:
    """`moment` without its milliseconds, which not every route carries."""
    return moment - moment % 1000


def min_known(one: T | None, other: T | None) -> T | None:
    """The smaller of two values; None where neither is known."""
    return other if one is None else one if other is None else min(one, other)


def max_known(one: T | None, other: T | None) -> T | None:
    """The larger of two values; None where neither is known."""
    return other if one is None else one if other is None else max(one, other)


def _first(one: int | None, other: int | None) -> int | None:
    """The more precise of two moments, then the earlier: one with milliseconds before one without."""
    if one is None or other is None or one == other:
        return other if one is None else one
    return min(one, other, key=_imprecise_then_late)


def _last(one: int | None, other: int | None) -> int | None:
    """The more precise of two moments, then the later."""
    if one is None or other is None or one == other:
        return other if one is None else one
    return min(one, other, key=_imprecise_then_early)


def _imprecise_then_late(moment: int) -> tuple[bool, int]:
    return moment % 1000 == 0, moment


def _imprecise_then_early(moment: int) -> tuple[bool, int]:
    return moment % 1000 == 0, -moment


def _join_detail(one: Mapping[str, str], other: Mapping[str, str]) -> Mapping[str, str]:
    if one == other:
        return one
    return {k: v for k in sorted({*one, *other}) if (v := min_known(one.get(k), other.get(k))) is not None}
