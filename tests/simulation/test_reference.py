"""The reference model says what people would say, and owes the pipeline nothing."""

from __future__ import annotations

import ast
import inspect
import random

import pytest
from tests.simulation import reference, workload
from tests.simulation.workload import NOW_MS, Fact

HOUR = 3_600_000
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
STATE = "ecs:Instance:StateChange"
SPOT = "eci:Event:SpotToBeReleased"


def only(*facts: Fact) -> reference.Expected:
    """The one record that `facts` make."""
    (record,) = reference.records(facts).values()
    return record


def test_it_shares_neither_reading_nor_joining_nor_folding() -> None:
    """Of the library it uses the catalogue's tables and the content classes as names."""
    imported = [
        alias.name if isinstance(node, ast.Import) else f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(inspect.getsource(reference)))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]
    own = {name for name in imported if name.startswith(("opsledger", "tests"))}

    assert own == {
        "opsledger.catalog.Lifecycle",
        "opsledger.catalog.Order",
        "opsledger.catalog.eci.content",
        "opsledger.catalog.ecs.content",
        "tests.simulation.workload.Fact",
        "tests.simulation.workload.event_of",
    }


def test_the_order_of_facts_does_not_matter() -> None:
    """It is a function of a set."""
    facts = [Fact(REBOOT, status, "1", NOW_MS + n) for n, status in enumerate(("Scheduled", "Executing", "Executed"))]

    assert only(*facts) == only(*reversed(facts))
    assert only(*facts).steps == ("Scheduled", "Executing", "Executed")


def test_an_end_is_not_left_by_what_is_not_declared() -> None:
    """Avoided stays avoided, whatever is said to have been executed later."""
    told = only(Fact(REBOOT, "Avoided", "1", NOW_MS), Fact(REBOOT, "Executed", "1", NOW_MS + HOUR))

    assert (told.status, told.terminal) == ("Avoided", True)


def test_what_moves_by_time_ends_in_its_latest_status() -> None:
    """A stopped instance may run again."""
    told = only(Fact(STATE, "Running", "1", NOW_MS + HOUR), Fact(STATE, "Stopped", "1", NOW_MS))

    assert (told.status, told.status_at, told.steps) == ("Running", NOW_MS + HOUR, ("Stopped", "Running"))


def test_a_notice_counts_from_when_it_was_last_seen() -> None:
    """Three minutes after its second occurrence, five minutes after its first."""
    told = only(Fact(SPOT, "SpotToBeReleased", "1", NOW_MS), Fact(SPOT, "SpotToBeReleased", "1", NOW_MS, "", 1))

    assert told.due is None or told.due == NOW_MS + workload.REPEAT_MS + 3 * 60_000
    assert told.steps == ("SpotToBeReleased",)


def test_a_later_notbefore_is_another_step_of_the_same_thing() -> None:
    """The same event id with other content: both are kept, and the later moment stands."""
    told = only(Fact(REBOOT, "Scheduled", "1", NOW_MS), Fact(REBOOT, "Scheduled", "1", NOW_MS, later=5))

    assert told.steps == ("Scheduled", "Scheduled")
    assert told.due == NOW_MS + 48 * HOUR + 5 * HOUR


@pytest.mark.parametrize("seed", range(40))
def test_every_telling_of_a_fact_has_its_form(seed: int) -> None:
    """A drawn fact can be told in every one of its envelopes, and says which thing it is about."""
    rng = random.Random(seed)  # noqa: S311 - chance that can be repeated is the point
    for fact in workload.draw_facts(rng, 2):
        key, _ = reference.identity(fact)

        assert key.startswith(fact.spec.kind.record_prefix)
        assert all(workload.tell(fact, form).text for form in fact.forms())
