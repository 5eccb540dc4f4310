"""The events used in the benchmarks: samples of the catalogue, each with a number."""

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
    """CloudEvent number `number`; each number is another entity."""
    spec, _ = catalog.find(type_)
    return sample.event(spec, sample.statuses(spec)[0], "cloudevent", seed=f"bench {number}", now_ms=NOW_MS)


def batch(first: int = 0, count: int = BATCH) -> bytes:
    """One payload with `count` events of distinct entities."""
    return json.dumps([event(first + n) for n in range(count)]).encode()


def state_changes(count: int) -> list[bytes]:
    """`count` payloads, each with one state change of the same instance, one minute apart."""
    spec, _ = catalog.find(STATE)
    events = (sample.event(spec, "Running", "cloudevent", seed="one", now_ms=NOW_MS + n * 60_000) for n in range(count))
    return [json.dumps(one).encode() for one in events]


def aws_event(number: int = 0) -> dict[str, Any]:
    """Event number `number` as Amazon EventBridge would deliver it."""
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
