"""What a round of the reconciler reads, records and writes, and how it goes on after a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.opsledger.ecs_reconciler.scene import DAY_S, HOUR_S, MINUTE_S, PATIENCE_S, REBOOT, REGION, Scene

from opsledger import catalog
from opsledger.errors import UnavailableError, WorldFailedError
from opsledger.ledger import state
from opsledger.ledger.rows import record_key
from opsledger.ledger.verdicts import VerdictKind
from opsledger.polling.cursor import OvertakenError
from opsledger.polling.rounds import MOST_RESTARTS, RoundGivenUpError
from opsledger.rpc import Page
from opsledger.store.tables import CURSORS, LEDGER, VERDICTS
from yunmock.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUSES = ("Inquiring", "Scheduled", "Executing", "Executed", "Avoided", "Canceled", "Failed")


def columns(scene: Scene, *, without: Any = ()) -> Mapping[Any, Any]:
    """Every row of the store, less those of some tables."""
    store: Any = scene.store
    return {key: row for key, row in store.rows.items() if key.table not in without}


@pytest.mark.parametrize("status", STATUSES)
def test_the_first_round_has_events_in_every_status(scene: Scene, status: str) -> None:
    """A call without statuses would give the finished ones alone."""
    event = scene.ecs.schedule_event(scene.instance(), REBOOT, status=status, on_bus=False)
    scene.reconcile()

    record = scene.records()[f"ecs:event:{event}"]
    assert (state.summarize(record).status, record.region, record.account) == (
        status,
        REGION,
        scene.cloud.account.account_id,
    )
    sources = {row.columns["source"] for row in scene.store.walk(LEDGER, [])}
    assert sources == {"reconciled"}


def test_the_first_round_fills_a_new_ledger_with_thirty_days(scene: Scene) -> None:
    """What ended earlier the API has forgotten; what is open it has, however old."""
    forgotten, ended = scene.maintenance(), None
    waiting = scene.maintenance(in_s=60 * DAY_S)
    scene.advance(10 * DAY_S)
    ended = scene.maintenance()
    scene.advance(25 * DAY_S)
    scene.reconcile()

    assert set(scene.records()) == {ended, waiting}
    assert forgotten not in scene.records()
    assert {anomaly.anomaly for anomaly in state.summarize(scene.records()[ended]).anomalies} == {"missed_start"}


def test_a_round_without_changes_writes_its_cursor_alone(scene: Scene) -> None:
    """The rows of verdicts say what the API said last."""
    for _ in range(3):
        scene.maintenance(in_s=DAY_S)
    scene.reconcile()
    before = columns(scene, without=(CURSORS,))
    reconciled = scene.reconcile()

    assert columns(scene, without=(CURSORS,)) == before
    assert (reconciled.rows, reconciled.counts["received"]) == (3, 0)


def test_a_change_is_recorded_once(scene: Scene) -> None:
    """One step for each status that the API was seen to say."""
    name = scene.maintenance()
    for seconds in (0, HOUR_S, 2 * MINUTE_S, DAY_S):
        scene.advance(seconds)
        scene.reconcile()

    assert scene.statuses(name) == ["Scheduled", "Executing", "Executed"]
    assert len(list(scene.store.walk(LEDGER, []))) == 3


@pytest.mark.parametrize("damage", [{"state": "torn"}, {"kind": "of a newer version"}], ids=str)
def test_a_damaged_record_does_not_keep_the_others_from_being_recorded(scene: Scene, damage: dict[str, str]) -> None:
    """The round ends and counts it, and it is recorded and judged when its row is repaired."""
    name = scene.maintenance()
    scene.reconcile()
    store: Any = scene.store
    repaired = store.rows[record_key(name)]
    store.rows[record_key(name)] = {**repaired, **damage}
    scene.advance(HOUR_S)
    other = scene.maintenance()
    rounds = [scene.reconcile() for _ in range(2)]
    store.rows[record_key(name)], written = repaired, store.rows[record_key(other)]

    said = [one.to_json() for one in rounds]
    assert [(one["damaged"], one["recorded"], one["duplicate"]) for one in said] == [(1, 1, 0), (1, 0, 0)]
    assert written["status"] == "Scheduled"
    assert "damaged" not in scene.reconcile().to_json()
    assert scene.statuses(name) == ["Scheduled", "Executing"]


def test_a_damaged_record_is_not_in_the_way_of_the_verdicts_behind_it(scene: Scene) -> None:
    """A hundred of them are looked at at once: one that stayed due would be among them each time."""
    scene.reconcile()
    scene.advance(HOUR_S)
    name = scene.maintenance(in_s=DAY_S)
    scene.reconcile()
    store: Any = scene.store
    store.rows[record_key(name)] = {**store.rows[record_key(name)], "state": "torn"}
    before = scene.verdict(name)
    assert before.judge_at is not None
    scene.advance(HOUR_S)
    scene.reconcile()
    after = scene.verdict(name)

    assert (after.verdict, after.note) == (before.verdict, before.note)
    assert after.judge_at is not None
    assert after.judge_at > scene.clock.now_ms()


def test_events_of_disks_begin_and_end(scene: Scene) -> None:
    """Also one that began and ended between two rounds, and one of two disks."""
    disks = [scene.ecs.create_disk(REGION, name, instance_id=scene.instance()) for name in ("a", "b")]
    lasting = scene.ecs.start_disk_event(disks[0], "SeverelyDegraded")
    short = scene.ecs.start_disk_event(disks[1], "ErrorDetected")
    scene.advance(MINUTE_S)
    scene.ecs.finish_disk_event(short)
    scene.reconcile()
    scene.advance(DAY_S)
    scene.ecs.finish_disk_event(lasting)
    scene.reconcile()

    assert scene.statuses(f"ecs:disk-event:{lasting}+{disks[0]}") == ["Executing", "Executed"]
    assert scene.statuses(f"ecs:disk-event:{short}+{disks[1]}") == ["Executed"]


def test_an_interruption_is_recorded_once_while_it_lasts(scene: Scene) -> None:
    """It is due five minutes after it was seen, because the API does not say when it began."""
    spot = scene.instance(spot_strategy="SpotAsPriceGo", spot_interruption_behavior="Stop")
    scene.ecs.interrupt_instance(spot)
    for _ in range(3):
        scene.advance(MINUTE_S)
        scene.reconcile()
    record = scene.records()[f"ecs:interruption:{spot}"]

    (transition,) = record.transitions.values()
    assert (transition.status, transition.dated_by_receipt) == ("stop", True)
    assert transition.received_at is not None
    assert state.summarize(record).due == transition.received_at + 5 * MINUTE_S * 1000


def test_a_second_interruption_is_another_one(scene: Scene) -> None:
    """An instance that was stopped may be started and interrupted again; both have to be seen."""
    spot = scene.instance(spot_strategy="SpotAsPriceGo", spot_interruption_behavior="Stop")
    for _ in range(2):
        scene.ecs.interrupt_instance(spot)
        scene.advance(MINUTE_S)
        scene.reconcile()
        scene.advance(HOUR_S)
        scene.ecs.start_instance(spot)
        scene.advance(HOUR_S)

    assert scene.statuses(f"ecs:interruption:{spot}") == ["stop", "stop"]


def test_a_pushed_interruption_is_not_recorded_again(scene: Scene) -> None:
    """The push said when it began."""
    spot = scene.instance(spot_strategy="SpotAsPriceGo")
    scene.ecs.interrupt_instance(spot)
    scene.advance(MINUTE_S)
    scene.push()

    assert scene.reconcile().counts["received"] == 0
    assert len(scene.records()[f"ecs:interruption:{spot}"].transitions) == 1


def test_what_the_catalogue_lacks_is_quarantined_once(scene: Scene) -> None:
    """It is noted that it was refused, so that no round counts it again."""
    scene.ecs.schedule_event(scene.instance(), "NoSuchType", on_bus=False)
    counts = [scene.reconcile().counts["quarantined"] for _ in range(2)]

    assert counts == [1, 0]
    assert [verdict.verdict for verdict in scene.verdicts().values()] == [VerdictKind.REFUSED]


def test_what_the_catalogue_learns_gets_a_verdict(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a push of it is recorded, what the API says is taken again."""
    event = scene.ecs.schedule_event(scene.instance(), "SystemMaintenance.Teleport", not_before="2026-02-01T00:00:00Z")
    scene.advance(MINUTE_S)
    pushed = scene.pushed()
    scene.reconcile()
    spec = catalog.find(f"ecs:Instance:{REBOOT}")[0]._replace(type="ecs:Instance:SystemMaintenance.Teleport")
    monkeypatch.setitem(catalog._EVENT_TYPES, spec.type, spec)
    scene.deliver(pushed)
    scene.advance(PATIENCE_S + MINUTE_S)
    verdicts = []
    for _ in range(3):
        scene.reconcile()
        verdicts.append(scene.verdict(f"ecs:event:{event}").verdict)

    assert verdicts == [VerdictKind.REFUSED, VerdictKind.AGREES, VerdictKind.AGREES]


