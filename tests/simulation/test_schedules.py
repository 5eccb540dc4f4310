"""Schedules with injected faults violate no invariant, on any store, and run the same way every time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest
from tests.simulation import report
from tests.simulation.campaign import CampaignTotals, campaign, run_chunk
from tests.simulation.invariants import (
    INVARIANTS,
    Comparison,
    faults_change_nothing,
    records_match_ledger,
    terminal_status_kept,
)
from tests.simulation.run import RunResult, clear_caches, run, run_baseline
from tests.simulation.schedule import STORE_FAULTS, DeliveryJob, PollJob, draw

from opsledger.catalog.eci.kinds import GROUP_STATE
from opsledger.ledger import record
from opsledger.store import Key, Row
from opsledger.store.tables import RECORDS, hashed

PRINT_DIGEST = "from tests.simulation.campaign import run_chunk; print(run_chunk(range(1, 16)).digest())"


@pytest.fixture(scope="module")
def totals() -> CampaignTotals:
    """The totals of three hundred schedules."""
    return run_chunk(range(1, 301))


def test_no_schedule_violates_an_invariant(totals: CampaignTotals) -> None:
    """Every invariant holds after three hundred schedules."""
    assert totals.violations == []
    assert totals.schedules == 300


def test_every_fault_and_disturbance_occurs(totals: CampaignTotals) -> None:
    """The schedules inject every fault of the list and disturb the deliveries in every way."""
    expected = {*STORE_FAULTS, "conflict", "poller crashed midway", "clock jumped"}

    assert expected == totals.faults.keys()
    assert {"ok", "failed", "crashed"} == totals.ended.keys()
    assert {
        "duplicate",
        "in another envelope",
        "in a wrapper",
        "with a new id",
        "reordered",
        "dropped, then redelivered",
        "merged into a batch",
        "batch sent again, split",
        "after a terminal status",
        "malformed, later corrected",
        "same id, other content",
        "handlers interleaved",
        "also polled",
        "beside tools",
        "beside notifiers",
        "beside a migration",
    } == totals.disturbances.keys()


def test_every_end_of_a_notification_occurs(totals: CampaignTotals) -> None:
    """Notifications arrive, come again where the sender could not know, and are refused."""
    assert {"arrived", "came again", "refused"} == totals.notifications.keys()


@pytest.mark.parametrize(("store", "schedules"), [("tablestore", 8), ("wire", 16)])
def test_no_schedule_violates_an_invariant_on_tablestore(store: str, schedules: int) -> None:
    """Every invariant holds on the local cloud, and each client gives the traces and bytes of the store in memory."""
    seeds = range(1, schedules + 1)

    totals = run_chunk(seeds, store)

    assert totals.violations == []
    assert totals.schedules == schedules
    assert totals.digest() == run_chunk(seeds).digest()


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_seed_decides_every_byte_in_another_process(hash_seed: str) -> None:
    """Neither the process nor its hash seed changes the trace or the stored bytes."""
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", PRINT_DIGEST],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == run_chunk(range(1, 16)).digest()


def test_different_seeds_give_different_schedules() -> None:
    """No two of a hundred seeds give the same trace."""
    assert len({run(draw(seed)).digest() for seed in range(100)}) == 100


def test_campaign_adds_up_its_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A campaign yields the totals after each chunk; the last ones cover all chunks."""
    monkeypatch.setattr("tests.simulation.campaign.CHUNK", 12)
    so_far, last = [], CampaignTotals()
    for totals in campaign(1, 30):
        so_far.append(totals.schedules)
        last = totals
    total = CampaignTotals()
    for chunk in (range(1, 13), range(13, 25), range(25, 31)):
        total.add(run_chunk(chunk))

    assert so_far == [12, 24, 30]
    assert last == total


def test_handlers_are_interleaved() -> None:
    """Other handlers read and write between one handler's read and its write."""
    schedule = next(s for s in map(draw, range(100)) if s.workers == 3 and len(s.jobs) > 4)
    invocations = [line.split()[1] for line in run(schedule).trace if " reads " in line or " writes " in line]

    assert invocations != sorted(invocations, key=invocations.index)


def test_every_job_is_acknowledged_once() -> None:
    """A job is redelivered until it is acknowledged, and not after."""
    for schedule in map(draw, range(60)):
        acknowledged = [invocation.job for invocation in run(schedule).invocations if invocation.ended == "ok"]

        assert sorted(acknowledged) == sorted(job.number for job in schedule.jobs)


def test_payload_contains_the_text_of_its_events() -> None:
    """A quarantined payload can be compared with what was sent, byte by byte."""
    jobs = [job for seed in range(60) for job in draw(seed).jobs]
    deliveries = [job for job in jobs if isinstance(job, DeliveryJob) and job.style in ("one", "array")]

    assert all(event.text.encode() in job.payload for job in deliveries for event in job.events)
    assert any(isinstance(job, PollJob) for job in jobs)


def test_every_invariant_has_a_docstring() -> None:
    """Each invariant is one function that states it in a sentence."""
    assert len(INVARIANTS) == 14
    assert all(invariant.__doc__ for invariant in INVARIANTS.values())
    assert report.find_violations(draw(7), twice=True) == []


def test_function_does_not_import_the_simulator() -> None:
    """The handler of a function loads no module of the simulator."""
    program = "import sys, opsledger.handlers.events; print([m for m in sys.modules if 'simulat' in m])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - our own code

    assert done.stdout.strip() == "[]"


def test_truncated_records_do_not_depend_on_delivery_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a record keeps only its two newest transitions, every schedule still leaves the baseline's record."""
    monkeypatch.setattr(record, "KEEP", 2)
    clear_caches()
    for schedule in map(draw, range(1, 61)):
        comparison = Comparison(run(schedule), run_baseline(schedule))
        violations = [
            *records_match_ledger(comparison),
            *faults_change_nothing(comparison),
            *terminal_status_kept(comparison),
        ]

        assert violations == []
    clear_caches()


def test_what_a_polled_state_settles_or_keeps_open_is_not_compared() -> None:
    """The baseline has no polled states, so a group that is seen again after it was gone is gone there."""
    columns = {"settled_by": f"{GROUP_STATE.record_prefix}:one", "state": '{"transitions": []}'}
    row = Row(Key(RECORDS, (hashed("eci:maintenance:one"),)), columns)
    results = [RunResult(draw(1), [], {"records": rows}, [], Counter(), groups={"one": ()}) for rows in ([row], [])]

    for result, baseline in (results, results[::-1]):
        assert Comparison(result, baseline).marked_otherwise == {"eci:maintenance:one"}
