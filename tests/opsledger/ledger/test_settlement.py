"""Settlement: what another record's step has ended, marked by a sweep, the same for every order of arrival."""

from __future__ import annotations

import random
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, FakeClock, PipelineHarness, make_event

from opsctl import rebuild
from opsledger import catalog, timestamps
from opsledger.deadline import Deadline
from opsledger.ledger import queries, settlement
from opsledger.ledger.overdue import Swept, stopped, sweep
from opsledger.ledger.rows import record_key

if TYPE_CHECKING:
    from tests.conftest import MakeHarness


MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
SPOT = "ecs:Instance:PreemptibleInstanceInterruption"
STATE = "ecs:Instance:StateChange"
DISK_EVENT, DISK_STATE = "ecs:Disk:Stalled", "ecs:Disk:StateChange"
MIGRATION = "ecs:Instance:LiveMigrationAcrossDDH"
ECI_SPOT, PLAN = "eci:Event:SpotToBeReleased", "eci:Event:ScheduledMaintenance"
GROUP = "eci:ContainerGroup:StateChange"
INSTANCE, DISK, POD = "i-settled", "d-settled", "eci-2zesettled000000001"
Event = dict[str, Any]


def event(type_: str, status: str | None, minutes: float, form: str = "cloudevent", **fields: Any) -> Event:
    """An event of the one instance, disk or container group, some minutes from now."""
    at = NOW_MS + round(minutes * MINUTE)
    if type_.startswith("eci:Event:"):
        fields = {"involvedObject": {"kind": "Pod", "namespace": "default", "name": "web", "uid": POD}, **fields}
    elif type_ == GROUP:
        names = {"Scheduling": "creationTime", "Succeeded": "succeededTime", "Failed": "failedTime"}
        own = names.get(status or "", "expiredTime" if status == "Expired" else "observedTime")
        fields = {"containerGroupId": POD, own: timestamps.show(at), **fields}
    elif type_ in (DISK_EVENT, DISK_STATE):
        fields = {"diskId": DISK, **fields}
    else:
        fields = {"resourceId" if type_ == STATE else "instanceId": INSTANCE, **fields}
    return make_event(type_, status, form=form, now_ms=at, **fields)


def swept(harness: PipelineHarness, minutes: float, seconds: float = 60.0) -> Swept:
    """The result of a sweep some minutes from now."""
    clock = FakeClock(now=NOW_MS + round(minutes * MINUTE))
    return sweep(harness.store, Deadline(clock, seconds), f"sweep-{next(PipelineHarness._requests)}")


def of_type(harness: PipelineHarness, type_: str) -> dict[str, Any]:
    """The one record of the type's kind."""
    prefix = catalog.find(type_)[0].kind.record_prefix
    (found,) = (shown for key, shown in harness.records().items() if key.startswith(f"{prefix}:"))
    return found


def mark(harness: PipelineHarness, type_: str) -> tuple[str, str | None, str | None]:
    """Outcome, and by what and when the record was settled."""
    shown = of_type(harness, type_)
    return shown["outcome"], shown["settled_by"], shown["settled_at"]


def at(minutes: float) -> str:
    """A moment as JSON has it."""
    return timestamps.show(NOW_MS + round(minutes * MINUTE))


