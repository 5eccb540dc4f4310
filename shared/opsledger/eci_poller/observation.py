"""What a poll sees of a container group, as events for the pipeline. Pure.

The texts come from outside. An id is used in a key or a call only if it looks like one; any other goes to the pipeline,
which quarantines it.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, NamedTuple

from opsledger import timestamps
from opsledger.catalog.eci import lifecycles
from opsledger.catalog.eci.event_types import EVENT_PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.polling.region import PolledRegion
    from opsledger.strict_json import JsonObject, JsonValue

STATE_TYPE = "eci:ContainerGroup:StateChange"
VANISHED = "Vanished"
"""The status of a group that was open and is neither listed any more nor found by its id."""
MOST_TEXT = 1024
"""A longer text is cut; the vendor documents no text of a group that is longer than 128 characters."""

_ID = re.compile(r"[A-Za-z0-9*][A-Za-z0-9*._:@/-]{0,127}", re.ASCII)  # what content models take for an id
_FIELDS = ("containerGroupName", "creationTime", "succeededTime", "failedTime", "expiredTime")


class Group(NamedTuple):
    """One container group in an answer.

    Attributes:
        name: names it in keys; it is the id, or a digest behind `~` if the id cannot be one.
        valid: whether `name` is the id.
        described: as the API describes it, keys in lower camel case.
        events: its events, as the API describes them.
    """

    name: str
    valid: bool
    described: JsonObject
    events: Sequence[JsonObject] = ()

    @property
    def status(self) -> str:
        """Its status; an empty text if it has none."""
        status = self.described.get("status")
        return _cut(status) if isinstance(status, str) else ""


def group_of(described: JsonObject) -> Group:
    """The group that an answer describes."""
    given = described.get("containerGroupId")
    if isinstance(given, str) and _ID.fullmatch(given):
        return Group(given, valid=True, described=described)
    whose = json.dumps([given, described.get("containerGroupName"), described.get("creationTime")])
    return Group("~" + hashlib.sha256(whose.encode()).hexdigest(), valid=False, described=described)


def missing(name: str) -> Group:
    """A group that no answer has any more: it has vanished, or nothing is known where the name is no id."""
    described = {"containerGroupId": name, "status": VANISHED} if is_id(name) else {}
    return Group(name, is_id(name), described)


def is_id(name: str) -> bool:
    """Whether a group's name is its id, and can be asked for."""
    return not name.startswith("~")


def ended(status: str) -> bool:
    """Whether a group in `status` may be gone without having vanished; not, if the catalogue lacks the status."""
    lifecycle = lifecycles.GROUP_STATE
    return status in lifecycle.moves and lifecycle.terminal(status)


def state_event(polled: PolledRegion, group: Group, status: str, observed_ms: int) -> JsonObject:
    """The event that says in which status a group was seen."""
    given: dict[str, JsonValue] = {name: _cut(value) for name in _FIELDS if (value := group.described.get(name))}
    if "containerGroupId" in group.described:
        group_id = group.described["containerGroupId"]
        # What is no text must not become one that could be an id.
        given["containerGroupId"] = group_id if isinstance(group_id, int | None) else _cut(group_id)
    data = {**given, "status": status, "observedTime": timestamps.show(observed_ms)}
    return _cloudevent(polled, STATE_TYPE, data)


def own_events(polled: PolledRegion, group: Group) -> list[JsonObject]:
    """The group's events as EventBridge republishes them, so that polled and pushed events are read alike."""
    return [
        _cloudevent(polled, f"{EVENT_PREFIX}{event.get('reason')}", {**event, "containerGroupId": group.name})
        for event in group.events
    ]


def _cloudevent(polled: PolledRegion, type_: str, data: JsonObject) -> JsonObject:
    owner = {"aliyunaccountid": polled.account} if polled.account else {}
    return {
        "specversion": "1.0",
        "source": "acs.eci",
        "type": type_,
        "aliyunregionid": polled.region,
        **owner,
        "data": data,
    }


def _cut(value: JsonValue) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    # A lone surrogate can be in no cell and in no payload.
    return text[:MOST_TEXT].encode(errors="replace").decode()
