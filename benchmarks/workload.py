"""The events that are measured with: samples of the catalogue, told apart by number."""

from __future__ import annotations

import json
from typing import Any

from opsctl import sample
from opsledger import catalog

NOW_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
STATE = "ecs:Instance:StateChange"
BATCH = 100


def event(number: int = 0, type_: str = REBOOT) -> dict[str, Any]:
    """CloudEvent number `number`: another thing each."""
    spec, _ = catalog.find(type_)
    return sample.event(spec, sample.statuses(spec)[0], "cloudevent", seed=f"bench {number}", now_ms=NOW_MS)


def batch(first: int = 0, count: int = BATCH) -> bytes:
    """`count` events of distinct things, as one invocation's payload."""
    return json.dumps([event(first + n) for n in range(count)]).encode()


def moments(count: int) -> list[bytes]:
    """`count` changes of one instance's state, a minute apart, each as a payload of its own."""
    spec, _ = catalog.find(STATE)
    told = (sample.event(spec, "Running", "cloudevent", seed="one", now_ms=NOW_MS + n * 60_000) for n in range(count))
    return [json.dumps(one).encode() for one in told]


def aws_event(number: int = 0) -> dict[str, Any]:
    """Event number `number` as EventBridge of AWS would deliver the same content."""
    same = event(number)
    return {
        "version": "0",
        "id": same["id"],
        "source": "acs.ecs",
        "account": "123456789012",
        "time": "2026-01-01T00:00:00Z",
        "region": "cn-hangzhou",
        "resources": [],
        "detail-type": same["type"],
        "detail": same["data"],
    }