OF_INSTANCE, OF_DISK, OF_GROUP = f"ecs:state:{INSTANCE}", f"ecs:disk-state:{DISK}", f"eci:state:{POD}"
SETTLED: dict[str, tuple[list[Event], str, str, float]] = {
    "interrupted, deleted": ([event(SPOT, "delete", 0), event(STATE, "Deleted", 4)], SPOT, OF_INSTANCE, 4),
    "interrupted, stopped": ([event(SPOT, "delete", 0), event(STATE, "Stopped", 3)], SPOT, OF_INSTANCE, 3),
    "interrupted, stopped and started again": (
        [event(SPOT, "stop", 0, action="stop"), event(STATE, "Stopped", 5), event(STATE, "Running", 60)],
        SPOT,
        OF_INSTANCE,
        5,
    ),
    "interrupted, stopped, then deleted": (
        [event(SPOT, "delete", 0), event(STATE, "Stopped", 4), event(STATE, "Deleted", 5)],
        SPOT,
        OF_INSTANCE,
        4,
    ),
    "interrupted by a push without a time": (
        [event(SPOT, "delete", 0, form="cloudmonitor-push"), event(STATE, "Deleted", 4)],
        SPOT,
        OF_INSTANCE,
        4,
    ),
    "deleted by a clock that is behind": (
        [event(SPOT, "delete", 0), event(STATE, "Deleted", -1)],
        SPOT,
        OF_INSTANCE,
        -1,
    ),
    "interrupted twice, the second time for good": (
        [
            event(SPOT, "delete", 0),
            event(STATE, "Stopped", 4),
            event(SPOT, "delete", 600),
            event(STATE, "Deleted", 605),
        ],
        SPOT,
        OF_INSTANCE,
        605,
    ),
    "planned, deleted": ([event(REBOOT, "Scheduled", 0), event(STATE, "Deleted", 90)], REBOOT, OF_INSTANCE, 90),
    "asked, deleted": ([event(REBOOT, "Inquiring", 0), event(STATE, "Deleted", 90)], REBOOT, OF_INSTANCE, 90),
    "under way, deleted": ([event(REBOOT, "Executing", 0), event(STATE, "Deleted", 9)], REBOOT, OF_INSTANCE, 9),
    "migrating, deleted": ([event(MIGRATION, "started", 0), event(STATE, "Deleted", 9)], MIGRATION, OF_INSTANCE, 9),
    "a disk's event, deleted": (
        [event(DISK_EVENT, "Executing", 0), event(DISK_STATE, "Deleted", 9)],
        DISK_EVENT,
        OF_DISK,
        9,
    ),
    "to be released, ended": ([event(ECI_SPOT, None, 0), event(GROUP, "Failed", 3)], ECI_SPOT, OF_GROUP, 3),
    "to be released, vanished": ([event(ECI_SPOT, None, 0), event(GROUP, "Vanished", 6)], ECI_SPOT, OF_GROUP, 6),
    "planned, no longer charged": ([event(PLAN, None, 0), event("eci:Event:StopCharge", None, 8)], PLAN, OF_GROUP, 8),
}
"""Events, the type of the one that is settled, by what, and how many minutes from now."""

OPEN: dict[str, tuple[list[Event], str]] = {
    "planned, stopped": ([event(REBOOT, "Scheduled", 0), event(STATE, "Stopped", 5)], REBOOT),
    "stopped before it was interrupted": ([event(STATE, "Stopped", -9), event(SPOT, "delete", 0)], SPOT),
    "interrupted again after it was stopped": (
        [event(SPOT, "delete", -600), event(STATE, "Stopped", -595), event(SPOT, "delete", 0)],
        SPOT,
    ),
    "another instance is deleted": (
        [event(SPOT, "delete", 0), event(STATE, "Deleted", 4, resourceId="i-other")],
        SPOT,
    ),
    "deleted at an absurd time": (
        [event(SPOT, "delete", 0), event(STATE, "Deleted", 100 * 24 * 60), event(STATE, "Running", 1)],
        SPOT,
    ),
    "about two instances": (
        [event(REBOOT, "Scheduled", 0), event(REBOOT, "Scheduled", 0, instanceId="i-z"), event(STATE, "Deleted", 4)],
        REBOOT,
    ),
    "ended before it was to be released": ([event(GROUP, "Failed", -5), event(ECI_SPOT, None, 0)], ECI_SPOT),
    "vanished and seen again": (
        [event(ECI_SPOT, None, 0), event(GROUP, "Vanished", 1), event(GROUP, "Running", 2)],
        ECI_SPOT,
    ),
}
"""Events, and the type of the one that is still to come."""


@pytest.mark.parametrize("name", SETTLED)
def test_a_sweep_settles_what_another_step_has_ended(name: str) -> None:
    """In every order, each event twice: with the record that did it and the moment; nothing is due then, or overdue."""
    events, type_, by, minutes = SETTLED[name]
    for order in permutations(events):
        harness = PipelineHarness()
        for one in (*order, *order):
            harness.process(one)
        swept(harness, 700)

        assert mark(harness, type_) == ("happened", by, at(minutes))
        shown = of_type(harness, type_)
        assert (shown["presumed"], shown["overdue_since"]) == (False, None)
        key = shown["record"]
        assert key not in [one.key for one in queries.due(harness.store, NOW_MS + 9000 * DAY)]


@pytest.mark.parametrize("name", OPEN)
def test_a_sweep_leaves_what_is_still_to_come(name: str) -> None:
    """In every order."""
    events, type_ = OPEN[name]
    for order in permutations(events):
        harness = PipelineHarness()
        for one in order:
            harness.process(one)
        swept(harness, 2.5)

        assert mark(harness, type_) == ("pending", None, None)


