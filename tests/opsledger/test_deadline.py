"""Deadlines: the time that is left, and retries within it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsledger.deadline import FIRST_WAIT_S, LONGEST_WAIT_S, Deadline, SystemClock
from opsledger.errors import MisconfiguredError, ThrottledError, WorldFailedError

if TYPE_CHECKING:
    from tests.conftest import FakeClock


def fail(error: WorldFailedError | None) -> None:
    """Raise `error`, if there is one."""
    if error is not None:
        raise error


def test_a_call_that_succeeds_is_not_repeated(clock: FakeClock) -> None:
    """Its value is returned without a wait."""
    assert Deadline(clock, 1000).retry(lambda: 7) == 7
    assert clock.slept == []


@pytest.mark.parametrize("spread", [0.0, 0.5, 0.999])
def test_waits_double_up_to_a_limit(clock: FakeClock, spread: float) -> None:
    """Each is between half and all of twice the last, and at most the longest."""
    clock.spread = spread
    calls = iter([*[ThrottledError("busy")] * 12, None])

    Deadline(clock, 1000).retry(lambda: fail(next(calls)))

    assert len(clock.slept) == 12
    for attempt, pause in enumerate(clock.slept):
        ceiling = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt)
        assert ceiling / 2 <= pause <= ceiling


def test_waiting_reduces_the_remaining_time(clock: FakeClock) -> None:
    """Below zero if the deadline has passed."""
    deadline = Deadline(clock, 10)
    clock.sleep(12)

    assert deadline.remaining() == -2


def test_a_wait_that_does_not_fit_is_not_begun(clock: FakeClock) -> None:
    """The error itself is raised, without a wait."""
    error = ThrottledError("busy")

    with pytest.raises(ThrottledError) as raised:
        Deadline(clock, 0.01).retry(lambda: fail(error))

    assert raised.value is error
    assert clock.slept == []


def test_an_error_that_is_not_retryable_is_raised_at_once(clock: FakeClock) -> None:
    """However much time is left."""
    with pytest.raises(MisconfiguredError):
        Deadline(clock, 1000).retry(lambda: fail(MisconfiguredError("no table")))


def test_the_system_clock_gives_plausible_values() -> None:
    """Wall time in milliseconds, a clock that does not go back, a number below one."""
    clock = SystemClock()
    first = clock.monotonic()
    clock.sleep(0)

    assert clock.now_ms() > 1_700_000_000_000
    assert clock.monotonic() >= first
    assert 0 <= clock.jitter() < 1


def test_attempts_and_waits_can_be_limited(clock: FakeClock) -> None:
    """However much time is left; the last failure is raised."""
    calls: list[int] = []

    def throttled() -> None:
        calls.append(1)
        raise ThrottledError(f"failure {len(calls)}")

    with pytest.raises(ThrottledError, match="failure 6"):
        Deadline(clock, 1000.0).retry(throttled, attempts=6, longest_wait_s=1.0)

    assert clock.slept == pytest.approx([0.075, 0.15, 0.3, 0.6, 0.75])