@pytest.mark.parametrize("name", ["\ud800", 7, None, "", "a b", "x" * 200])
def test_an_id_that_is_none_is_quarantined_once(scene: Scene, name: Any) -> None:
    """It can be in no key and in no call."""

    class Api:
        region = REGION

        def history(self, *, next_token: str | None = None, ids: Any = ()) -> Page:
            del next_token, ids
            row = {"EventId": name, "InstanceId": name, "EventType": {"Name": REBOOT}}
            return Page(
                [{**row, "EventCycleStatus": {"Name": "Scheduled"}, "EventPublishTime": "2026-01-01T00:00:00Z"}], None
            )

        def recycling(self, *, next_token: str | None = None) -> Page:
            del next_token
            return Page([{"InstanceId": name, "OperationLocks": {"LockReason": [{"LockReason": "Recycling"}]}}], None)

        def disk_events(self, event_type: str, **_: Any) -> Page:
            row = {"DiskId": name, "EventId": name, "EventType": {"Name": event_type}}
            return Page([{**row, "EventTime": "2026-01-01T00:00:00Z"}], None)

    counts = [scene.reconciler(api=Api()).reconcile().counts["quarantined"] for _ in range(2)]

    assert counts == [6, 0]  # an event of an instance, four kinds of events of a disk, and a locked instance
    assert scene.records() == {}


