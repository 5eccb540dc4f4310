"""A Node program with the vendor's SDK for Node, against `yunmock serve`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.apart.node.conftest import MODULES

from yunmock import local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM = Path(__file__).with_name("roundtrip.js")


def test_node_round_trip(node_program: Callable[[str], str]) -> None:
    """The Node SDK puts, gets, ranges, batches, and fails conditions, as the Python SDK does."""
    with Server(local_cloud()) as server:
        environment = {**os.environ, **server.environment, "NODE_PATH": str(MODULES)}
        done = subprocess.run(  # noqa: S603 - our own program
            [node_program("node"), str(PROGRAM)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "got": {"flag": "true", "number": "42", "text": "hällo"},
        "conflict": 403,
        "condition": 403,
        "batch": [True, True, True],
        "range": ["a", "b", "c"],
        "next": "d",
        "backward": ["d", "c", "b", "a"],
        "gone": True,
    }
