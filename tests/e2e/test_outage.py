"""Hours without Tablestore: every event of them is in the ledger at the end, by the timer or by the command."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from tests.conftest import FakeClock, PipelineHarness

from opsctl import sample
from opsctl.cli.local import local
from opsledger import catalog, timestamps
from opsledger.handlers import invocation
from yunmock import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.e2e.conftest import Ran

    from opsctl.cli.local import LocalCloud
    from yunmock import Cloud

    Published = tuple[int, dict[str, Any]]

HOUR_S = 3600
OUTAGE_H = 8
SHORT_OUTAGE_H = 2
"""Of the command's test, which is about what waits, not about how long functions go on failing."""
EVERY_S = 1800
REDRIVER = "opsledger-redriver"
QUEUE = "opsledger-failed"
CALL_S = 15.0
"""How long a call of a store that does not answer seems to take; longer than in truth, so that there are fewer."""
LARGE = 100_000
"""Bytes of an event that Function Compute takes, and whose failure record a queue does not; compressed it is half."""


class CloudClock(FakeClock):
    """The functions' clock: that of the cloud; time passes for them only while they wait."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__()
        self._cloud = cloud

    def now_ms(self) -> int:
        """The cloud's time."""
        return self._cloud.clock.now_ms()

    def sleep(self, seconds: float) -> None:
        """Wait, and lose the time of the call that failed."""
        super().sleep(seconds + CALL_S)


def event_of(number: int, now_ms: int) -> dict[str, Any]:
    """One of a few kinds of events, from ECS and from a cluster's ECI; every tenth is large."""
    names = ("ecs:Instance:SystemMaintenance.Reboot", "ecs:Instance:StateChange", "ecs:Disk:Stalled")
    spec, _ = catalog.find(names[number % len(names)])
    event = sample.event(spec, sample.statuses(spec)[0], "cloudevent", seed=f"{number}", now_ms=now_ms)
    if number % 10 == 0:
        event["data"]["note"] = random.Random(number).randbytes(LARGE // 2).hex()  # noqa: S311 - text that is large
    return event


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> Callable[[Cloud], None]:
    """Gives the functions a cloud's clock."""

    def patched(cloud: Cloud) -> None:
        clock = CloudClock(cloud)
        monkeypatch.setattr(invocation, "_opened", None)
        monkeypatch.setattr(invocation, "SystemClock", lambda: clock)

    return patched


def at(seconds: float) -> AbstractContextManager[object]:
    """Clouds that are opened inside have a clock that differs from the machine's."""
    return mock.patch("yunmock.clock.time", SimpleNamespace(time_ns=lambda: time.time_ns() + round(seconds * 1e9)))


@contextmanager
def outage(
    root: Path, data: Path, patched: Callable[[Cloud], None], hours: int = OUTAGE_H
) -> Iterator[tuple[LocalCloud, list[Published]]]:
    """A cloud after hours in which Tablestore did not answer and events were published, and these events."""
    with at(-(hours + 1) * HOUR_S), local(data, root / "s.yaml") as here:
        cloud = here.cloud
        cloud.clock.freeze()
        patched(cloud)
        cloud.faults.add(Fault("tablestore", "*", code="OTSServerUnavailable", status=503, times=-1))
        events: list[Published] = []
        for number in range(hours * HOUR_S // EVERY_S):
            now = cloud.clock.now_ms()
            events.append((now, event_of(number, now)))
            cloud.publisher.publish("default", events[-1][1])
            cloud.advance(EVERY_S)
        cloud.faults.clear()
        yield here, events


def expected(events: list[Published]) -> dict[str, Any]:
    """The rows that the events make where nothing fails: each is received when it is published."""
    undisturbed = PipelineHarness()
    for at, event in events:
        undisturbed.clock.now = at
        undisturbed.process({**event, "aliyunpublishtime": timestamps.show(at)})
    return undisturbed.dump()


def test_the_timer_delivers_everything_again(root: Path, tmp_path: Path, patched: Callable[[Cloud], None]) -> None:
    """Within a quarter of an hour after the outage, without anybody doing anything."""
    with outage(root, tmp_path / "data", patched) as (here, events):
        queues: Any = here.cloud.services["mns"]
        waiting = queues.messages(QUEUE)
        rows_before = PipelineHarness(here.store).dump()

        here.cloud.advance(900)

        assert rows_before == {}
        assert len(waiting) >= len(events)
        assert not [message for message in waiting if "triggerTime" in message.body]
        assert queues.messages(QUEUE) == []
        assert PipelineHarness(here.store).dump() == expected(events)
        assert not here.cloud.invocations_of(REDRIVER)[-1].invocation.error


def test_the_command_delivers_everything_again(
    root: Path, tmp_path: Path, patched: Callable[[Cloud], None], run: Callable[..., Ran]
) -> None:
    """Where there is no redriver; a dry run before it changes nothing, and a second run finds nothing."""
    with outage(root, tmp_path / "data", patched, SHORT_OUTAGE_H) as (here, events):
        queues: Any = here.cloud.services["mns"]
        waiting = len(queues.messages(QUEUE))

    looked = run("redrive", "--dry-run", "--json")
    with local(tmp_path / "data") as here:
        untouched = PipelineHarness(here.store).dump()
    with at(60):  # what the dry run gave back can be received again after a second
        redriven = run("redrive", "--rate", "1000", "--json")
    again = run("redrive", "--json")

    assert (looked.code, redriven.code, again.code) == (0, 0, 0)
    assert (len(looked.json), untouched) == (waiting, {})
    assert redriven.json[0]["messages"] == waiting
    assert sum(redriven.json[0][name] for name in ("recorded", "duplicate", "out_of_order")) == len(events)
    assert [one["messages"] for one in again.json] == [0, 0]
    with local(tmp_path / "data") as here:
        assert PipelineHarness(here.store).dump() == expected(events)
