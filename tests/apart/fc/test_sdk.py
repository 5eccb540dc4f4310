"""The vendor's SDK for the API of 2023-03-30, in an environment of its own; `make test` signs its requests by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from yunmock import local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.apart.conftest import Installed

PROGRAM = Path(__file__).with_name("roundtrip.py")


def test_a_function_from_its_making_to_its_end(installed: Callable[[str], Installed]) -> None:
    """The SDK makes, changes, calls and deletes a function and its triggers, and reads every answer and refusal."""
    with Server(local_cloud(strict_keys=True)) as server:
        answers = installed("ecs").answers(PROGRAM, server.environment)

    assert answers == {
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
