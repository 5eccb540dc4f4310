"""The vendor's SDK for ECS, in its own environment, against a server; `make test` talks to it by plain signed HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from yunmock import local_cloud
from yunmock.ecs.api_2014 import CALLS
from yunmock.server import Server

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("roundtrip.py")
ENVIRONMENT = ROOT / ".venv" / f"apart-ecs-{sys.version_info.major}.{sys.version_info.minor}"
REGION = "cn-hangzhou"
REBOOT = "SystemMaintenance.Reboot"
NOT_BEFORE = (datetime.now(timezone.utc) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(scope="module")
def answers() -> Any:
    """What the program got from a server with 23 instances."""
    if not (ENVIRONMENT / ".ready").is_file():
        pytest.fail(f"{ENVIRONMENT.relative_to(ROOT)} is not built: run `make test-apart`")
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
    with Server(cloud) as server:
        account = cloud.account
        keys = {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": account.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": account.access_key_secret,
        }
        place = {"ECS_ENDPOINT": server.endpoints["ecs"], "NOT_BEFORE": NOT_BEFORE, "PATH": os.environ["PATH"]}
        done = subprocess.run(  # noqa: S603 - our own program
            [str(ENVIRONMENT / "bin" / "python"), "-I", str(PROGRAM)],
            env={**keys, **place},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_call_of_the_sdk_is_known(answers: Any) -> None:
    """Each is answered or refused by name, and there is none besides."""
    assert set(answers["calls"]) == CALLS


def test_instances(answers: Any) -> None:
    """Three pages by token, then one instance by tag and status, with its tags and locks."""
    assert answers["instances"] == {
        "pages": [10, 10, 3],
        "names": sorted(f"web-{number}" for number in range(1, 24)),
        "mine": ["i-1", "web1", "cn-hangzhou-h", "NoSpot"],
        "tags": [["owner", "shop"]],
        "locks": ["security"],
    }


def test_history(answers: Any) -> None:
    """Without statuses only the finished event comes back, with all seven each of them."""
    done = ["e-done", "i-2", REBOOT, "Executed", None]

    assert answers["finished"] == [done]
    assert answers["all"] == [
        ["e-open", "i-2", REBOOT, "Scheduled", NOT_BEFORE],
        done,
        ["e-asked", "i-3", "SystemMaintenance.IsolateErrorDisk", "Inquiring", None],
    ]


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
