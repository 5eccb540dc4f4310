"""The notifier as a job beside handlers, and the two channels that it sends to: a chat robot, and a webhook.

The channels give the verdicts of the real ones: DingTalk's code in an answer with HTTP 200, and a webhook's status.
They know which notifications arrived and whether the sender was answered.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from unittest.mock import patch

from tests.simulation import migrating
from tests.simulation.fault_injector import SENDS, SimulatedCrash
from tests.simulation.roles import NOTIFIER
from tests.simulation.workload import NOW_MS

from opsledger.deadline import Deadline
from opsledger.ledger.rows import read_record
from opsledger.notify import config, notifier
from opsledger.notify.deliveries import delivery_key, read_delivery
from opsledger.notify.exchange import Response
from opsledger.notify.limits import REQUEST_MS
from opsledger.notify.network import NoResponseError
from opsledger.notify.plan import plan
from opsledger.notify.sending import MOST_SINGLE, Sending
from opsledger.store.tables import DELIVERIES, RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.simulation.environment import Environment
    from tests.simulation.fault_injector import FaultInjector

    from opsledger.notify.deliveries import Dispatch
    from opsledger.notify.exchange import Request
    from opsledger.notify.texts import Item
    from opsledger.store import Store
    from opsledger.strict_json import JsonObject

TIMEOUT_S = 60.0
SEND_S = 0.2
CHAT, ALERTS = "chat", "alerts"
CONFIG = config.validate(
    {
        "channels": {
            CHAT: {"url": "https://oapi.dingtalk.com/robot/send?access_token=simulated"},
            ALERTS: {"url": "https://alerts.example/hook"},
        }
    }
)
MOST_A_MINUTE = {CHAT: 3, ALERTS: 60}
"""What a channel is to get in any minute: a chat is not flooded, and a webhook has a limit."""
ANSWERS: Mapping[str, Mapping[str, tuple[int, JsonObject]]] = {
    CHAT: {name: (200, {"errcode": code}) for name, code in (("sent", 0), ("too fast", 130101), ("refused", 310000))},
    ALERTS: {name: (status, {}) for name, status in (("sent", 204), ("too fast", 429), ("refused", 400))},
}
REFUSED_AS = {CHAT: "310000", ALERTS: "400"}
REFUSING = 0.04
"""So many of the messages that come undisturbed are refused for what they say."""
_NO_REPLY = ("reply lost", "reply lost midway", "still in flight")


class Arrival(NamedTuple):
    """A notification that a channel took: in which attempt at which job, and whether the sender had an answer."""

    job: int
    attempt: int
    answered: bool


@dataclass
class Channels:
    """What the channels have seen.

    Attributes:
        arrivals: notification id → each time that it came.
        refused: the ids of notifications that were refused.
        moments: channel → when it took a message, in ms.
        floods: what was too much for a channel.
    """

    arrivals: dict[str, list[Arrival]] = field(default_factory=lambda: defaultdict(list))
    refused: set[str] = field(default_factory=set)
    moments: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    floods: list[str] = field(default_factory=list)

    def counts(self) -> Counter[str]:
        """How many notifications arrived, how often one came again, and how many were refused."""
        times = [len(arrivals) for arrivals in self.arrivals.values()]
        return +Counter({"arrived": len(times), "came again": sum(times) - len(times), "refused": len(self.refused)})

    def take(self, name: str, ids: Sequence[str], arrival: Arrival, now_ms: int) -> bool:
        """Take a message about so many notifications, unless there were too many messages."""
        recent = [moment for moment in self.moments[name] if moment > now_ms - 60_000]
        if len(recent) >= MOST_A_MINUTE[name]:
            self.floods.append(f"{name} got more than {len(recent)} messages in a minute")
            return False
        self.moments[name].append(now_ms)
        for id_ in ids:
            self.arrivals[id_].append(arrival)
        return True


class FaultySender:
    """Sends to the channels in one invocation; `carried` is what the next request is about."""

    def __init__(self, injector: FaultInjector) -> None:
        self.carried: tuple[str, Sequence[str]] = ("", ())
        self.channels = injector.environment.channels
        self._injector = injector
        self._ends = injector.monotonic() + TIMEOUT_S

    def send(self, request: Request) -> Response:
        """The channel's answer, unless a fault is scheduled."""
        del request
        injector, (name, ids) = self._injector, self.carried
        fault = injector.begin(SENDS)
        injector.environment.seconds += SEND_S
        now = injector.monotonic()
        if fault == "crash before" or now > self._ends or now - injector.wrote_s > REQUEST_MS / 1000:
            raise SimulatedCrash  # other workers took the time that this invocation had: it has ended
        if fault == "request lost":
            raise NoResponseError("simulated", before_sending=True)
        verdict = self._verdict(fault)
        injector.log(f"sends {' '.join(ids)} to {name}: {verdict}")
        if fault.startswith("crash"):
            raise SimulatedCrash
        if fault in _NO_REPLY:
            raise NoResponseError("simulated", before_sending=False)
        status, body = ANSWERS[name][verdict]
        return Response(status, {}, json.dumps(body).encode())

    def _verdict(self, fault: str) -> str:
        injector, (name, ids) = self._injector, self.carried
        if not fault and injector.environment.rng.random() < REFUSING:
            self.channels.refused.update(ids)
            return "refused"
        arrival = Arrival(injector.job, injector.attempt, fault in ("", "partial failure", "slow"))
        taken = fault != "throttled" and self.channels.take(name, ids, arrival, injector.now_ms())
        return "sent" if taken else "too fast"


class WatchedSending(Sending):
    """The product's own, which says what its messages are about."""

    _sender: FaultySender

    def _bundles(self, name: str, deliveries: Sequence[Dispatch]) -> Iterator[Sequence[Dispatch]]:
        bundles = list(super()._bundles(name, deliveries))
        if name == CHAT and len(bundles) > MOST_SINGLE:
            self._sender.channels.floods.append(f"{len(deliveries)} notifications became {len(bundles)} messages")
        yield from bundles

    def _deliver(self, name: str, items: Sequence[tuple[Dispatch, Item]]) -> None:
        self._sender.carried = name, [delivery.id for delivery, _ in items]
        super()._deliver(name, items)


def notify(injector: FaultInjector, writer: str) -> None:
    """Run the notifier once."""
    store, deadline = migrating.function_store(injector, NOTIFIER), Deadline(injector, TIMEOUT_S)
    notifier.notify(store, CONFIG, FaultySender(injector), deadline, f"{writer}-{injector.attempt}")


@contextmanager
def watched() -> Iterator[None]:
    """Run the block with notifiers that say what their messages are about."""
    with patch("opsledger.notify.notifier.Sending", WatchedSending):
        yield


def next_due_s(store: Store) -> float | None:
    """When the next notification that is not final is due, in s since the start; None where all are final."""
    moments = [read_delivery(row).due_at for row in store.walk(DELIVERIES, [])]
    return min([(moment - NOW_MS) / 1000 for moment in moments if moment is not None], default=None)


def unplanned(environment: Environment, now_ms: int) -> list[str]:
    """What is to be sent of the records as they are now, and is no delivery."""
    store = environment.store
    records = [read_record(row) for row in store.walk(RECORDS, [])]
    records = [record for record in records if record.key not in environment.schedule.moved]
    intents = [i for r in records if not r.unknown() for i in plan(r, CONFIG, now_ms).intents if not i.after]
    keys = [delivery_key(intent.id) for intent in intents]
    known = store.read(keys)
    return [
        f"{intent.stage.name} of {intent.subject} is not planned"
        for intent, key in zip(intents, keys, strict=True)
        if key not in known
    ]
