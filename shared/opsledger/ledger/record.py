"""A record: one tracked entity and the set of its transitions, and how two sets are joined.

A join is commutative, associative and idempotent. So a set of notifications gives the same record in every order,
grouping and repetition.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from opsledger import catalog
from opsledger.catalog.transition import min_known
from opsledger.errors import UnknownTypeError
from opsledger.ledger import codec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opsledger.catalog import Kind, Lifecycle
    from opsledger.catalog.transition import Transition

KEEP = 100
"""A record keeps this many of its newest transitions; the ledger has all of them."""


class Record(NamedTuple):
    """One tracked entity and its transitions by key.

    Attributes:
        key: `<prefix of the kind>:<entity id>`, the id qualified where it is not unique in the world.
        transitions: the newest `KEEP`, by key.
        first_at: the earliest moment of the transitions no longer kept, in ms, to the second.
        truncated: whether older transitions are only in the ledger.
        also, also_accounts, also_regions: further resources, accounts and regions that notifications of the same entity
            name; `resource_id`, `account` and `region` are the smallest of all.
        overdue_at: the moment by which it should have moved, in ms, once the sweeper found that it has not.
        settled_by, settled_at: the record whose transition ended what this one announces, and when, in ms: an instance
            was deleted, so its interruption is over.
        notify_at: when people are to be notified of it, in ms; None where there is nothing to send.

    The marks `overdue_at` and `settled_*` are no part of the join: an update that moves the record removes them, and
    the next sweep sets them again where they still hold. `notify_at` stays until it is set otherwise.
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
    also_accounts: tuple[str, ...] = ()
    also_regions: tuple[str, ...] = ()
    overdue_at: int | None = None
    settled_by: str | None = None
    settled_at: int | None = None
    notify_at: int | None = None

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
        for status, type_ in dict.fromkeys([(t.status, t.type) for t in self.transitions.values()]):
            if not kind.lifecycle.accepts(status):
                return f"status {status!r}"
            try:
                catalog.find(type_)
            except UnknownTypeError:
                return f"type {type_!r}"
        return None

    def join(self, other: Record) -> Record:
        """This record with the transitions of `other`, of the same entity; this object itself if nothing is new."""
        merged = joined_by_key(other.transitions.values(), self.transitions)
        kept, first_at = _newest(merged, self.catalog_kind().lifecycle)
        resources = sorted({self.resource_id, *self.also, other.resource_id, *other.also})
        accounts = _named(self.account, self.also_accounts, other.account, other.also_accounts)
        regions = _named(self.region, self.also_regions, other.region, other.also_regions)
        joined = self._replace(
            resource_id=resources[0],
            also=tuple(resources[1:KEEP]),
            account=accounts[0],
            also_accounts=accounts[1:KEEP],
            region=regions[0],
            also_regions=regions[1:KEEP],
            transitions=kept,
            first_at=min_known(min_known(self.first_at, other.first_at), first_at),
            truncated=self.truncated or other.truncated or len(kept) < len(merged),
        )
        return self if joined == self else _marked(joined, self)

    def due_for_notifier(self, moment: int | None) -> Record:
        """This record with another `notify_at`, its last field: `_replace` takes five times as long."""
        return Record(*self[:-1], moment)

    def rekeyed(self, former: Mapping[str, str]) -> Record:
        """This record with each transition under a former key put under its present one."""
        renewed = {old: new for old, new in former.items() if old in self.transitions}
        if not renewed:
            return self
        every = self.transitions.values()
        return self._replace(transitions=joined_by_key(t._replace(key=renewed.get(t.key, t.key)) for t in every))

    def with_arrivals(self, other: Record) -> Record:
        """This record with the arrivals of `other`'s transitions.

        The ledger keeps one delivery of each content, so a record made of it lacks those of the others.
        """
        return self._replace(
            transitions={
                key: t.with_arrival_of(other.transitions[key]) if key in other.transitions else t
                for key, t in self.transitions.items()
            }
        )


def _marked(joined: Record, before: Record) -> Record:
    """`joined` without marks, unless it differs from the record `before` only in when copies arrived."""
    if (joined.overdue_at is None and joined.settled_at is None) or _decisive(joined) == _decisive(before):
        return joined
    return joined._replace(overdue_at=None, settled_by=None, settled_at=None)


def _decisive(record: Record) -> Record:
    """The record without what tells only when copies arrived, and decides nothing."""
    return record._replace(transitions={k: t.without_receipt() for k, t in record.transitions.items()})


def joined_by_key(
    transitions: Iterable[Transition], known: Mapping[str, Transition] = MappingProxyType({})
) -> dict[str, Transition]:
    """The transitions by key, behind the `known`; those of one key are joined."""
    joined = dict(known)
    for transition in transitions:
        same = joined.get(transition.key)
        joined[transition.key] = transition if same is None else same.join(transition)
    return joined


def _named(one: str | None, also: tuple[str, ...], other: str | None, further: tuple[str, ...]) -> tuple[Any, ...]:
    """All that is named, sorted; only None where nothing is."""
    if one == other and also == further:
        return one, *also
    return tuple(sorted({name for name in (one, *also, other, *further) if name is not None})) or (None,)


def _newest(transitions: dict[str, Transition], lifecycle: Lifecycle) -> tuple[dict[str, Transition], int | None]:
    """The transitions to keep, and the earliest moment of those to drop.

    The order and that moment are made of the keys and statuses alone. Those never change, so what is dropped once is
    dropped whatever comes later, and the kept set does not depend on the order of arrival. A transition whose key has
    no moment counts as new: it may be a warning, and there is at most one of each status and content.
    """
    if len(transitions) <= KEEP:
        return transitions, None
    by_stage = lifecycle.order is catalog.Order.PROGRESS
    order = sorted(
        transitions.values(),
        key=lambda t: (lifecycle.rank(t.status) if by_stage else 0, codec.key_moment(t.key) is None, t.key),
    )
    dropped = [moment for t in order[:-KEEP] if (moment := codec.key_moment(t.key)) is not None]
    return {transition.key: transition for transition in order[-KEEP:]}, min(dropped, default=None)
