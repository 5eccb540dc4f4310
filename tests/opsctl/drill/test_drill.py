"""Drills on the local cloud: to the message and back, and canceled whatever happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsctl.cli.drill import Scene, on_local_cloud
from opsctl.cli.render.drill import ADVICE, NOBODY, REFUSED, problems
from opsctl.drill.run import CANCELED, MADE, MARKED, NOTIFIED, PUSHED, SHOWN, STEPS, DrillRun, Planned
from opsctl.errors import ToolError
from opsledger.errors import StoreRefusedError, WorldFailedError
from opsledger.handlers import invocation
from opsledger.ledger import enrichment, queries, state
from opsledger.rpc import RpcClient
from opsledger.store.tables import DRILLS
from yunmock import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opsledger.deadline import Clock
    from yunmock import Cloud

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

REBOOT = "SystemMaintenance.Reboot"
HOUR_MS = 3_600_000
Calls = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Every call of the ECS API, with its parameters."""
    made: Calls = []
    call = RpcClient.call

    def recorded(client: RpcClient, action: str, query: Any) -> Any:
        made.append((action, dict(query)))
        return call(client, action, query)

    monkeypatch.setattr(RpcClient, "call", recorded)
    return made


@pytest.fixture
def scene(root: Path, tmp_path: Path) -> Iterator[Scene]:
    """A local cloud with one instance, the functions and rules of this project, and a chat."""
    with on_local_cloud(tmp_path / "data", root / "s.yaml") as opened:
        yield opened


def cloud_of(scene: Scene) -> Cloud:
    """The local cloud of a scene."""
    clock: Any = scene.clock
    cloud: Cloud = clock._cloud
    return cloud


def drill(scene: Scene, clock: Clock | None = None, **options: Any) -> DrillRun:
    """A drill of the scene's instance, prepared."""
    planned = Planned(
        **{
            "instances": scene.instances,
            "event_type": REBOOT,
            "not_before_ms": scene.clock.now_ms() + HOUR_MS,
            "by": "ann",
            "channels": scene.channels,
            "timeout_s": 130.0,
            **options,
        }
    )
    return DrillRun(scene.api, scene.store, clock or scene.clock, planned, "drill", lambda _step: None)


def statuses(scene: Scene, run: DrillRun) -> set[str]:
    """The statuses of the events in ECS."""
    ecs: Any = cloud_of(scene).services["ecs"]
    return {ecs.event(event.id)["EventCycleStatus"]["Name"] for event in run.events}


def test_a_drill_reaches_the_message_and_is_over(scene: Scene, calls: Calls) -> None:
    """Every step in its time; the message says that it is a drill; the record is marked, and the instance untouched."""
    run = drill(scene)
    run.run()

    assert run.succeeded
    assert [step.name for step in run.steps] == list(STEPS)
    assert [step.after_ms for step in run.steps] == sorted(step.after_ms for step in run.steps)
    ((record, known),) = enrichment.enriched(scene.store, queries.records(scene.store, queries.Filter()))
    assert (record.key, state.summarize(record).status) == (run.events[0].record, "Canceled")
    assert known.drill is not None
    assert (known.drill.by, known.name) == ("ann", "web-3")
    begin, end = scene.messages()
    assert "[DRILL]" in begin
    assert "[DRILL]" in end
    ecs: Any = cloud_of(scene).services["ecs"]
    assert ecs.instance(scene.instances[0])["Status"] == "Running"
    assert [query["TriggerRealOps"] for action, query in calls if action == "CreateSimulatedSystemEvents"] == ["false"]


