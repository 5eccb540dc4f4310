"""Every run of a function, whatever caused it: callers, events, timers, retries. The newest are kept in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from yunmock.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from yunmock.fc.destination import Destination
    from yunmock.services import Invocation, InvocationRecord

MAX_RECORDS = 10_000
MAX_BYTES = 32 * 1024 * 1024
KEPT_BODY = 64 * 1024
"""Of a longer event or result the beginning is kept, of a longer log the end."""
RECORD_BYTES = 1000
"""About what a record takes without its texts."""


class Journal:
    """The newest invocations of one cloud.

    Args:
        listeners: called with each record, in the thread that ran the function.
    """

    def __init__(self, listeners: Iterable[Callable[[InvocationRecord], None]]) -> None:
        self._listeners = listeners
        self._records: Recent[InvocationRecord] = Recent(MAX_RECORDS, MAX_BYTES, self._forget)
        self._runs: dict[str, list[InvocationRecord]] = {}
        self._destinations: dict[str, Destination] = {}

    def add(self, record: InvocationRecord) -> None:
        """Keep a record, and show it to the listeners."""
        kept = replace(record, event=record.event[:KEPT_BODY], invocation=_shortened(record.invocation))
        self._runs.setdefault(kept.invocation.request_id, []).append(kept)
        self._records.add(kept, _size(kept))
        for listener in list(self._listeners):
            listener(kept)

    def sent(self, request_id: str, destination: Destination) -> None:
        """Remember where the result of an asynchronous invocation was sent."""
        if request_id in self._runs:
            self._destinations[request_id] = destination

    def of_function(self, name: str | None = None) -> list[InvocationRecord]:
        """The runs of a function, or of all, the oldest first."""
        return [self._shown(record) for record in self._records.items() if name in (None, record.invocation.function)]

    def of_request(self, request_id: str) -> list[Invocation]:
        """The results of each run of one invocation so far."""
        return [record.invocation for record in list(self._runs.get(request_id, ()))]

    def clear(self) -> None:
        """Forget everything."""
        self._records.clear()
        self._runs.clear()
        self._destinations.clear()

    def _shown(self, record: InvocationRecord) -> InvocationRecord:
        """The record; that of an invocation's last run with the destination of the result."""
        request_id = record.invocation.request_id
        sent, runs = self._destinations.get(request_id), self._runs.get(request_id, ())
        if sent is None or not runs or runs[-1] is not record:
            return record
        return replace(record, destination=sent.arn, destination_error=sent.error)

    def _forget(self, record: InvocationRecord) -> None:
        runs = self._runs.get(record.invocation.request_id, [])
        if record in runs:
            runs.remove(record)
        if not runs:
            self._runs.pop(record.invocation.request_id, None)
            self._destinations.pop(record.invocation.request_id, None)


def _shortened(invocation: Invocation) -> Invocation:
    if len(invocation.body) <= KEPT_BODY and len(invocation.log) <= KEPT_BODY:
        return invocation
    return replace(invocation, body=invocation.body[:KEPT_BODY], log=invocation.log[-KEPT_BODY:])


def _size(record: InvocationRecord) -> int:
    made = record.invocation
    return RECORD_BYTES + len(record.event) + len(made.body) + len(made.error) + len(made.log)
