"""Mistakes in what a record is made of: wrong replacements of the original."""

from __future__ import annotations

from typing import Any

from opsledger.catalog.transition import max_known, min_known
from opsledger.ledger.state import Disposition


def arrival_order(_original: Any) -> Any:
    """Walk the transitions in the order of their arrival."""
    return lambda transitions, _lifecycle: [list(transitions)]


def overwrite_terminal_status(original: Any) -> Any:
    """Take the status of the last transition, whatever the lifecycle says."""

    def walk(record: Any) -> Any:
        steps = original(record)
        return steps._replace(current=steps.transitions[-1])

    return walk


def latest_deadline(_original: Any) -> Any:
    """Take the statement with the latest deadline for the newest."""
    return lambda t, lifecycle: (lifecycle.rank(t.status), t.moment // 1000, t.not_before or -1, t.key)


def one_episode(_original: Any) -> Any:
    """Take everything that comes after an end for the same episode."""
    return lambda _self, _before, _after: False


def believe_any_time(_original: Any) -> Any:
    """Believe any moment."""
    return property(lambda _self: False)


def fault_closes_plan(_original: Any) -> Any:
    """Take the end of a fault for that of what was planned."""
    return lambda _transition, _announced: False


def earliest_moment(_original: Any) -> Any:
    """Take the earlier of two moments, though it has no milliseconds."""
    return min_known


def last_receipt(original: Any) -> Any:
    """Date a transition by its last receipt."""

    def join(self: Any, other: Any) -> Any:
        return original(self, other)._replace(received_at=max_known(self.received_at, other.received_at))

    return join


def drop_out_of_order(original: Any) -> Any:
    """Answer an out-of-order notification as such and do not keep it."""

    def apply(before: Any, updates: Any) -> Any:
        applied = original(before, updates)
        dispositions = zip(updates, applied.dispositions, strict=True)
        dropped = {key for update, d in dispositions if d is Disposition.OUT_OF_ORDER for key in update.transitions}
        kept = {key: t for key, t in applied.record.transitions.items() if key not in dropped}
        return applied._replace(record=applied.record._replace(transitions=kept))

    return apply


def add_counts(original: Any) -> Any:
    """Add the counts of two versions of a transition instead of taking the larger one."""

    def join(self: Any, other: Any) -> Any:
        return original(self, other)._replace(count=self.count + other.count)

    return join


def keep_first_values(original: Any) -> Any:
    """Keep the values of the version that arrived first."""

    def join(self: Any, other: Any) -> Any:
        return original(self, other)._replace(at=self.at, detail=self.detail, last_at=self.last_at)

    return join
