"""Node programs with the vendor's SDK for Node, against `yunmock serve`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.apart.node.conftest import MODULES

from yunmock import local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parent
OPTIONS = {"ttl": -1, "versions": 1, "update": True}


@pytest.fixture
def run(node_program: Callable[[str], str]) -> Callable[[str], Any]:
    """Runs a program against a new cloud, and returns the JSON that it prints."""

    def start(name: str) -> Any:
        with Server(local_cloud()) as server:
            environment = {**os.environ, **server.environment, "NODE_PATH": str(MODULES)}
            done = subprocess.run(  # noqa: S603 - our own program
                [node_program("node"), str(FOLDER / name)],
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return start


def test_node_round_trip(run: Callable[[str], Any]) -> None:
    """The Node SDK puts, gets, ranges, batches, and fails conditions, as the Python SDK does."""
    assert run("roundtrip.js") == {
        "got": {"flag": "true", "number": "42", "text": "hällo"},
        "conflict": 403,
        "condition": 403,
        "batch": [True, True, True],
        "range": ["a", "b", "c"],
        "next": "d",
        "backward": ["d", "c", "b", "a"],
        "gone": True,
    }


def test_the_life_of_a_table(run: Callable[[str], Any]) -> None:
    """The Node SDK decodes the answers about tables, with status, stream and the phase of an index."""
    assert run("tables.js") == {
        "described": {
            "name": "t",
            "key": [["id", 2]],
            "defined": [["n", 1]],
            "status": 1,
            "options": OPTIONS,
            "stream": [False, "0"],
            "indexes": [["by_n", True]],
            "reserved": [0, 0],
        },
        "put": 1,
        "got": {"n": "1"},
        "batch": [[True, 1], [True, 1]],
        "range": ["a", "b", "c"],
        "specific": "Specific tiemstamp and max versions cannot be given at the same time.",
        "updated": [{**OPTIONS, "ttl": 86400}, False],
        "committed": True,
        "deleted": 404,
    }
