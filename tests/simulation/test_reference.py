"""The reference model gives the expected records and shares no code with the pipeline."""

from __future__ import annotations

import ast
import inspect
import random

import pytest
from tests.simulation import reference, reference_reading, workload
from tests.simulation.workload import NOW_MS, Fact

HOUR = 3_600_000
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
STATE = "ecs:Instance:StateChange"
SPOT = "eci:Event:SpotToBeReleased"


def only(*facts: Fact) -> reference.ExpectedRecord:
    """The single record of `facts`."""
    (record,) = reference.records(facts).values()
    return record


def test_reference_imports_only_the_catalogue() -> None:
    """From the library it uses the catalogue's tables, and the content classes as names."""
    imported = [
        alias.name if isinstance(node, ast.Import) else f"{node.module}.{alias.name}"
        for module in (reference, reference_reading)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]
    own = {name for name in imported if name.startswith(("opsledger", "tests"))}
    own = {name for name in own if not name.startswith("tests.simulation.reference_reading.")}  # its other half

    assert own == {
        "opsledger.catalog.Lifecycle",
        "opsledger.catalog.Order",
        "opsledger.catalog.Outcome",
        "opsledger.catalog.eci.content",
        "opsledger.catalog.ecs.content",
        "tests.simulation.pipeline_reading.read_by_pipeline",
        "tests.simulation.workload.Fact",
        "tests.simulation.workload.NOW_MS",
        "tests.simulation.workload.event_of",
    }


def test_order_of_facts_does_not_matter() -> None:
    """Facts in reverse order give the same record."""
    facts = [Fact(REBOOT, status, "1", NOW_MS + n) for n, status in enumerate(("Scheduled", "Executing", "Executed"))]

    assert only(*facts) == only(*reversed(facts))
    assert only(*facts).statuses == ("Scheduled", "Executing", "Executed")


def test_terminal_status_is_left_only_by_a_declared_move() -> None:
    """A later Executed does not replace Avoided."""
    record = only(Fact(REBOOT, "Avoided", "1", NOW_MS), Fact(REBOOT, "Executed", "1", NOW_MS + HOUR))

    assert (record.status, record.terminal) == ("Avoided", True)


def test_status_ordered_by_time_is_the_latest() -> None:
    """An instance that stopped and then ran is running."""
    record = only(Fact(STATE, "Running", "1", NOW_MS + HOUR), Fact(STATE, "Stopped", "1", NOW_MS))

    assert (record.status, record.status_at, record.statuses) == ("Running", NOW_MS + HOUR, ("Stopped", "Running"))


def test_notice_period_starts_at_the_last_occurrence() -> None:
    """The due time is the second occurrence plus three minutes."""
    record = only(Fact(SPOT, "SpotToBeReleased", "1", NOW_MS), Fact(SPOT, "SpotToBeReleased", "1", NOW_MS, "", 1))

    assert record.due is None or record.due == NOW_MS + workload.REPEAT_MS + 3 * 60_000
    assert record.statuses == ("SpotToBeReleased",)


def test_postponed_event_is_another_transition_of_the_same_record() -> None:
    """The same event id with a later `notBefore` keeps both transitions; the later one is due."""
    record = only(Fact(REBOOT, "Scheduled", "1", NOW_MS), Fact(REBOOT, "Scheduled", "1", NOW_MS, postponed_hours=5))

    assert record.statuses == ("Scheduled", "Scheduled")
    assert record.due == NOW_MS + 48 * HOUR + 5 * HOUR


@pytest.mark.parametrize("seed", range(40))
def test_fact_can_be_rendered_in_each_of_its_envelopes(seed: int) -> None:
    """Every drawn fact has a record key and a text in each of its envelopes."""
    rng = random.Random(seed)  # noqa: S311 - a seeded generator is the point
    for fact in workload.draw_facts(rng, 2):
        key, _ = reference.identity(fact)

        assert key.startswith(fact.spec.kind.record_prefix)
        assert all(workload.render(fact, form).text for form in fact.forms())


@pytest.mark.parametrize("type_", [REBOOT, STATE, "ecs:Disk:Stalled", "ecs:Instance:LiveMigrationAcrossDDH"])
def test_pipeline_reading_agrees_with_the_second_reading(type_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A content model without a second reading is simulated with the pipeline's reading, to the same records."""
    spec = Fact(type_, "", "1", NOW_MS).spec
    facts = [Fact(type_, status, "1", NOW_MS + n * HOUR) for n, status in enumerate(spec.statuses)]
    expected = reference.records(facts)
    monkeypatch.delitem(reference_reading.READERS, spec.content)
    reference_reading.transition_of.cache_clear()

    assert reference.records(facts) == expected
    reference_reading.transition_of.cache_clear()


def test_every_present_model_has_a_second_reading() -> None:
    """Only a model that is newer than this test may use the pipeline's reading."""
    assert len(reference_reading.READERS) >= 8
