"""Faulted schedules hold every invariant, on every store, and happen the same way again."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tests.simulation import story
from tests.simulation.campaign import Figures, campaign, work
from tests.simulation.invariants import INVARIANTS, Case, crash_is_nothing, ends_hold, ledger_agrees
from tests.simulation.plan import STORE_FAULTS, Poll, Sending, draw
from tests.simulation.run import forget, plainly, run

from opsledger.ledger import record

PRINT_DIGEST = "from tests.simulation.campaign import work; print(work(range(1, 41)).digest())"


@pytest.fixture(scope="module")
def figures() -> Figures:
    """What three hundred schedules add up to."""
    return work(range(1, 301))


def test_no_schedule_breaks_an_invariant(figures: Figures) -> None:
    """Whatever goes wrong, every invariant holds afterwards."""
    assert figures.violations == []
    assert figures.schedules == 300


def test_everything_that_can_go_wrong_does(figures: Figures) -> None:
    """Every fault of the list strikes, writes lose races, polls die, clocks jump, and every mishap happens."""
    expected = {*STORE_FAULTS, "conflict", "poller crashed midway", "clock jumped"}

    assert expected == figures.faults.keys()
    assert {"ok", "failed", "crashed"} == figures.ended.keys()
    assert {
        "duplicate",
        "in another envelope",
        "under a fresh id",
        "reordered",
        "dropped, then redelivered",
        "merged into a batch",
        "batch sent again, split",
        "late, after the end",
        "malformed, later corrected",
        "same id, other content",
        "handlers interleaved",
        "polled as well",
    } == figures.mishaps.keys()


def test_schedules_hold_through_the_sdk_on_the_local_cloud() -> None:
    """The same schedules on Tablestore's own client end without a violation."""
    figures = work(range(1, 31), store="tablestore")

    assert figures.violations == []
    assert figures.schedules == 30


def test_a_schedule_runs_the_same_way_on_both_stores() -> None:
    """What a handler does depends on what the store says, and both stores say the same."""
    assert work(range(1, 16), store="tablestore").digest() == work(range(1, 16)).digest()


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_the_seed_decides_every_byte_in_another_process(hash_seed: str) -> None:
    """Neither the process nor its hash seed changes the trace or what is stored."""
    told = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", PRINT_DIGEST],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == work(range(1, 41)).digest()


def test_other_seeds_give_other_schedules() -> None:
    """No two of a hundred traces are alike."""
    assert len({run(draw(seed)).digest() for seed in range(100)}) == 100


def test_a_campaign_counts_what_its_parts_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures after each chunk, the last of them over all."""
    monkeypatch.setattr("tests.simulation.campaign.CHUNK", 12)
    so_far = [figures.schedules for figures in campaign(1, 30)]
    *_, last = campaign(1, 30)
    parts = Figures()
    for part in (range(1, 13), range(13, 25), range(25, 31)):
        parts.add(work(part))

    assert so_far == [12, 24, 30]
    assert last == parts


def test_handlers_take_turns_within_each_other() -> None:
    """Between one handler's read and its write, others read and write."""
    plan = next(plan for plan in map(draw, range(100)) if plan.lanes == 3 and len(plan.jobs) > 4)
    at_work = [line.split()[1] for line in run(plan).trace if " reads " in line or " writes " in line]

    assert at_work != sorted(at_work, key=at_work.index)


def test_what_is_not_acknowledged_comes_again() -> None:
    """Every job ends with an answer, and exactly one."""
    for plan in map(draw, range(60)):
        answered = [done.job for done in run(plan).invocations if done.ended == "ok"]

        assert sorted(answered) == sorted(job.number for job in plan.jobs)


def test_a_payload_holds_the_texts_of_its_elements() -> None:
    """What is quarantined can be compared with what was sent, byte by byte."""
    jobs = [job for seed in range(60) for job in draw(seed).jobs]
    sendings = [job for job in jobs if isinstance(job, Sending) and job.style in ("one", "array")]

    assert all(element.text.encode() in job.payload for job in sendings for element in job.elements)
    assert any(isinstance(job, Poll) for job in jobs)


def test_every_invariant_is_stated() -> None:
    """Each is one function with one sentence."""
    assert len(INVARIANTS) == 6
    assert all(invariant.__doc__ for invariant in INVARIANTS.values())
    assert story.violations(draw(7), twice=True) == []


def test_a_function_does_not_load_the_simulator() -> None:
    """A cold start pays for what it needs alone."""
    told = "import sys, opsledger.handlers.events; print([m for m in sys.modules if 'simulate' in m])"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)  # noqa: S603 - our own code

    assert done.stdout.strip() == "[]"


def test_a_record_with_a_short_memory_is_as_independent_of_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where older transitions are in the ledger alone, every schedule still leaves the record of plain delivery."""
    monkeypatch.setattr(record, "KEEP", 2)
    forget()
    for plan in map(draw, range(1, 61)):
        case = Case(run(plan), plainly(plan))

        assert [*ledger_agrees(case), *crash_is_nothing(case), *ends_hold(case)] == []
    forget()
