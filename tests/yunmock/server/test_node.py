"""A program in another language, with the vendor's own package for it, against `yunmock serve`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from yunmock import local_cloud
from yunmock.server import Server

PROGRAM = Path(__file__).with_name("roundtrip.js")


def node() -> str:
    """The node binary; skips the test where it or the package is missing, since tests install nothing."""
    binary = shutil.which("node")
    if binary is None:
        pytest.skip("node is not installed")
    found = subprocess.run([binary, "-e", 'require("tablestore")'], capture_output=True, timeout=60, check=False)  # noqa: S603 - as found
    if found.returncode:
        pytest.skip("the npm package `tablestore` is not installed where node looks (NODE_PATH)")
    return binary


def test_node_round_trip() -> None:
    """The Node SDK puts, gets, ranges, batches, and fails conditions, as the Python SDK does."""
    binary = node()
    with Server(local_cloud()) as server:
        environment = {**os.environ, **server.environment}
        done = subprocess.run(  # noqa: S603 - our own program
            [binary, str(PROGRAM)], env=environment, capture_output=True, text=True, timeout=60, check=False
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
