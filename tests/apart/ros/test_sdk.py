"""The vendor's SDK for ROS, in its own environment, makes a stack of this project's template on a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from yunmock import local_cloud
from yunmock.ros.coverage import CALLS
from yunmock.server import Server

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("roundtrip.py")
ENVIRONMENT = ROOT / ".venv" / f"apart-ecs-{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(scope="module")
def answers() -> Any:
    """What the program got."""
    if not (ENVIRONMENT / ".ready").is_file():
        pytest.fail(f"{ENVIRONMENT.relative_to(ROOT)} is not built: run `make test-apart`")
    with Server(local_cloud(strict_keys=True)) as server:
        environment = {
            **{name: value for name, value in server.environment.items() if name.startswith("ALIBABA_CLOUD_")},
            "ROS_ENDPOINT": server.endpoints["ros"],
            "TEMPLATE": str(ROOT / "infra" / "ros" / "template.yaml"),
            "PATH": os.environ["PATH"],
        }
        done = subprocess.run(  # noqa: S603 - our own program
            [str(ENVIRONMENT / "bin" / "python"), "-I", str(PROGRAM)],
            env=environment,
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