# ------------------------------------------------------------------------------------------------------- failures
def test_a_round_goes_on_where_it_stopped(scene: Scene) -> None:
    """Two hundred and fifty events have three pages; each invocation has time for one."""
    names = {scene.maintenance(in_s=DAY_S) for _ in range(250)}

    class Slow:
        region = REGION

        def __getattr__(self, call: str) -> Any:
            def slowly(*arguments: Any, **options: Any) -> Any:
                scene.clock.sleep(20)
                return getattr(scene.api(), call)(*arguments, **options)

            return slowly

    invocations = 0
    finished = False
    while not finished:
        invocations += 1
        finished = scene.reconciler(seconds=24, api=Slow()).reconcile().progress.finished
        assert invocations < 20

    assert set(scene.records()) == names
    # A page each: three of events, eight of disks, one of locked instances. The last one compares and gives verdicts.
    assert invocations == 13


@pytest.mark.parametrize("page", range(12))
def test_no_page_is_lost_to_a_fault(scene: Scene, page: int) -> None:
    """If any call fails, for longer than there is patience, the next invocation has everything."""
    names = {scene.maintenance(in_s=DAY_S) for _ in range(250)}
    scene.cloud.faults.add(Fault("ecs", code="InternalError", status=500, skip=page, times=10))

    with pytest.raises(UnavailableError, match="ECS answered"):
        scene.reconcile()
    scene.reconcile()

    assert set(scene.records()) == names


def test_a_refused_token_begins_the_stage_again(scene: Scene) -> None:
    """The round is given up when that goes on; the next one begins after a pause, with the first page."""
    names = {scene.maintenance(in_s=DAY_S) for _ in range(150)}
    refuse = Fault("ecs", code="InvalidParameter.NextToken", status=400, skip=1, times=1)
    scene.cloud.faults.add(refuse)
    scene.reconcile()
    assert set(scene.records()) == names

    scene.cloud.faults.add(Fault("ecs", code="InvalidParameter.NextToken", status=400, times=MOST_RESTARTS + 1))
    with pytest.raises(RoundGivenUpError, match="page tokens were refused 6 times"):
        scene.reconcile()
    waits = scene.reconciler().reconcile()
    assert waits.progress.waits_until is not None
    assert "refused" in str(waits.progress.reason)
    scene.advance(HOUR_S)
    assert scene.reconcile().progress.invocation == 1


def test_of_two_reconcilers_one_stops(scene: Scene) -> None:
    """The later one goes on."""
    for _ in range(150):
        scene.maintenance(in_s=DAY_S)
    later: list[Any] = []

    class Overtaken:
        region = REGION

        def history(self, **options: Any) -> Page:
            if not later:
                later.append(scene.reconciler(request_id="later").reconcile())
            return scene.api().history(**options)

    with pytest.raises(OvertakenError):
        scene.reconciler(api=Overtaken(), request_id="earlier").reconcile()
    assert later[0].progress.finished


@pytest.mark.parametrize("call", ["history", "recycling", "disk_events", "history-ids"])
def test_an_answer_without_its_list_is_refused(scene: Scene, call: str) -> None:
    """As an empty one it would say that ECS knows of nothing."""
    scene.cloud.faults.add(Fault("ecs", code="", status=200, message="", times=10))
    api = scene.api()
    calls: dict[str, Any] = {
        "history": api.history,
        "history-ids": lambda: api.history(ids=["e-1"]),
        "recycling": api.recycling,
        "disk_events": lambda: api.disk_events("Stalled"),
    }

    with pytest.raises(WorldFailedError):
        calls[call]()


def test_a_crash_between_record_and_verdict_is_repaired(scene: Scene) -> None:
    """The event is recorded, the row of its verdict is not: the next round counts a duplicate and notes it."""
    name = scene.maintenance(in_s=DAY_S)
    scene.reconcile()
    store: Any = scene.store
    for key in [key for key in store.rows if key.table is VERDICTS]:
        del store.rows[key]
    scene.advance(PATIENCE_S)
    reconciled = scene.reconcile()

    assert reconciled.counts["duplicate"] == 1
    assert scene.verdict(name).status == "Scheduled"
    assert len(list(scene.store.walk(LEDGER, []))) == 1
