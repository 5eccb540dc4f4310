"""Every invariant detects the mutants it is paired with."""

from __future__ import annotations

import pytest
from tests.simulation import report
from tests.simulation.detection import Detection, detect
from tests.simulation.invariants import INVARIANTS, SAME_TRACE
from tests.simulation.mutant import Mutant
from tests.simulation.mutants import MUTANTS
from tests.simulation.schedule import draw

MAX_SCHEDULES = 800
"""The rarest mutant shows in one schedule of about four hundred."""
RARE = {
    "the quarantine count grows with every retry": 251,
    "the latest deadline wins": 180,
    "a group with unrecorded events is not looked for when it is gone": 344,
    "a group that has ended is not looked for": 1143,
    "an overtaken poller writes what it saw earlier": 1228,
    "the poller does not look at the time": 273,
    "a mark stays when its record moves": 2175,
    "a refused page token begins the round again at once": 549,
    "a failed commit is reported as success": 20,
    "a duplicate writes no ledger row": 14,
    "a retry does not recognise its own write": 53,
    "what follows an end is no new episode": 28,
    "the end of a fault ends what was planned": 33,
    "milliseconds are dropped": 28,
    "an undated step is dated by its last receipt": 48,
    "the high-water mark moves to the end of the round": 402,
    "the poller records a state before it journals it": 161,
    "of a group that earlier rounds skipped, only new events are read": 62,
    "only a new record is due for the notifier": 28,
    "a rebuild reads a record after its ledger": 247,
    "a rebuild writes over a record that has moved": 247,
    "a channel's code is ignored": 130,
    "an old handler writes over a record that is due": 25,
    "a message is sent without a token": 180,
}
"""Seeds that detect a mutant which the first detect late or slowly; `make test-long` looks for them from seed 1."""
HARMLESS = Mutant("nothing", next(iter(INVARIANTS)), "opsledger.ledger.state", "in_order", lambda original: original)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_is_detected(mutant: Mutant) -> None:
    """The paired invariant is violated within so many schedules."""
    assert detect(mutant, seed=RARE.get(mutant.name, 1), max_schedules=MAX_SCHEDULES).detected


def test_rare_mutants_exist() -> None:
    """A mutant that is renamed or removed leaves no seed behind."""
    assert set(RARE) <= {mutant.name for mutant in MUTANTS}


def test_every_invariant_detects_a_mutant() -> None:
    """No invariant is without a mutant that violates it."""
    assert {mutant.detected_by for mutant in MUTANTS} == {*INVARIANTS, SAME_TRACE}


def test_code_is_restored_after_detection() -> None:
    """The schedule that detected the mutant passes afterwards."""
    mutant = next(m for m in MUTANTS if m.name == "a terminal status is overwritten")
    detection = detect(mutant, seed=1)

    assert report.find_violations(draw(detection.schedules), twice=True) == []


def test_harmless_mutant_is_reported_as_not_detected() -> None:
    """A mutant that changes nothing is not detected."""
    expected = Detection(HARMLESS.name, HARMLESS.detected_by, detected=False, schedules=5)

    assert detect(HARMLESS, seed=1, max_schedules=5) == expected