@pytest.mark.parametrize("name", SETTLED)
def test_sweeps_in_between_change_nothing(name: str) -> None:
    """However often and whenever: after all deliveries and one sweep, every column is the same."""
    events, *_ = SETTLED[name]
    rng = random.Random(name)  # noqa: S311 - the same orders in every run
    dumps = []
    for tried in range(12):
        harness = PipelineHarness()
        for one in rng.sample(events, len(events)):
            harness.process(one)
            if tried:
                swept(harness, rng.choice([1, 4, 20, 700]))
        swept(harness, 701)
        dumps.append(harness.dump())

    assert all(dump == dumps[0] for dump in dumps)


def test_a_second_interruption_removes_the_mark(harness: PipelineHarness) -> None:
    """It is pending and due again, until the instance is stopped again."""
    for one in (event(SPOT, "delete", 0), event(STATE, "Stopped", 4)):
        harness.process(one)
    swept(harness, 10)
    harness.process(event(SPOT, "delete", 600))
    assert mark(harness, SPOT) == ("pending", None, None)
    swept(harness, 601)
    assert mark(harness, SPOT) == ("pending", None, None)

    harness.process(event(STATE, "Stopped", 603))
    swept(harness, 604)
    assert mark(harness, SPOT) == ("happened", OF_INSTANCE, at(603))


def test_a_mark_is_taken_back_when_the_group_is_seen_again(harness: PipelineHarness) -> None:
    """The poll that missed it was wrong, and the release is still to come."""
    for one in (event(ECI_SPOT, None, 0), event(GROUP, "Vanished", 1)):
        harness.process(one)
    assert swept(harness, 1.5).settled == 1
    harness.process(event(GROUP, "Running", 2))

    assert swept(harness, 2.5).settled == 1
    assert mark(harness, ECI_SPOT) == ("pending", None, None)
    assert swept(harness, 2.6).settled == 0


def test_an_earlier_end_that_arrives_later_moves_the_mark(harness: PipelineHarness) -> None:
    """Also where the release was presumed, or settled by a later step, in a sweep before."""
    harness.process(event(SPOT, "delete", 0))
    swept(harness, 6)
    assert of_type(harness, SPOT)["presumed"] is True
    harness.process(event(STATE, "Deleted", 5))
    swept(harness, 7)
    assert mark(harness, SPOT) == ("happened", OF_INSTANCE, at(5))
    harness.process(event(STATE, "Stopped", 4))
    swept(harness, 8)

    assert mark(harness, SPOT) == ("happened", OF_INSTANCE, at(4))
    assert of_type(harness, SPOT)["presumed"] is False


@pytest.mark.parametrize("thousandths", [(0, 7), (7, 0)], ids=["more precise later", "less precise later"])
def test_a_mark_is_the_same_however_precisely_routes_date_the_end(
    harness: PipelineHarness, thousandths: tuple[int, int]
) -> None:
    """One route has milliseconds, another none, and a sweep that has settled the record does not look at it again."""
    harness.process(event(REBOOT, "Scheduled", 0))
    for ms in thousandths:
        harness.process(event(STATE, "Deleted", 4 + ms / MINUTE))
        swept(harness, 5)

    assert of_type(harness, STATE)["status_at"] == timestamps.show(NOW_MS + 4 * MINUTE + 7)
    assert mark(harness, REBOOT) == ("happened", OF_INSTANCE, at(4))


def test_an_end_of_its_own_needs_no_mark(harness: PipelineHarness) -> None:
    """A record that was settled and then moves loses the mark for good."""
    for one in (event(REBOOT, "Scheduled", 0), event(STATE, "Deleted", 9)):
        harness.process(one)
    swept(harness, 10)
    harness.process(event(REBOOT, "Canceled", 11))
    swept(harness, 12)

    assert mark(harness, REBOOT) == ("averted", None, None)


def test_a_swept_record_is_not_written_again(harness: PipelineHarness) -> None:
    """A second sweep finds the mark as it should be."""
    for one in (event(SPOT, "delete", 0), event(STATE, "Deleted", 4)):
        harness.process(one)
    assert swept(harness, 9).settled == 1
    (key,) = (record_key(name) for name in harness.records() if name.startswith("ecs:interruption:"))
    before = harness.store.read([key])

    assert (swept(harness, 10).settled, harness.store.read([key])) == (0, before)


