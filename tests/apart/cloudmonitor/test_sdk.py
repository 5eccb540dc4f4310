"""The vendor's SDK for CloudMonitor, in the environment of those for ECS and ROS, reports metrics to a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from yunmock import local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.apart.conftest import Installed

PROGRAM = Path(__file__).with_name("roundtrip.py")


def test_the_sdk_reports_metrics(installed: Callable[[str], Installed]) -> None:
    """Its entries arrive as they are sent; a wrong one, one too many and any other call are refused."""
    cloud = local_cloud(strict_keys=True)
    with Server(cloud) as server:
        answers = installed("ecs").answers(PROGRAM, server.environment)
    data: Any = cloud.services["cloudmonitor"].list_metrics()

    assert answers == {
        "answer": ["200", "success"],
        "wrong": "InvalidParameter",
        "many": "InvalidParameter",
        "other": "ActionNotSupported",
    }
    assert [(one["name"], one["period"], one["values"], one["dimensions"]) for one in data] == [
        ("waiting", period, {"LastValue": 3.0}, {"team": "shop"}) for period in (60, 300)
    ]
