"""The reconciler keeps names, owners and tags of instances beside the records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.opsledger.ecs_reconciler.scene import DAY_S, HOUR_S, REGION, Scene

from opsledger.deadline import Deadline
from opsledger.ecs_reconciler.naming import Naming
from opsledger.errors import ThrottledError, UnavailableError
from opsledger.ledger import resources
from opsledger.notify.outbox import heard
from opsledger.rpc import TokenRefusedError
from opsledger.store.tables import CURSORS, RESOURCES
from yunmock import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.errors import WorldFailedError
    from opsledger.rpc import Page

OPERATION = "DescribeInstances"


def naming(scene: Scene, api: Any = None, seconds: float = 300.0, owner_tag: str = "owner") -> Naming:
    """The naming of one invocation."""
    return Naming(api or scene.api(), scene.store, Deadline(scene.clock, seconds), "names", owner_tag)


def names(scene: Scene) -> dict[str, str]:
    """The names that are known, by the ids of the instances."""
    found = [resources.read_resource(row) for row in scene.store.walk(RESOURCES, ())]
    return {resource.id.rpartition(":")[2]: resource.name for resource in found}


def asked(scene: Scene) -> int:
    """How often the API was asked for instances, since the last time."""
    number = sum(call.operation == OPERATION for call in scene.cloud.calls_of("ecs"))
    scene.cloud.clear_calls()
    return number


class Faulty:
    """An API that gives some pages, and then fails."""

    region = REGION

    def __init__(self, scene: Scene, pages: int, error: WorldFailedError) -> None:
        self._api, self._left, self._error = scene.api(), pages, error

    def instances(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
        """A page, if there is one left."""
        if not self._left:
            raise self._error
        self._left -= 1
        return self._api.instances(next_token=next_token, ids=ids)


def test_all_instances_are_named(scene: Scene) -> None:
    """Page by page; their owner is the value of the tag that is configured."""
    ids = [scene.instance(f"web-{n}", tags={"team": "shop"}) for n in range(250)]
    run = naming(scene, owner_tag="team")
    run.name_all()

    assert names(scene) == {id_: f"web-{n}" for n, id_ in enumerate(ids)}
    assert (run.asked, asked(scene)) == (250, 3)
    (row, *_) = scene.store.walk(RESOURCES, ())
    assert resources.read_resource(row).owner == "shop"


def test_all_are_asked_for_once_a_day(scene: Scene) -> None:
    """A new name is known a day later at the latest; an instance that was released keeps its last one."""
    gone, renamed = scene.instance("old"), scene.instance("web")
    naming(scene).name_all()
    scene.ecs.rename_instance(renamed, "shop")
    scene.ecs.release_instance(gone)
    asked(scene)
    naming(scene).name_all()
    assert asked(scene) == 0
    scene.advance(DAY_S)
    naming(scene).name_all()

    assert names(scene) == {gone: "old", renamed: "shop"}


def test_a_listing_goes_on_where_it_stopped(scene: Scene) -> None:
    """Without time for more, or after a failure of the API, no page is read twice."""
    ids = {scene.instance(f"web-{n}") for n in range(350)}
    with pytest.raises(UnavailableError):
        naming(scene, Faulty(scene, 2, UnavailableError("no answer"))).name_all()
    assert len(names(scene)) == 200
    naming(scene, seconds=1.0).name_all()
    assert len(names(scene)) == 200
    asked(scene)
    naming(scene).name_all()

    assert set(names(scene)) == ids
    assert asked(scene) == 2


def test_a_refused_token_begins_the_listing_again(scene: Scene) -> None:
    """With the next invocation, from the first page."""
    for number in range(150):
        scene.instance(f"web-{number}")
    naming(scene, Faulty(scene, 1, TokenRefusedError("expired"))).name_all()
    assert len(names(scene)) == 100
    naming(scene).name_all()

    assert len(names(scene)) == 150


def test_new_instances_are_named_soon(scene: Scene) -> None:
    """Those of records that came since the last invocation, each asked for once; of another region none."""
    naming(scene).name_all()
    instance = scene.instance("web")
    scene.ecs.schedule_event(instance, "SystemMaintenance.Reboot", not_before=scene.clock.now_ms() + HOUR_S * 1000)
    scene.advance(10)
    scene.push()
    asked(scene)
    naming(scene).name_new()
    assert names(scene) == {instance: "web"}
    assert asked(scene) == 1
    naming(scene).name_new()

    assert asked(scene) == 0


def test_naming_is_no_sign_of_life(scene: Scene) -> None:
    """Its row among the cursors does not make the notifier believe that a poller was heard of, or is silent."""
    naming(scene).name_new()
    naming(scene).name_all()

    assert list(heard(scene.store.walk(CURSORS, ()))) == []
    assert len(list(scene.store.walk(CURSORS, ()))) == 1


def test_a_failing_api_fails_the_naming_alone(scene: Scene) -> None:
    """It is asked twice, and then says so; the next invocation begins again."""
    scene.instance("web")
    scene.cloud.faults.add(Fault("ecs", OPERATION, code="Throttling", status=400, times=-1))
    with pytest.raises(ThrottledError):
        naming(scene).name_all()
    assert asked(scene) == 2
    scene.cloud.faults.clear()
    naming(scene).name_all()

    assert list(names(scene).values()) == ["web"]
