"""The poller's handler: which regions it polls, and what one of them failing does to the others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from tests.simulation.memory_store import MemoryStore

from opsledger.deadline import Deadline
from opsledger.eci_poller.poller import Polled
from opsledger.errors import MisconfiguredError, UnavailableError, WorldFailedError
from opsledger.handlers import eci_poller, invocation
from opsledger.polling.cursor import OvertakenError
from opsledger.polling.rounds import Progress

if TYPE_CHECKING:
    from types import SimpleNamespace

    from tests.conftest import FakeClock

NOW_MS = 1_767_225_600_000
TIMEOUT_S = 299.0
SETTINGS = {
    "OTS_ENDPOINT": "https://local.cn-hangzhou.ots.aliyuncs.com",
    "OTS_INSTANCE": "local",
    "OPSLEDGER_REGIONS": "cn-hangzhou, cn-beijing",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
}


class FakePoller:
    """Polls nothing: raises the region's error, or answers that it read one page.

    A region with `slow` in its name uses up the time that it is given.

    Attributes:
        shares: the region and the seconds of every poll.
    """

    errors: ClassVar[dict[str, WorldFailedError]] = {}
    shares: ClassVar[list[tuple[str, float]]] = []

    def __init__(self, api: SimpleNamespace, _store: object, deadline: Deadline, **_: object) -> None:
        self._region: str = api.region
        self._deadline = deadline

    def poll(self) -> Polled:
        """The region's result."""
        self.shares.append((self._region, self._deadline.remaining()))
        if self._region in self.errors:
            raise self.errors[self._region]
        if "waiting" in self._region:
            return Polled(
                self._region, Progress(finished=False, waits_until=NOW_MS, reason="given up"), 0, 0, counts={}
            )
        if "slow" in self._region:
            self._deadline.clock.sleep(self._deadline.remaining())
        return Polled(self._region, Progress("slow" not in self._region, 1), 1, 20, counts={"received": 3})


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    """Settings of two regions, and pollers that do not call ECI."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(invocation, "open_store", lambda _settings: MemoryStore())
    monkeypatch.setattr(invocation, "deadline", lambda _context: Deadline(clock, TIMEOUT_S))
    monkeypatch.setattr(FakePoller, "errors", {})
    monkeypatch.setattr(FakePoller, "shares", [])
    monkeypatch.setattr(eci_poller, "Poller", FakePoller)


def polled_regions(event: Any) -> list[str]:
    """The regions that an invocation with `event` polls."""
    regions: Any = eci_poller.handle(event if isinstance(event, bytes) else json.dumps(event).encode(), None)["regions"]
    return [one["region"] for one in regions]


def log_lines(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """The event and the region of every line of the log."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [(line["event"], line["region"]) for line in lines]


@pytest.mark.parametrize(
    "event",
    [
        {"regions": ["cn-shanghai"]},
        {"payload": '{"regions": ["cn-shanghai"]}', "triggerName": "timer", "triggerTime": "2026-01-01T00:00:00Z"},
    ],
    ids=["by hand", "timer"],
)
def test_the_payload_names_the_regions(event: Any) -> None:
    """Its own regions take the place of those of the settings."""
    assert polled_regions(event) == ["cn-shanghai"]


@pytest.mark.parametrize(
    "event",
    [b"", b"[]", b"null", b'{"payload": "x"}', b"\xff", {"regions": []}, {"regions": "cn-shanghai"}, {"regions": [1]}],
)
def test_without_regions_in_the_payload_those_of_the_settings_are_polled(event: Any) -> None:
    """Whatever else the payload is."""
    assert polled_regions(event) == ["cn-hangzhou", "cn-beijing"]


def test_a_name_that_is_not_a_region_is_refused() -> None:
    """It would become a part of a host's name."""
    with pytest.raises(MisconfiguredError, match="regions such as"):
        polled_regions({"regions": ["evil.example/"]})


def test_a_region_that_fails_does_not_keep_the_others_from_being_polled(capsys: pytest.CaptureFixture[str]) -> None:
    """The first error is raised at the end, so that the platform tries again."""
    error = UnavailableError("no answer")
    FakePoller.errors = {"cn-hangzhou": error}
    with pytest.raises(UnavailableError) as raised:
        polled_regions({})

    assert raised.value is error
    assert log_lines(capsys) == [("failed", "cn-hangzhou"), ("polled", "cn-beijing")]


def test_an_overtaken_region_is_not_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """Another poller goes on there, so there is nothing to try again."""
    FakePoller.errors = {"cn-hangzhou": OvertakenError("another poller reads cn-hangzhou")}

    assert polled_regions({}) == ["cn-beijing"]
    assert log_lines(capsys) == [("overtaken", "cn-hangzhou"), ("polled", "cn-beijing")]


@pytest.mark.parametrize(("regions", "finished"), [(["cn-a", "cn-b"], True), (["cn-a", "cn-slow"], False)])
def test_the_answer_has_the_sums_over_all_regions(regions: list[str], finished: bool) -> None:  # noqa: FBT001 - a parameter
    """It is finished when every region's round is."""
    answer = eci_poller.handle(json.dumps({"regions": regions}), None)

    assert (answer["pages"], answer["groups"], answer["received"]) == (2, 40, 6)
    assert answer["finished"] is finished


def poll_regions(*regions: str) -> dict[str, Any]:
    """The answer for these regions."""
    return eci_poller.handle(json.dumps({"regions": regions}), None)


def test_a_slow_region_leaves_the_others_their_shares(clock: FakeClock) -> None:
    """Each gets an equal share of the time that is left when its turn comes."""
    answer = poll_regions("cn-slow", "cn-b", "cn-c")

    third = TIMEOUT_S / 3
    expected = [("cn-slow", third), ("cn-b", third), ("cn-c", 2 * third), ("cn-slow", 2 * third)]
    assert [region for region, _ in FakePoller.shares] == [region for region, _ in expected]
    assert [seconds for _, seconds in FakePoller.shares] == pytest.approx([seconds for _, seconds in expected])
    assert [one["region"] for one in answer["regions"]] == ["cn-slow", "cn-b", "cn-c"]
    assert (answer["pages"], answer["finished"], clock.seconds) == (4, False, TIMEOUT_S)


def test_regions_that_are_all_slow_get_the_same(clock: FakeClock) -> None:
    """And nothing is polled without time."""
    poll_regions("cn-slow-a", "cn-slow-b", "cn-slow-c")

    assert [seconds for _, seconds in FakePoller.shares] == pytest.approx([TIMEOUT_S / 3] * 3)
    assert clock.seconds == pytest.approx(TIMEOUT_S)


def test_many_slow_regions_take_turns(clock: FakeClock) -> None:
    """Where shares would be too short, the first region is another one in each minute."""
    regions = [f"cn-slow-{number}" for number in range(40)]
    polled: set[str] = set()
    for _ in range(40):
        FakePoller.shares.clear()
        poll_regions(*regions)
        polled |= {region for region, _ in FakePoller.shares}
        assert all(seconds == pytest.approx(20.0) for _, seconds in FakePoller.shares[:-1])
        clock.now += 300_000

    assert polled == set(regions)


def test_a_region_that_waits_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """With the reason for which it was given up; it is not finished, and no failure."""
    assert poll_regions("cn-waiting")["finished"] is False

    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (line["event"], line["until"], line["reason"]) == ("waiting", "2026-01-01T00:00:00Z", "given up")
