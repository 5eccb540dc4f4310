"""Notifiers that run at once while a whole zone has something to say: claims, tokens and digests, on loopback."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

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
    alone, _, _ = _storm(sizes.zone_records, 1)
    calls, sent, robot = _storm(sizes.zone_records, NOTIFIERS)
    yield Measurement(
        f"notify storm: {NOTIFIERS} notifiers at once, {sizes.zone_records} records of one zone",
        "calls/record",
        (Side("ours", (calls / sizes.zone_records,)), Side("one notifier", (alone / sizes.zone_records,))),
        (
            Threshold("messages to the chat", len(robot.texts), MOST_MESSAGES),
            Threshold("possible repeats", sum("possible repeat" in text for text in robot.texts), 0),
            Threshold("records sent ÷ records", sent / sizes.zone_records, 1, at_least=True),
        ),
    )


def _storm(records: int, notifiers: int) -> tuple[int, int, Robot]:
    """The calls of all notifiers, of how many records everything was sent, and the robot."""
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
        found = [read_delivery(row) for row in shared.walk(DELIVERIES, [])]
    complete = {delivery.subject for delivery in found} - {d.subject for d in found if d.state != SENT}
    return sum(store.calls for store in stores), len(complete), robot


def _notify(store: Store, robot: Robot, number: int) -> None:
    routes = config.read(ADDRESS)
    assert routes is not None
    notify(store, routes, robot, Deadline(SystemClock(), SECONDS), f"notifier {number}")
