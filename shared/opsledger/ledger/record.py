"""A record: one tracked entity and the set of its transitions, and how two sets are joined.

A join is commutative, associative and idempotent. So a set of notifications gives the same record in every order,
grouping and repetition.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from opsledger import catalog
from opsledger.catalog.transition import min_known
from opsledger.errors import UnknownTypeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.catalog import Kind, Lifecycle
    from opsledger.catalog.transition import Transition

KEEP = 100
"""A record keeps this many of its newest transitions; the ledger has all of them."""


class Record(NamedTuple):
    """One tracked entity and its transitions by key.

    Attributes:
        key: `<prefix of the kind>:<entity id>`.
        first_at: the earliest moment of any transition, also of those no longer kept, in ms.
        truncated: whether older transitions are only in the ledger.
        also: further resources that notifications of the same entity name; `resource_id` is the smallest of all.
        overdue_at: the moment by which it should have moved, in ms, once the sweeper found that it has not. Not
            part of the join: an update that moves the record removes it.
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
    overdue_at: int | None = None

    @property
    def partition(self) -> str:
        """The resource, as the ledger's rows are grouped: `ecs:instance:i-…`."""
        return f"{self.product}:{self.resource_type}:{self.resource_id}"

    def catalog_kind(self) -> Kind:
        """The catalogue's row of this record's kind.

        Raises:
            KeyError: this version's catalogue has no such kind.
        """
        return catalog.kind(self.kind)

    def unknown(self) -> str | None:
        """The kind, status or type that the catalogue lacks, because another version wrote it; None if it has all."""
        try:
            kind = self.catalog_kind()
        except KeyError:
            return f"kind {self.kind!r}"
        for transition in self.transitions.values():
            if not kind.lifecycle.accepts(transition.status):
                return f"status {transition.status!r}"
            try:
                catalog.find(transition.type)
            except UnknownTypeError:
                return f"type {transition.type!r}"
        return None

    def join(self, other: Record) -> Record:
        """This record with the transitions of `other`, of the same entity; this object itself if nothing is new."""
        merged = dict(self.transitions)
        for key, transition in other.transitions.items():
            merged[key] = merged[key].join(transition) if key in merged else transition
        kept = _newest(merged, self.catalog_kind().lifecycle)
        resources = sorted({self.resource_id, *self.also, other.resource_id, *other.also})
        joined = self._replace(
            resource_id=resources[0],
            also=tuple(resources[1:KEEP]),
            account=min_known(self.account, other.account),
            region=min_known(self.region, other.region),
            transitions=kept,
            first_at=min_known(self.first_at, other.first_at),
            truncated=self.truncated or other.truncated or len(kept) < len(merged),
        )
        return self if joined == self else joined._replace(overdue_at=None)


def order_key(transition: Transition, lifecycle: Lifecycle) -> tuple[int | str, ...]:
    """The sort key that puts transitions first to last, the same way for every order of arrival.

    A progress lifecycle sorts by rank first, because a later stage comes later even if clocks disagree. The
    transition's key breaks every tie, so that the order of arrival cannot.
    """
    rank = lifecycle.rank(transition.status)
    at = -1 if transition.at is None else transition.at
    if lifecycle.order is catalog.Order.PROGRESS:
        return rank, at, transition.not_before or -1, transition.key
    return at, rank, transition.key


def _newest(transitions: dict[str, Transition], lifecycle: Lifecycle) -> dict[str, Transition]:
    if len(transitions) <= KEEP:
        return transitions
    newest = sorted(transitions.values(), key=lambda t: order_key(t, lifecycle))[-KEEP:]
    return {transition.key: transition for transition in newest}
