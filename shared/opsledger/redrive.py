"""Deliver again what waits in a queue: events that were given up on while the store did not answer.

A message is deleted only after its events are recorded or quarantined. So a redrive can stop at any point: what it did
not delete is received again, and what it recorded without deleting it is a duplicate then. The first message is
received alone, and its write is the probe: while the store does not answer, a redrive costs one short attempt.
"""

from __future__ import annotations

import base64
from contextlib import suppress
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from opsledger import pipeline
from opsledger.deadline import Deadline
from opsledger.errors import WorldFailedError
from opsledger.intake.understand import understand
from opsledger.ledger.state import Disposition
from opsledger.queues import BATCH, parts
from opsledger.queues.parts import Ready, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opsledger.errors import OpsLedgerError
    from opsledger.pipeline import Report
    from opsledger.queues import Queue, QueueMessage
    from opsledger.store import Store

RATE = 50.0
"""Messages a second: some events a second are usual, and a store that has just come back is not to be overrun."""
PROBE_S = 10.0
"""How long the first message is tried."""
BATCH_S = 60.0
"""How long a batch is tried."""
RESERVE_S = 15.0
"""No batch begins with less time left, so that what is recorded is deleted too."""
PARTS_WAIT_MS = 86_400_000
"""A part of this age whose others are nowhere in the queue is delivered by itself, and so goes to quarantine. They are
sent one after the other, so they come together, however long they wait for the store."""
PARTS_TIMES = 3
"""It was received more often than this: the others may be with another receiver, who gives them back."""

_JSON_STARTS = ("{", "[", '"')


class Redriven(NamedTuple):
    """What a redrive of one queue did.

    Attributes:
        queue: its name.
        messages: how many messages were delivered again.
        dispositions: how many deliveries have each disposition; a message may hold several.
        incomplete: messages with a part of a payload whose other parts were not received; they are given back.
        kept: messages that come again: they could not be deleted, or the row of a record of theirs is damaged.
        finished: whether no message was left that could be received.
        reason: why it stopped before, or which row is damaged, empty if neither: the store does not answer, or time was
            up.
    """

    queue: str
    messages: int
    dispositions: dict[str, int]
    incomplete: int
    kept: int
    finished: bool
    reason: str

    def to_json(self) -> dict[str, int | str | bool]:
        """The numbers in one object, for the log and the command."""
        fields = self._asdict()
        del fields["dispositions"]
        return {**fields, **self.dispositions}


class Redrive:
    """One redrive of one queue.

    Args:
        queue: where the messages wait.
        store: where their events are recorded.
        deadline: when to stop.
        request_id: the id that rows are written under.
        rate: messages a second.
        limit: the most messages; None for all.
        on_report: called with the result of each batch, after it is recorded and before it is deleted.
    """

    def __init__(
        self,
        queue: Queue,
        store: Store,
        deadline: Deadline,
        request_id: str,
        *,
        rate: float = RATE,
        limit: int | None = None,
        on_report: Callable[[Report], None] | None = None,
    ) -> None:
        self._queue, self._store, self._deadline = queue, store, deadline
        self._request_id, self._rate, self._limit = request_id, rate, limit
        self._on_report = on_report
        self._waiting = Waiting()
        self._messages = self._kept = self._received = 0
        self._damaged = ""
        self._dispositions = {disposition.value: 0 for disposition in Disposition}

    def run(self) -> Redriven:
        """Deliver until the queue is empty, or the limit is reached, or the store or the time fails.

        Raises:
            WorldFailedError: the queue's service does not answer, or refuses.
        """
        reason, finished = "", False
        size = 1
        try:
            while not reason and not finished and (wanted := self._wanted(size)):
                started = self._deadline.clock.monotonic()
                messages = self._queue.receive(wanted)
                self._received += len(messages)
                reason, finished = self._deliver(self._ready(messages), probe=size == 1), not messages
                self._pace(started, len(messages))
                size = BATCH
                if not reason and not finished and self._deadline.remaining() <= RESERVE_S:
                    reason = "time is up"
            if finished and not reason:
                sent_before = self._deadline.clock.now_ms() - PARTS_WAIT_MS
                reason = self._deliver(self._waiting.given_up(sent_before, PARTS_TIMES), probe=False)
                finished = not reason
        finally:
            self._give_back()
        incomplete, reason = len(self._waiting.messages()), reason or self._damaged
        return Redriven(self._queue.name, self._messages, self._dispositions, incomplete, self._kept, finished, reason)

    def _wanted(self, size: int) -> int:
        return size if self._limit is None else min(size, self._limit - self._received)

    def _ready(self, messages: Sequence[QueueMessage]) -> list[Ready]:
        """What can be delivered now that these messages have come."""
        ready: list[Ready] = []
        for message in messages:
            part = parts.read(message.body)
            if part is None:
                ready.append(Ready(event_of(message.body), (message,)))
            else:
                ready += self._waiting.add(part, message)
        return ready

    def _deliver(self, ready: Sequence[Ready], *, probe: bool) -> str:
        """Record and delete; return why that failed, or an empty text.

        What is about a damaged record stays, and keeps nothing behind it from being delivered.
        """
        if not ready:
            return ""
        understood = [understand(one.payload, one.sent) for one in ready]
        seconds = min(PROBE_S if probe else BATCH_S, self._deadline.remaining() - RESERVE_S / 2)
        deadline = Deadline(self._deadline.clock, seconds)
        try:
            partial = pipeline.record_undamaged(
                list(chain.from_iterable(understood)), self._store, deadline, self._request_id
            )
        except WorldFailedError as error:
            return _said(error)
        self._count(partial.report)
        if partial.damaged is not None:
            self._damaged = self._damaged or _said(partial.damaged)
        entries = iter(partial.entries)
        whole = [None not in list(islice(entries, len(items))) for items in understood]
        done = [message for one, is_whole in zip(ready, whole, strict=True) if is_whole for message in one.messages]
        self._kept += sum(len(one.messages) for one in ready) - len(done)
        self._messages += len(done)
        for start in range(0, len(done), BATCH):
            self._kept += self._queue.delete(done[start : start + BATCH])
        return ""

    def _give_back(self) -> None:
        """Let parts be received again at once.

        While they are hidden, the next run may see the others alone and hide those in turn, and so on. Where it is not
        possible, they come again when the queue's visibility timeout has passed.
        """
        with suppress(WorldFailedError):
            for message in self._waiting.messages():
                if self._deadline.remaining() <= 0:
                    return
                self._queue.release([message])

    def _count(self, report: Report) -> None:
        for entry in report.entries:
            self._dispositions[entry.disposition.value] += 1
        if self._on_report is not None:
            self._on_report(report)

    def _pace(self, started: float, messages: int) -> None:
        clock = self._deadline.clock
        wait = messages / self._rate - (clock.monotonic() - started)
        if wait > 0:
            clock.sleep(min(wait, max(0.0, self._deadline.remaining() - RESERVE_S)))


def _said(error: OpsLedgerError) -> str:
    return f"{type(error).__name__}: {error}"


def event_of(body: str) -> str | bytes:
    """The payload in a message's body; a body in base64, as some programs send it, decoded."""
    if body.lstrip().startswith(_JSON_STARTS):
        return body
    try:
        decoded = base64.b64decode(body.strip(), validate=True)
    except ValueError:
        return body
    return decoded if decoded.lstrip()[:1].decode("latin-1") in _JSON_STARTS else body
