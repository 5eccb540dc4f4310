"""Large payloads that cannot be recorded: handed on at the first failure, or failed where that fails too."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import FakeClock, make_event

from opsledger import pipeline
from opsledger.errors import DamagedRowError, UnavailableError
from opsledger.handlers import events, invocation
from opsledger.handlers.failure_queue import RECORD_BYTES, RESERVE_S, is_needed_for
from opsledger.queues import MESSAGE_BYTES
from opsledger.queues.parts import join, read
from yunmock import Fault, mock_aliyun
from yunmock.fc.destination import Finished, report
from yunmock.services import Invocation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock import Cloud

QUEUE = "acs:mns:cn-hangzhou:1000000000000001:/queues/opsledger-failed/messages"
STACK = 8_000
"""Bytes of an error with a long stack: ten times that of a failed write."""


@pytest.fixture
def clock() -> FakeClock:
    """The functions' clock, which does not wait."""
    return FakeClock()


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> Iterator[Cloud]:
    """A cloud without Tablestore, and the settings of a function."""
    monkeypatch.setattr(invocation, "_opened", None)
    monkeypatch.setattr(invocation, "SystemClock", lambda: clock)
    with mock_aliyun() as cloud:
        queues: Any = cloud.services["mns"]
        queues.create_queue("opsledger-failed")
        cloud.faults.add(Fault("tablestore", "*", code="OTSServerUnavailable", status=503, times=-1))
        for name, value in {
            "OTS_ENDPOINT": "https://a.cn-hangzhou.ots.aliyuncs.com",
            "OTS_INSTANCE": "a",
            "OPSLEDGER_FAILURE_QUEUE": QUEUE,
        }.items():
            monkeypatch.setenv(name, value)
        yield cloud


@pytest.fixture
def handed_on(cloud: Cloud) -> Callable[[], list[str]]:
    """The bodies in the queue."""
    queues: Any = cloud.services["mns"]
    return lambda: [message.body for message in queues.messages("opsledger-failed")]


def large(size: int = 60_000) -> bytes:
    """A batch of events with random text, which needs several messages even when it is compressed."""
    note = random.Random(1).randbytes(size).hex()  # noqa: S311 - data that cannot be compressed
    return json.dumps([make_event(note=note)]).encode()


def handle(event: bytes) -> dict[str, int]:
    """Call the handler as the platform does."""
    return events.handle(event, SimpleNamespace(request_id="r", function=SimpleNamespace(timeout=60)))


def test_a_large_payload_is_handed_on(handed_on: Callable[[], list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    """Complete, in messages that the queue takes; the log says so, and the invocation succeeds."""
    event = large()

    result = handle(event)

    parts = [read(body) for body in handed_on()]
    assert result == {"handed_on": len(parts)}
    assert len(parts) > 1
    assert join([part for part in parts if part]) == event
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["failed", "handed_on"]


def test_a_large_payload_about_a_damaged_row_is_handed_on(
    handed_on: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure is another one, and the platform's record would be as large."""
    partial = pipeline.PartialReport((None,), DamagedRowError("the row of record r is damaged"))
    monkeypatch.setattr(pipeline, "record_undamaged", lambda *_: partial)

    assert handle(large()) == {"handed_on": len(handed_on())}
    with pytest.raises(DamagedRowError):
        handle(b"{}")


def test_a_small_payload_is_left_to_the_platform(handed_on: Callable[[], list[str]]) -> None:
    """The invocation fails, so that it is tried again."""
    with pytest.raises(UnavailableError):
        handle(json.dumps(make_event()).encode())
    assert handed_on() == []


@pytest.mark.parametrize("skip", [0, 1])
def test_where_that_fails_too_the_invocation_fails(cloud: Cloud, capsys: pytest.CaptureFixture[str], skip: int) -> None:
    """With the store's error; also when only some of the messages were sent."""
    cloud.faults.add(Fault("mns", "SendMessage", action="drop", skip=skip, times=-1))

    with pytest.raises(UnavailableError, match="Tablestore"):
        handle(large())
    assert "not_handed_on" in capsys.readouterr().out


def test_without_a_queue_the_invocation_fails(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log names the variable."""
    monkeypatch.delenv("OPSLEDGER_FAILURE_QUEUE")

    with pytest.raises(UnavailableError):
        handle(large())
    assert cloud.calls_of("mns") == []


def test_a_payload_that_nobody_sends_asynchronously_fails(handed_on: Callable[[], list[str]]) -> None:
    """Its sender waits for the answer, and still has it."""
    with pytest.raises(UnavailableError):
        handle(large(1_000_000))
    assert handed_on() == []


def test_time_is_kept_for_handing_on(cloud: Cloud, clock: FakeClock) -> None:
    """A large payload is not tried until the platform stops the function."""
    handle(large())

    assert cloud.calls_of("mns")
    assert clock.seconds < 60 - RESERVE_S


def record_of(cloud: Cloud, event: bytes) -> int:
    """The bytes of the platform's record of an event that failed, with a long error."""
    result = Invocation("r", "f", 200, b'{"errorMessage": "%s"}' % (b"\\n" * (STACK // 2)), "UnhandledInvocationError")
    return len(json.dumps(report(cloud, Finished("f", "r", event, result, 8))).encode())


@pytest.mark.parametrize("text", ['{"a": 1}', '"', "\\", "x", "\u00fc", "\u4e2d", "\x00", "\ud83d\ude00"], ids=ascii)
def test_what_is_left_to_the_platform_fits_into_a_message(cloud: Cloud, text: str) -> None:
    """Whatever it consists of, up to the last byte; far smaller payloads are not handed on for nothing."""
    event = text.encode(errors="surrogatepass")
    escaped = len(json.dumps(event.decode(errors="replace"))) - 2
    count = (RECORD_BYTES - 2) // escaped

    assert is_needed_for(event * (count + 1))
    assert not is_needed_for(event * count)
    assert RECORD_BYTES // 2 < record_of(cloud, event * count) <= MESSAGE_BYTES
