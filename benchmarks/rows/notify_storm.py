"""Notifiers that run at once while a whole zone has something to say: claims, tokens and digests, on loopback."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import servers, workload
from benchmarks.measure import Measurement, Side, Threshold
from benchmarks.rows.conflict_storm import CountingStore
from opsledger import pipeline
from opsledger.deadline import Deadline, SystemClock
from opsledger.notify import config
from opsledger.notify.deliveries import SENT, read_delivery
from opsledger.notify.exchange import Response
from opsledger.notify.notifier import notify
from opsledger.store.tables import DELIVERIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes
    from opsledger.notify.exchange import Request
    from opsledger.store import Store

NOTIFIERS = 4
SECONDS = 149.0
"""What remains of the notifier's timeout of 150 s."""
ADDRESS = "https://oapi.dingtalk.com/robot/send?access_token=none"
MOST_MESSAGES = 3
LATER_MS = 90_000
"""A later run of the timer, when the chat may get messages again: a minute, and what a request may take."""


@dataclass
class Clock(SystemClock):
    """Real time, or some of it ahead."""

    ahead_ms: int = 0

    def now_ms(self) -> int:
        """The wall clock, in ms since the epoch, UTC, and what it is ahead."""
        return super().now_ms() + self.ahead_ms


class Storm(NamedTuple):
    """What became of a storm.

    Attributes:
        calls: of all notifiers, those of the later run not included.
        texts: what the chat got at once.
        sent: of how many records everything was sent at once; sent_later: after the later run.
        repeats: how many messages said that they may have been sent before.
    """

    calls: int
    texts: int
    sent: int
    sent_later: int
    repeats: int


class Robot:
    """A chat robot that takes everything, and counts it."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._lock = threading.Lock()

    def send(self, request: Request) -> Response:
        """Take a message."""
        with self._lock:
            self.texts.append(json.loads(request.body)["markdown"]["text"])
        return Response(200, {}, b'{"errcode": 0, "errmsg": "ok"}')


def measure(sizes: Sizes) -> Iterator[Measurement]:
    """The calls per record, the messages, and the share of records that people heard of."""
    records = sizes.zone_records
    alone, storm = _storm(records, 1), _storm(records, NOTIFIERS)
    what = f"notify storm: {NOTIFIERS} notifiers at once, {records} records of one zone"
    yield Measurement(
        what,
        "calls/record",
        (Side("ours", (storm.calls / records,)), Side("one notifier", (alone.calls / records,))),
        (
            Threshold("messages to the chat", storm.texts, MOST_MESSAGES),
            Threshold("possible repeats", storm.repeats, 0),
        ),
    )
    yield Measurement(
        f"{what}: heard of",
        "%",
        (
            Side("ours: at once", (100 * storm.sent / records,)),
            Side("ours: by the next run with room", (100 * storm.sent_later / records,)),
            Side("one notifier: at once", (100 * alone.sent / records,)),
        ),
        (Threshold("%, by the next run with room", 100 * storm.sent_later / records, 100, at_least=True),),
        f"A chat gets {MOST_MESSAGES} messages a minute. Who comes to them first decides how many records they are "
        f"about; the others wait for the first run of the timer with room again, here {LATER_MS // 1000} s later.",
    )


def _storm(records: int, notifiers: int) -> Storm:
    with servers.yunmock_served() as environment:
        shared = servers.store(environment)
        for first in range(0, records, workload.BATCH):
            count = min(workload.BATCH, records - first)
            pipeline.process(workload.batch(first, count), shared, Deadline(SystemClock(), SECONDS), f"batch {first}")
        robot, stores = Robot(), [CountingStore(shared) for _ in range(notifiers)]
        threads = [threading.Thread(target=_notify, args=(store, robot, n)) for n, store in enumerate(stores)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sent, texts = _sent(shared), len(robot.texts)
        _notify(shared, robot, notifiers, LATER_MS)
        repeats = sum("possible repeat" in text for text in robot.texts)
        return Storm(sum(store.calls for store in stores), texts, sent, _sent(shared), repeats)


def _sent(store: Store) -> int:
    found = [read_delivery(row) for row in store.walk(DELIVERIES, [])]
    return len({delivery.subject for delivery in found} - {d.subject for d in found if d.state != SENT})


def _notify(store: Store, robot: Robot, number: int, ahead_ms: int = 0) -> None:
    routes = config.read(ADDRESS)
    assert routes is not None
    notify(store, routes, robot, Deadline(Clock(ahead_ms), SECONDS), f"notifier {number}")
