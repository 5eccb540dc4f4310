"""The events of the tour: one day of a team with two nodes, a spot instance and a container group.

They are made from the samples of the catalogue, about resources that are always the same, at moments counted from the
day's beginning. So a second tour publishes the same events.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from opsctl import sample
from opsctl.sample.names import HOUR, MINUTE, Names
from opsledger import catalog, timestamps
from opsledger.ledger.resources import CloudResource

if TYPE_CHECKING:
    from typing import Any

    from opsledger.strict_json import JsonObject

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
UNKNOWN = "ecs:Instance:SystemMaintenance.Teleport"
"""A type that the catalogue lacks."""
NOTICE_MS = 24 * HOUR + 3 * MINUTE
"""From the announcement to the reboot: a reminder comes a day before, three minutes after the announcement."""
LENGTH_MS = 8 * MINUTE
"""The day ends now: what it leaves is as old as what just happened."""
REGION = "cn-hangzhou"
OWNER = "shop"


class Act(NamedTuple):
    """What happens at one moment.

    Attributes:
        title: an English text, in a sentence; it is translated when it is printed.
        at_ms: when, counted from the beginning of the day.
        events: what Alibaba Cloud publishes.
    """

    title: str
    at_ms: int
    events: tuple[JsonObject, ...]


def acts(begun_ms: int) -> list[Act]:
    """The day; it begins at `begun_ms`."""
    announced = [_reboot("web-1", "Scheduled", begun_ms), _reboot("web-2", "Scheduled", begun_ms)]
    later = begun_ms + 6 * MINUTE
    return [
        Act("A reboot of two nodes is announced", 0, tuple(announced)),
        Act("One announcement is delivered again", 0, (announced[0],)),
        Act("The clock moves on: a day is left", 3 * MINUTE, ()),
        Act("web-1 is restarted by hand", 4 * MINUTE, (_reboot("web-1", "Avoided", begun_ms + 4 * MINUTE, begun_ms),)),
        Act(
            "A spot instance is taken back, a container runs out of memory",
            6 * MINUTE,
            (
                _event("ecs:Instance:PreemptibleInstanceInterruption", "delete", names("batch-7"), later),
                _event("eci:Event:OOMKilled", "Warning", names("cart"), later),
            ),
        ),
        Act("An event comes that nobody knows", 8 * MINUTE, ({**announced[1], "id": "teleport", "type": UNKNOWN},)),
    ]


def resources(begun_ms: int) -> list[CloudResource]:
    """What ECS says of the instances: their names and owner."""
    return [
        CloudResource(f"ecs:instance:{names(name).instance_id}", name, OWNER, REGION, as_of=begun_ms)
        for name in ("web-1", "web-2", "batch-7")
    ]


def names(name: str) -> Names:
    """The identifiers of one resource and its events."""
    return Names.of(f"tour {name}")


def _reboot(name: str, status: str, now_ms: int, begun_ms: int | None = None) -> JsonObject:
    begun = now_ms if begun_ms is None else begun_ms
    event = _event(REBOOT, status, names(name), now_ms)
    return {**event, "data": {**event["data"], "notBefore": timestamps.show(begun + NOTICE_MS)}}


def _event(type_: str, status: str, made: Names, now_ms: int) -> dict[str, Any]:
    kind = catalog.find(type_)[0]
    one = replace(made, envelope_id=f"{made.envelope_id}-{status.lower()}")
    return sample.named_event(kind, status, "cloudevent", names=one, now_ms=now_ms)