def test_what_is_not_global_is_settled_in_its_own_cluster(harness: PipelineHarness) -> None:
    """Two clusters may have a pod of the same name."""
    pod = {"kind": "Pod", "namespace": "batch", "name": "web-0"}
    for account in ("1", "2"):
        harness.process({**event(ECI_SPOT, None, 0, involvedObject=pod), "aliyunoriginalaccountid": account})
    ended = event("eci:Event:StopCharge", None, 2, involvedObject=pod)
    harness.process({**ended, "aliyunoriginalaccountid": "2"})
    swept(harness, 2.5)

    outcomes = {key.split(":")[2][0]: r["outcome"] for key, r in harness.records().items() if ":spot:" in key}
    assert outcomes == {"1": "pending", "2": "happened"}


@pytest.mark.parametrize("from_content", [False, True])
def test_a_rebuild_keeps_the_mark(harness: PipelineHarness, from_content: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """The ledger does not have it; nothing differs."""
    for one in (event(SPOT, "delete", 0), event(STATE, "Deleted", 4)):
        harness.process(one)
    swept(harness, 9)
    found = list(
        rebuild.rebuild(
            harness.store,
            rebuild.Which(),
            lambda: Deadline(harness.clock, 60.0),
            apply=True,
            from_content=from_content,
        )
    )

    assert [one.same for one in found] == [True, True]
    assert mark(harness, SPOT) == ("happened", OF_INSTANCE, at(4))


def test_every_store_settles(any_harness: PipelineHarness) -> None:
    """Through the indexes of a real table as well."""
    any_harness.process([event(SPOT, "delete", 0), event(REBOOT, "Scheduled", 0), event(STATE, "Deleted", 4)])
    found = swept(any_harness, 9)

    assert (found.settled, found.marked, found.finished) == (2, (), True)
    assert [mark(any_harness, type_)[1] for type_ in (SPOT, REBOOT)] == [OF_INSTANCE, OF_INSTANCE]


def test_a_sweep_with_many_open_records_goes_on_in_the_next(
    make_harness: MakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks at so many rows at most, notes where it stopped, and none is left out."""
    monkeypatch.setattr(settlement, "MAX_ROWS", 40)
    harness = make_harness()
    plans = [make_event(REBOOT, "Scheduled", seed=str(n), instanceId=f"i-{n}") for n in range(100)]
    ends = [make_event(STATE, "Deleted", seed=str(n), resourceId=f"i-{n}", now_ms=NOW_MS + HOUR) for n in range(100)]
    harness.process(plans)
    harness.process(ends)
    sweeps = [swept(harness, 90) for _ in range(4)]

    assert [one.settled for one in sweeps[:3]] == [40, 40, 20]
    assert [one.finished for one in sweeps] == [False, False, True, True]
    assert stopped(harness.store) == stopped(harness.store)._replace(settling=())  # type: ignore[union-attr]  # there was a sweep


def test_many_open_records_do_not_keep_a_sweep_from_what_has_ended(
    make_harness: MakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An end that comes after its interruption was presumed to be over settles it, though no walk gets to the last."""
    monkeypatch.setattr(settlement, "MAX_ROWS", 40)
    harness = make_harness()
    harness.process([event(SPOT, "delete", 0)])
    harness.process([make_event(REBOOT, "Scheduled", seed=str(n), instanceId=f"i-{n}") for n in range(100)])
    presumed = [swept(harness, 30 + n) for n in range(3)]
    harness.process([event(STATE, "Deleted", 4)])

    assert presumed[0].to_json()["presumed"] == 1
    assert swept(harness, 40).settled == 1
    assert mark(harness, SPOT) == ("happened", OF_INSTANCE, at(4))


def test_a_record_of_another_version_is_left_as_it_is(harness: PipelineHarness) -> None:
    """Neither as one that may be settled nor as one that settles."""
    harness.process([event(SPOT, "delete", 0), event(STATE, "Deleted", 4)])
    rows: Any = harness.store.rows  # type: ignore[attr-defined]  # the store in memory
    for name in (OF_INSTANCE, f"ecs:interruption:{INSTANCE}"):
        key = record_key(name)
        columns = rows[key]
        rows[key] = {**columns, "kind": "no-longer-there"}
        assert swept(harness, 4.5).settled == 0
        rows[key] = columns

    assert swept(harness, 4.6).settled == 1
