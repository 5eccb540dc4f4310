"""The vendor's SDK for ECS, in its own environment, against a server; `make test` talks to it by plain signed HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsledger.ecs_reconciler.api import EcsApi
from opsledger.settings import Settings
from yunmock import local_cloud
from yunmock.ecs.api_2014 import CALLS
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.apart.conftest import Installed

PROGRAM = Path(__file__).with_name("roundtrip.py")
REGION = "cn-hangzhou"
REBOOT = "SystemMaintenance.Reboot"
NOT_BEFORE = (datetime.now(timezone.utc) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(scope="module")
def answers(installed: Callable[[str], Installed]) -> Any:
    """What the program got from a server with 24 instances."""
    cloud = local_cloud(strict_keys=True)
    ecs: Any = cloud.services["ecs"]
    ecs.create_instance(REGION, "web-1", instance_id="i-1", host_name="web1", tags={"owner": "shop"})
    ecs.lock_instance("i-1", ["security"])
    for number in range(2, 24):
        ecs.create_instance(
            REGION, f"web-{number}", instance_id=f"i-{number}", status="Stopped", tags={"owner": "shop"}
        )
    disk = ecs.create_disk(REGION, "data", disk_id="d-1", instance_id="i-1")
    ecs.start_disk_event(disk, "Stalled")
    ecs.schedule_event("i-2", REBOOT, event_id="e-open", not_before=NOT_BEFORE)
    ecs.schedule_event("i-2", REBOOT, event_id="e-done", status="Executed")
    ecs.schedule_event("i-3", "SystemMaintenance.IsolateErrorDisk", event_id="e-asked")
    spot = ecs.create_instance(REGION, "spot", instance_id="i-spot", spot_strategy="SpotAsPriceGo")
    ecs.lock_instance(spot, ["Recycling"])
    for number in range(12):
        ecs.schedule_event(spot, REBOOT, event_id=f"e-{number}", status="Canceled")
    with Server(cloud) as server:
        ours = listed(server)
        further = {"ECS_ENDPOINT": server.endpoints["ecs"], "NOT_BEFORE": NOT_BEFORE}
        answers = installed("ecs").answers(PROGRAM, {**server.environment, **further})
    return {**answers, "ours": ours}


def listed(server: Server) -> dict[str, Any]:
    """What the reconciler's own client gets from the server before the program changes anything."""
    account = server.cloud.account
    keys = (account.access_key_id, account.access_key_secret)
    api = EcsApi(Settings("", "", "", *keys, ecs_address=f"http://{server.address}"), REGION)
    return {
        "history": api.history().items,
        "recycling": api.recycling().items,
        "disks": api.disk_events("Stalled").items,
    }


def known(row: Any, names: Any) -> Any:
    """The part of a row that has these names, at every depth: a model of the SDK drops what it does not know."""
    if isinstance(row, dict) and isinstance(names, dict):
        return {name: known(row[name], names[name]) for name in names if name in row}
    if isinstance(row, list) and isinstance(names, list) and len(row) == len(names):
        return [known(*pair) for pair in zip(row, names, strict=True)]
    return row


@pytest.mark.parametrize("what", ["history", "recycling", "disks"])
def test_the_own_client_gets_the_same_answers(answers: Any, what: str) -> None:
    """Every row that the SDK gives, and in each all that it knows; the pages of either may be of another size."""
    theirs, ours = answers["listed"][what], answers["ours"][what]

    assert theirs
    assert [known(row, own) for row, own in zip(ours, theirs, strict=True)] == theirs


def test_every_call_of_the_sdk_is_known(answers: Any) -> None:
    """Each is answered or refused by name, and there is none besides."""
    assert set(answers["calls"]) == CALLS


def test_instances(answers: Any) -> None:
    """In the account's region: three pages by token, then one instance by tag and status, with its tags and locks."""
    assert answers["regions"] == ["cn-hangzhou"]
    assert answers["instances"] == {
        "pages": [10, 10, 4],
        "names": sorted(["spot", *(f"web-{number}" for number in range(1, 24))]),
        "mine": ["i-1", "web1", "cn-hangzhou-h", "NoSpot"],
        "tags": [["owner", "shop"]],
        "locks": ["security"],
    }


def test_history(answers: Any) -> None:
    """Without statuses only the finished event comes back, with all seven each of them."""
    done = ["e-done", "i-2", REBOOT, "Executed", None]
    canceled = [[f"e-{number}", "i-spot", REBOOT, "Canceled", None] for number in range(12)]

    assert answers["finished"] == [done, *canceled][:10]
    assert (
        answers["all"]
        == [
            ["e-open", "i-2", REBOOT, "Scheduled", NOT_BEFORE],
            done,
            ["e-asked", "i-3", "SystemMaintenance.IsolateErrorDisk", "Inquiring", None],
            *canceled,
        ][:10]
    )


def test_a_drill(answers: Any) -> None:
    """A simulated event is made, seen in both calls, and canceled."""
    assert answers["drill"] == {
        "made": [["i-1", REBOOT, "Scheduled", NOT_BEFORE]],
        "full": [["i-1", "Running", "Warning", 1]],
        "canceled": ["Canceled"],
    }


def test_disks(answers: Any) -> None:
    """A disk comes with its health and its event."""
    assert answers["disks"] == [["d-1", "i-1", "Impaired", ["Stalled"]]]


def test_changes(answers: Any) -> None:
    """An event is accepted once; what is to happen under maintenance is set."""
    assert answers["inquiry"] == ["Executing", "OperationConflict"]
    assert answers["maintenance"] == ["Stop", True, "02:00:00", "04:00:00"]


def test_refusals(answers: Any) -> None:
    """The SDK raises ECS's codes."""
    assert answers["wrong"] == "InvalidStatus.NotFound"
    assert answers["stranger"] == "SignatureDoesNotMatch"
    assert answers["other"] == "ActionNotSupported"
