"""A transition: one step of an entity through its lifecycle, and how two reports of one step are joined."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

SEVERITIES = ("info", "warning", "critical")

T = TypeVar("T", int, str)


class Transition(NamedTuple):
    """One step. Moments and durations are in ms; None where unknown.

    Attributes:
        status: a status of the lifecycle.
        key: tells it from the entity's other transitions; made from the content alone.
        type: the event type that reported it.
        at: when the status was reached; None when no delivery says so.
        due: when what it announces will have happened.
        notice_period: how long after it was last seen it is due, where the source gives no moment.
        count and last_at: how often and until when it was seen, where the source counts (Kubernetes).
        detail: what a reader wants to see beside the status, as text.
        anomalies: what is irregular about this transition alone, as `name` or `name:note`.
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

    @property
    def due_at(self) -> int | None:
        """When what it announces will have happened, in ms."""
        seen = self.last_at or self.at
        return self.due if self.notice_period is None or seen is None else seen + self.notice_period

    def join(self, other: Transition) -> Transition:
        """Both reports of this step as one: the earliest beginning, the latest end, the largest count.

        The result is the same whichever comes first, and joining one twice changes nothing.
        """
        if self == other:
            return self
        return self._replace(
            type=min(self.type, other.type),
            severity=max(self.severity, other.severity, key=SEVERITIES.index),
            at=min_known(self.at, other.at),
            not_before=max_known(self.not_before, other.not_before),
            due=min_known(self.due, other.due),
            notice_period=min_known(self.notice_period, other.notice_period),
            started_at=min_known(self.started_at, other.started_at),
            finished_at=max_known(self.finished_at, other.finished_at),
            count=max(self.count, other.count),
            last_at=max_known(self.last_at, other.last_at),
            detail=_join_detail(self.detail, other.detail),
            anomalies=tuple(sorted({*self.anomalies, *other.anomalies})),
        )


def min_known(one: T | None, other: T | None) -> T | None:
    """The smaller of two values; None where neither is known."""
    return other if one is None else one if other is None else min(one, other)


def max_known(one: T | None, other: T | None) -> T | None:
    """The larger of two values; None where neither is known."""
    return other if one is None else one if other is None else max(one, other)


def _join_detail(one: Mapping[str, str], other: Mapping[str, str]) -> Mapping[str, str]:
    if one == other:
        return one
    return {k: v for k in sorted({*one, *other}) if (v := min_known(one.get(k), other.get(k))) is not None}