class Interrupting:
    """A clock on which a person presses Ctrl-C while the drill waits."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._clock, name)

    def sleep(self, _seconds: float) -> None:
        """Press it."""
        raise KeyboardInterrupt


def test_ctrl_c_cancels_the_events(scene: Scene) -> None:
    """And nothing else is waited for."""
    clock: Any = Interrupting(scene.clock)
    run = drill(scene, clock)
    with pytest.raises(KeyboardInterrupt):
        run.run()

    assert [step.name for step in run.steps] == [MADE, MARKED, SHOWN, CANCELED]
    assert statuses(scene, run) == {"Canceled"}


def test_a_failing_store_cancels_the_events(scene: Scene) -> None:
    """Whatever fails once they are made."""
    cloud_of(scene).faults.add(Fault("tablestore", "BatchWriteRow", code="OTSAuthFailed", status=403, times=1))
    run = drill(scene)
    with pytest.raises(WorldFailedError):
        run.run()

    assert statuses(scene, run) == {"Canceled"}


def test_events_that_cannot_be_canceled_are_named(scene: Scene) -> None:
    """With the command that cancels them, once ECS allows it."""
    cloud_of(scene).faults.add(Fault("ecs", "CancelSimulatedSystemEvents", code="Forbidden.RAM", status=403, times=1))
    run = drill(scene)
    with pytest.raises(ToolError, match=r"not canceled.*opsledger drill --cancel e-"):
        run.run()
    assert statuses(scene, run) == {"Scheduled"}
    scene.api.cancel([event.id for event in run.events])

    assert statuses(scene, run) == {"Canceled"}


def test_a_busy_ecs_is_asked_again_to_cancel(scene: Scene) -> None:
    """A drill leaves nothing behind because of one refused call."""
    cloud_of(scene).faults.add(Fault("ecs", "CancelSimulatedSystemEvents", code="Throttling", status=400, times=3))
    run = drill(scene)
    run.run()

    assert run.succeeded


def test_what_cannot_be_made_leaves_no_mark(scene: Scene) -> None:
    """ECS refuses: nothing was made, and no record is marked."""
    with pytest.raises(StoreRefusedError, match="InvalidInstanceId"):
        drill(scene, instances=("i-none",)).run()

    assert list(scene.store.walk(DRILLS, ())) == []


def test_without_a_rule_nothing_is_pushed(scene: Scene) -> None:
    """The drill says where the way ends, and cancels the event; nothing further is waited for."""
    bridge: Any = cloud_of(scene).services["eventbridge"]
    for rule in bridge.registry.rules("default"):
        bridge.registry.delete_rule("default", rule.name)
    run = drill(scene)
    run.run()

    assert [step.name for step in run.steps] == [MADE, MARKED, SHOWN, CANCELED]
    assert problems(run) == [ADVICE[PUSHED]]
    assert statuses(scene, run) == {"Canceled"}


def test_no_route_takes_a_drill_by_itself(scene: Scene) -> None:
    """Without channels the default route gets nothing, and the drill says what to do."""
    run = drill(scene, channels=())
    run.run()

    assert scene.messages() == []
    assert (run.succeeded, problems(run)) == (False, [NOBODY])


def test_a_channel_that_refuses_is_no_success(scene: Scene) -> None:
    """The step is reached, and tells what the channel said."""
    run = drill(scene, channels=("nowhere",))
    run.run()
    (step,) = [one for one in run.steps if one.name == NOTIFIED]

    assert step.detail.startswith("nowhere refused: the configuration has no such channel")
    assert (run.succeeded, problems(run)) == (False, [REFUSED])


def test_many_instances_are_drilled_at_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those with a tag; each has a record that is marked."""
    # A chat takes three messages a minute, and there are six: the functions' time passes with the drill's.
    monkeypatch.setattr(invocation, "SystemClock", lambda: scene.clock)
    ecs: Any = cloud_of(scene).services["ecs"]
    for number in range(3):
        ecs.create_instance(scene.region, f"db-{number}", tags={"team": "db"})
    names = tuple(str(row["InstanceId"]) for row in scene.api.tagged("team", "db"))
    run = drill(scene, instances=names, timeout_s=300.0)
    run.run()

    assert run.succeeded
    assert len(run.events) == 3
    assert scene.api.tagged("team", "web") == []
    assert len(scene.api.tagged("team", "")) == 3
    found = list(enrichment.enriched(scene.store, queries.records(scene.store, queries.Filter())))
    assert [known.drill is not None for _, known in found] == [True] * 3
