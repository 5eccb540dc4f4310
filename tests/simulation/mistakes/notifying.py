"""Mistakes of the notifier: wrong replacements of the original."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsledger.notify.deliveries import CLAIMED, LEASE_MS
from opsledger.notify.exchange import SENT, by_status

if TYPE_CHECKING:
    from collections.abc import Iterator


def mark_before_sending(original: Any) -> Any:
    """Note that a message was sent, then send it."""

    def deliver(self: Any, name: str, items: Any) -> None:
        self._note([(delivery, delivery.answered(SENT, self._now(), "early")) for delivery, _ in items])
        original(self, name, items)

    return deliver


def judge_by_status(_original: Any) -> Any:
    """Take HTTP 200 for a success, whatever code the body has."""
    return lambda response, *_: by_status(response)


def claim_unfenced(_original: Any) -> Any:
    """Claim a delivery also where another notifier has claimed it meanwhile."""

    def claimed(self: Any, owner: str, now_ms: int) -> Any:
        due_at = now_ms + LEASE_MS
        return self._replace(state=CLAIMED, owner=owner, due_at=due_at, attempts=self.attempts + 1)

    return claimed


def send_each(_original: Any) -> Any:
    """Send a message for each notification, however many there are."""

    def bundles(_self: Any, _name: str, deliveries: Any) -> Iterator[Any]:
        yield from ([delivery] for delivery in deliveries)

    return bundles


def take_no_tokens(_original: Any) -> Any:
    """Send without a look at what was sent in the last minute."""
    return lambda _self, *_: True


def disarm(_original: Any) -> Any:
    """Write a record as a handler of an earlier version, which does not know that it is due for the notifier."""
    return lambda record, before: record if before is None else record._replace(notify_at=None)
