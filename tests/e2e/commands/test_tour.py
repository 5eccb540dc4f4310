"""`opsledger tour`."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from opsctl.cli.options import DONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import FakeClock
    from tests.e2e.conftest import Ran

FAMILIES = {
    "system-event",
    "instance-state",
    "preemptible-interruption",
    "live-migration",
    "performance-mode",
    "performance-restriction",
}


def test_a_second_tour_changes_nothing(run: Callable[..., Ran]) -> None:
    """The first records six families; the second says that nothing changed."""
    first, before = run("tour"), run("records", "--json").json
    second, after = run("tour"), run("records", "--json").json

    assert (first.code, second.code) == (DONE, DONE)
    assert {record["kind"] for record in before} >= FAMILIES
    assert "nothing changed" not in first.out
    assert "nothing changed" in second.out
    assert after == before


def test_a_tour_sends_what_the_ledger_believes(run: Callable[..., Ran], clock: FakeClock) -> None:
    """The samples are years old, and are sent as of yesterday: no moment is absurd, and each is of the last days."""
    clock.now = time.time_ns() // 1_000_000
    assert run("tour").code == DONE
    records = run("records", "--json").json
    yesterday = datetime.now(tz=timezone.utc) - timedelta(days=3)

    assert [one["record"] for one in records if any(a["anomaly"] == "absurd_time" for a in one["anomalies"])] == []
    assert all(datetime.fromisoformat(one["last_seen"].replace("Z", "+00:00")) > yesterday for one in records)
