"""Tools run beside handlers in the simulator, each under its role, and what they would undo is noticed."""

from __future__ import annotations

import random
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from tests.simulation import operators, report, schedule
from tests.simulation.environment import Environment
from tests.simulation.fault_injector import FaultInjector
from tests.simulation.memory_store import MemoryStore
from tests.simulation.roles import EVENTS, POLLER, SWEEPER, RoleStore
from tests.simulation.run import run
from tests.simulation.schedule import ToolJob, draw

from opsledger import pipeline
from opsledger.deadline import Deadline
from opsledger.errors import MisconfiguredError
from opsledger.ledger.notification import Notification
from opsledger.ledger.rows import record_key
from opsledger.store import Put
from opsledger.store.tables import BY_STATUS, LEDGER, RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.schedule import Schedule

    from opsledger.store import Row


def with_tool(tool: str) -> Iterator[Schedule]:
    """The schedules in which a tool runs."""
    return (one for one in map(draw, range(2000)) if tool in one.tools)


def delivered() -> tuple[Environment, Row]:
    """The environment of a schedule after one event was acknowledged, and its record."""
    one = next(one for one in map(draw, range(2000)) if any(not event.reason for event in one.events))
    environment = Environment(one, MemoryStore(), random.Random(1))  # noqa: S311 - a seeded generator is the point
    injector = FaultInjector(environment, 0, -1, 0)
    text = next(event.text for event in one.events if not event.reason)
    found = pipeline.process(text, injector, Deadline(injector, 30), "one").entries
    notifications = [entry.notification for entry in found if isinstance(entry.notification, Notification)]
    environment.acknowledge(notifications)
    key = record_key(notifications[0].record.key)
    return environment, environment.store.read([key])[key]


@pytest.mark.parametrize("tool", sorted({*schedule.TOOLS, schedule.NOTIFY, schedule.MIGRATE}))
def test_a_tool_ends_beside_handlers(tool: str) -> None:
    """It is run again until it succeeds, however it is interrupted, and no invariant is violated."""
    for one in islice(with_tool(tool), 12):
        numbers = {job.number for job in one.jobs if isinstance(job, ToolJob)}
        ended = [invocation.job for invocation in run(one).invocations if invocation.ended == "ok"]

        assert numbers <= set(ended)
        assert report.find_violations(one) == []


def test_a_schedule_can_have_every_tool() -> None:
    """What a schedule draws is what can be run."""
    assert {*schedule.TOOLS, schedule.NOTIFY, schedule.MIGRATE, operators.LAST_SWEEP} == operators.TOOLS.keys()


def test_a_write_that_leaves_out_an_acknowledged_transition_is_noticed() -> None:
    """Also where a later write would repair it; a write that keeps it is none of these."""
    environment, row = delivered()
    revision = int(row.columns["revision"])
    kept = {**row.columns, "revision": revision + 1}
    without = {**kept, "revision": revision + 2, "state": '{"transitions":[],"truncated":false}'}

    environment.write([Put(row.key, kept, revision)])
    assert environment.undone == []
    environment.write([Put(row.key, without, revision + 1)])
    assert len(environment.undone) == 1


def test_a_write_that_does_not_land_undoes_nothing() -> None:
    """Its condition failed, so the record is as it was."""
    environment, row = delivered()

    environment.write([Put(row.key, {"state": '{"transitions":[],"truncated":false}'}, -1)])

    assert environment.undone == []


@pytest.mark.parametrize("role", [EVENTS, POLLER, SWEEPER])
def test_a_role_refuses_what_it_does_not_grant(role: str) -> None:
    """No function reads the ledger or walks all records; each may read records."""
    store = RoleStore(MemoryStore(), role)

    with pytest.raises(MisconfiguredError, match=role):
        store.read([record_key("one")._replace(table=LEDGER)])
    with pytest.raises(MisconfiguredError, match=role):
        store.walk(BY_STATUS, [])
    assert store.read([record_key("one")]) == {}
    assert record_key("one").table is RECORDS
