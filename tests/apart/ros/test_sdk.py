"""The vendor's SDK for ROS, in its own environment, makes a stack of this project's template on a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from yunmock import local_cloud
from yunmock.ros.coverage import CALLS
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.apart.conftest import Installed

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("roundtrip.py")


@pytest.fixture(scope="module")
def answers(installed: Callable[[str], Installed]) -> Any:
    """What the program got."""
    with Server(local_cloud(strict_keys=True)) as server:
        further = {
            "ROS_ENDPOINT": server.endpoints["ros"],
            "TEMPLATE": str(ROOT / "infra" / "ros" / "template.yaml"),
        }
        return installed("ecs").answers(PROGRAM, {**server.environment, **further})


def test_every_call_of_the_sdk_is_known(answers: Any) -> None:
    """Each is answered or refused by name, and there is none besides."""
    assert set(answers["calls"]) == CALLS


def test_the_life_of_the_projects_stack(answers: Any) -> None:
    """It is accepted, previewed, made without rules, given its rules, and deleted; the same update twice is refused."""
    assert answers["parameters"][0] == "InstanceName"
    assert answers["planned"] > 5
    assert answers["listed"] == ["opsledger"]
    assert {"ROSTemplateFormatVersion", "Resources"} <= set(answers["template"])
    assert answers["made"] == ["CREATE_COMPLETE", "acs:ram::1000000000000001:role/"]
    assert (answers["updated"], answers["deleted"]) == ("UPDATE_COMPLETE", "DELETE_COMPLETE")
    assert answers["same"][0] == "NotSupported"
    assert answers["rules"][-1] == "opsledger-ecs-events"
