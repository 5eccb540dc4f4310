"""The vendor's SDK for the API of 2023-03-30, in an environment of its own; `make test` signs its requests by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from yunmock import local_cloud
from yunmock.server import Server

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("roundtrip.py")
ENVIRONMENT = ROOT / ".venv" / f"apart-ecs-{sys.version_info.major}.{sys.version_info.minor}"


def test_a_function_from_its_making_to_its_end() -> None:
    """The SDK makes, changes, calls and deletes a function and its triggers, and reads every answer and refusal."""
    if not (ENVIRONMENT / ".ready").is_file():
        pytest.fail(f"{ENVIRONMENT.relative_to(ROOT)} is not built: run `make test-apart`")
    with Server(local_cloud(strict_keys=True)) as server:
        done = subprocess.run(  # noqa: S603 - our own program
            [str(ENVIRONMENT / "bin" / "python"), "-I", str(PROGRAM)],
            env={**server.environment, "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "layers": [[1, 2], [1, 2], ["python3.10"], ["shop"], [2]],
        "listed": ["made"],
        "trigger": "clock",
        "kept": 1,
        "made": ["made", 7, {"A": "b"}, "Active", "cba"],
        "taken": "FunctionAlreadyExists",
        "changed": [256, 7, "cba"],
        "new": "new",
        "web": ["http", "new"],
        "clock": "@every 2h",
        "triggers": ["web", "clock"],
        "full": "FunctionNotEmpty",
        "retries": 1,
        "gone": "FunctionNotFound",
    }
