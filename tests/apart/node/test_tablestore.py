"""Node programs with the vendor's SDK for Node, against `yunmock serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

OPTIONS = {"ttl": -1, "versions": 1, "update": True}


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
