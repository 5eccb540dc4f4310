"""`kill -9` while events are published: after a restart and a redelivery the ledger has each event once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
from alibabacloud_eventbridge.client import Client
from alibabacloud_eventbridge.models import CloudEvent, Config
from tests.conftest import NOW_MS

from opsctl.rebuild import Which, rebuild
from opsledger import settings
from opsledger.deadline import Deadline, SystemClock
from opsledger.intake.understand import understand
from opsledger.ledger.notification import Notification
from opsledger.ledger.rows import read_record
from opsledger.store.tables import LEDGER, RECORDS
from opsledger.store.tablestore import TablestoreStore, open_client

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.conftest import MakeEvent

pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
EVENTS = int(os.environ.get("OPSLEDGER_KILL_EVENTS", "96"))
BATCH = 16


class LocalProcess:
    """`opsledger local` in another process."""

    def __init__(self, data: Path, root: Path) -> None:
        command = [
            sys.executable,
            "-c",
            "from opsctl.cli import main; main()",
            "--data",
            str(data),
            "local",
            "--json",
        ]
        self.process = subprocess.Popen([*command, "--template", str(root / "s.yaml")], stdout=subprocess.PIPE)  # noqa: S603 - our own command
        assert self.process.stdout is not None
        self.announced = json.loads(self.process.stdout.readline())
        environment = self.announced["env"]
        self.bus = Client(
            Config(
                access_key_id=environment["ALIBABA_CLOUD_ACCESS_KEY_ID"],
                access_key_secret=environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
                endpoint=self.announced["endpoints"]["eventbridge"],
                protocol="http",
            )
        )
        read = settings.read(None, environment)
        client = open_client(read.endpoint, read.instance, read.access_key_id, read.access_key_secret, None)
        self.store = TablestoreStore(client, read.prefix)

    def control(self, method: str, name: str, *, within_s: float = 60.0) -> Any:
        """Make one of the cloud's control calls."""
        url = f"{self.announced['env']['YUNMOCK_URL']}/_yunmock/{name}"
        with urlopen(Request(url, method=method, data=b"{}" if method == "POST" else None), timeout=within_s) as answer:  # noqa: S310 - loopback
            return json.load(answer)

    def publish(self, events: Sequence[CloudEvent]) -> None:
        """Put a batch on the bus; every event in it is accepted."""
        answer = self.bus.put_events(list(events))
        assert answer.failed_entry_count in (None, 0)

    def finish(self) -> None:
        """Deliver what is queued; timers, which never end, do not count."""
        self.control("POST", "run-due", within_s=3600.0)
        while any(job["due_ms"] <= self.now() for job in self.control("GET", "jobs")["jobs"]):
            self.control("POST", "run-due", within_s=3600.0)

    def now(self) -> int:
        """The cloud's time."""
        return int(self.control("GET", "health")["now_ms"])

    def advance(self, seconds: float) -> None:
        """Advance the clock, and run what falls due."""
        self.control("POST", f"clock/advance?seconds={seconds}")

    def kill(self) -> None:
        """Send SIGKILL: nothing is flushed or closed."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def serving(data: Path, root: Path) -> Iterator[LocalProcess]:
    """Start a local cloud, and kill it at the end."""
    process = LocalProcess(data, root)
    try:
        yield process
    finally:
        process.kill()


def test_timers_run_on_the_server(tmp_path: Path, root: Path) -> None:
    """As time passes, poller and sweeper run and find the local services."""
    with serving(tmp_path, root) as process:
        process.control("POST", "clock/freeze")
        process.advance(601)

        waiting = process.control("GET", "jobs")["jobs"]
        assert all(job["due_ms"] > process.now() for job in waiting)


def cloud_event(event: dict[str, Any]) -> CloudEvent:
    """An event as the SDK publishes it."""
    attributes = {name: event[name] for name in ("id", "source", "specversion", "type", "time")}
    data = json.dumps(event["data"]).encode()
    extensions = {"aliyuneventbusname": "default"}
    return CloudEvent(**attributes, datacontenttype="application/json", data=data, extensions=extensions)


def test_each_event_is_in_the_ledger_once(tmp_path: Path, root: Path, event: MakeEvent) -> None:
    """At whatever step the kill interrupts, nothing is missing and nothing is there twice."""
    made = [event(REBOOT, status, seed=str(n)) for n in range(EVENTS // 2) for status in ("Scheduled", "Executing")]
    batches = [[cloud_event(one) for one in made[i : i + BATCH]] for i in range(0, len(made), BATCH)]
    with serving(tmp_path, root) as first:
        half = threading.Event()

        def publish() -> None:
            try:
                for number, batch in enumerate(batches):
                    if number == len(batches) // 2:
                        half.set()
                    first.publish(batch)
            except Exception:  # noqa: BLE001 - the SDK raises bare exceptions; the server is gone, as it should be
                half.set()

        publisher = threading.Thread(target=publish)
        publisher.start()
        half.wait()
        first.kill()
        publisher.join()
    with serving(tmp_path, root) as second:
        survived = len(list(second.store.walk(LEDGER, [])))
        for batch in batches:
            second.publish(batch)
        second.finish()
        ledger = Counter(row.key.values[2] for row in second.store.walk(LEDGER, []))
        records = [read_record(row) for row in second.store.walk(RECORDS, [])]
        rebuilt = list(rebuild(second.store, Which(), lambda: Deadline(SystemClock(), 30)))

    read = (n for one in made for n in understand(json.dumps(one), NOW_MS) if isinstance(n, Notification))
    expected = {f"{n.digest}.{n.content_digest}" for n in read}
    assert set(ledger) == expected
    assert set(ledger.values()) == {1}
    assert len(expected) == EVENTS
    assert {len(record.transitions) for record in records} == {2}
    assert all(one.same for one in rebuilt)
    assert survived < EVENTS  # the kill cut through something
    sys.stdout.write(f"{survived} of {EVENTS} events were in the ledger when it was killed\n")
