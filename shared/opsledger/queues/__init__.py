"""Queues of Simple Message Queue (SMQ, formerly MNS), in which events wait that could not be recorded.

`parts` splits what is too large for one message; `client` speaks the service's API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

BATCH = 16
"""The most messages of one call (alibabacloud.com/help/doc-detail/128343.htm)."""
MESSAGE_BYTES = 64 * 1024
"""The most bytes of one message; a larger one is refused (the same page)."""


class QueueMessage(NamedTuple):
    """A message as received; it is hidden from other receivers until its queue's visibility timeout has passed.

    Attributes:
        handle: deletes the message, as long as it is hidden.
        sent: when it was put into the queue, in ms since the epoch, UTC.
        times: how often it has been received, this time included.
    """

    id: str
    body: str
    handle: str
    sent: int
    times: int


class Queue(Protocol):
    """One queue. Every method raises `WorldFailedError` when the service does not answer or refuses."""

    name: str

    def send(self, body: str) -> None:
        """Put a message of at most `MESSAGE_BYTES` into the queue."""

    def receive(self, limit: int) -> Sequence[QueueMessage]:
        """Up to `limit` messages, at most `BATCH`; none if the queue has none that is visible."""

    def delete(self, messages: Sequence[QueueMessage]) -> int:
        """Delete up to `BATCH` messages; return how many stay, because they have become visible again."""

    def release(self, messages: Sequence[QueueMessage]) -> None:
        """Let messages be received again at once."""
