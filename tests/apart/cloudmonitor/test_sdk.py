"""The vendor's SDK for CloudMonitor, in the environment of those for ECS and ROS, reports metrics to a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from yunmock import local_cloud
from yunmock.server import Server

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("roundtrip.py")
ENVIRONMENT = ROOT / ".venv" / f"apart-ecs-{sys.version_info.major}.{sys.version_info.minor}"


def test_the_sdk_reports_metrics() -> None:
    """Its entries arrive as they are sent; a wrong one, one too many and any other call are refused."""
    if not (ENVIRONMENT / ".ready").is_file():
        pytest.fail(f"{ENVIRONMENT.relative_to(ROOT)} is not built: run `make test-apart`")
    cloud = local_cloud(strict_keys=True)
    with Server(cloud) as server:
        names = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "CLOUDMONITOR_ENDPOINT")
        environment = {**{name: server.environment[name] for name in names}, "PATH": os.environ["PATH"]}
        done = subprocess.run(  # noqa: S603 - our own program
            [str(ENVIRONMENT / "bin" / "python"), "-I", str(PROGRAM)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    service: Any = cloud.services["cloudmonitor"]
    data = service.list_metrics()

    assert answers == {
        "answer": ["200", "success"],
        "wrong": "InvalidParameter",
        "many": "InvalidParameter",
        "other": "ActionNotSupported",
    }
    assert [(one["name"], one["period"], one["values"], one["dimensions"]) for one in data] == [
        ("waiting", period, {"LastValue": 3.0}, {"team": "shop"}) for period in (60, 300)
    ]
