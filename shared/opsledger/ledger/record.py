"""What is kept of a tracked thing: the set of its transitions, and how two sets become one.

Every operation here is a join: commutative, associative and idempotent. So the record of a set of notifications is the
same whatever their order, grouping and repetition, by construction and not by care.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from opsledger import catalog, strict_json
from opsledger.errors import UnknownTypeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.catalog import Kind, Lifecycle

SCHEMA = 2
"""The version of the rows; it grows when they change. A row of any earlier version is read, and written as this one.

1: the first. 2: records may name further resources (`also`) and be overdue; quarantine entries may be resolved."""

KEEP = 100
"""A history without end (state changes) keeps this many newest transitions in the record; the ledger has all."""

SEVERITIES = ("info", "warning", "critical")

T = TypeVar("T", int, str)


class Transition(NamedTuple):
    """One step of a thing's life.

    Attributes:
        key: tells it from the thing's other transitions; made from the content alone.
        status: a word of the lifecycle.
        type: the event type that told it.
        at: when, in ms; None when no delivery of it said so.
        due: when what it announces will have happened, in ms; notice: how long after it was last seen, in ms.
        count and last_at: how often and until when it was seen, where the source counts (Kubernetes).
    """

    key: str
    status: str
    type: str
    severity: str = "info"
    at: int | None = None
    not_before: int | None = None
    due: int | None = None
    notice: int | None = None
    started_at: int | None = None
    finished_at: int | None = None
    count: int = 1  # type: ignore[assignment]  # it hides a tuple's method, which has no use here
    last_at: int | None = None
    detail: Mapping[str, str] = MappingProxyType({})
    anomalies: tuple[str, ...] = ()

    @property
    def deadline(self) -> int | None:
        """When what it announces will have happened, in ms."""
        seen = self.last_at or self.at
        return self.due if self.notice is None or seen is None else seen + self.notice

    def join(self, other: Transition) -> Transition:
        """What both know: the earliest beginning, the latest end, the largest count."""
        if self == other:
            return self
        return Transition(
            key=self.key,
            status=self.status,
            type=min(self.type, other.type),
            severity=max(self.severity, other.severity, key=SEVERITIES.index),
            at=least(self.at, other.at),
            not_before=greatest(self.not_before, other.not_before),
            due=least(self.due, other.due),
            notice=least(self.notice, other.notice),
            started_at=least(self.started_at, other.started_at),
            finished_at=greatest(self.finished_at, other.finished_at),
            count=max(self.count, other.count),
            last_at=greatest(self.last_at, other.last_at),
            detail=_join_detail(self.detail, other.detail),
            anomalies=tuple(sorted({*self.anomalies, *other.anomalies})),
        )

    def written(self) -> str:
        """The fields that say something, as JSON: the same text for the same transition."""
        said = {name: v for name, place, usual in _FIELDS if (v := self[place]) is not None and v != usual}
        if self.detail:
            said["detail"] = dict(sorted(self.detail.items()))
        return strict_json.write_in_order(said)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Transition:
        """What `written` wrote, read again; a field of a newer schema is passed over."""
        given = {name: found for name, found in value.items() if name in cls._fields}
        return cls(**{**given, "anomalies": tuple(given.get("anomalies", ()))})


_FIELDS: tuple[tuple[str, int, Any], ...] = tuple(
    sorted((name, place, Transition._field_defaults.get(name)) for place, name in enumerate(Transition._fields))
)
"""A transition's fields by name, where they are, and what they say when they say nothing."""


class Record(NamedTuple):
    """One tracked thing: who it is, and its transitions by key.

    Attributes:
        key: `<prefix of the kind>:<identity>`, for people to type.
        first_at: the earliest moment of any transition ever seen, also of those no longer kept.
        truncated: whether older transitions are in the ledger alone.
        also: further resources that notifications of the same thing name; `resource_id` is the least of all.
        lapsed: the moment by which it should have moved, in ms, once the sweeper found that it has not. No part of what
            is folded: whatever moves the record removes it.
    """

    key: str
    kind: str
    product: str
    resource_type: str
    resource_id: str
    account: str | None = None
    region: str | None = None
    transitions: Mapping[str, Transition] = MappingProxyType({})
    first_at: int | None = None
    truncated: bool = False
    also: tuple[str, ...] = ()
    lapsed: int | None = None

    def spec(self) -> Kind:
        """The catalogue's row of this record's kind."""
        return catalog.kind(self.kind)

    def unknown(self) -> str | None:
        """What of this record the catalogue lacks: another version of this library wrote it."""
        try:
            kind = catalog.kind(self.kind)
        except KeyError:
            return f"kind {self.kind!r}"
        for transition in self.transitions.values():
            if transition.status not in kind.lifecycle.moves:
                return f"status {transition.status!r}"
            try:
                catalog.find(transition.type)
            except UnknownTypeError:
                return f"type {transition.type!r}"
        return None

    def join(self, other: Record) -> Record:
        """What both know of the same thing; this very record where the other says nothing new."""
        merged = dict(self.transitions)
        for key, transition in other.transitions.items():
            merged[key] = merged[key].join(transition) if key in merged else transition
        kept = _newest(merged, self.spec().lifecycle)
        named = sorted({self.resource_id, *self.also, other.resource_id, *other.also})
        joined = self._replace(
            resource_id=named[0],
            also=tuple(named[1:KEEP]),
            account=least(self.account, other.account),
            region=least(self.region, other.region),
            transitions=kept,
            first_at=least(self.first_at, other.first_at),
            truncated=self.truncated or other.truncated or len(kept) < len(merged),
        )
        return self if joined == self else joined._replace(lapsed=None)


def order_key(transition: Transition, lifecycle: Lifecycle) -> tuple[Any, ...]:
    """Sorts transitions from first to last, the same way for every order of arrival."""
    rank = lifecycle.rank(transition.status)
    at = -1 if transition.at is None else transition.at
    if lifecycle.order is catalog.Order.PROGRESS:
        return rank, at, transition.not_before or -1, transition.key
    return at, rank, transition.key


def least(one: T | None, other: T | None) -> T | None:
    """The smaller of two, where None knows nothing."""
    return other if one is None else one if other is None else min(one, other)


def greatest(one: T | None, other: T | None) -> T | None:
    """The larger of two, where None knows nothing."""
    return other if one is None else one if other is None else max(one, other)


def _join_detail(one: Mapping[str, str], other: Mapping[str, str]) -> Mapping[str, str]:
    if one == other:
        return one
    return {k: v for k in sorted({*one, *other}) if (v := least(one.get(k), other.get(k))) is not None}


def _newest(transitions: dict[str, Transition], lifecycle: Lifecycle) -> dict[str, Transition]:
    if len(transitions) <= KEEP:
        return transitions
    newest = sorted(transitions.values(), key=lambda t: order_key(t, lifecycle))[-KEEP:]
    return {transition.key: transition for transition in newest}
