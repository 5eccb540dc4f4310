"""What the ECS API says of one event, as an event for the pipeline. Pure.

The texts come from outside. An id is used in a key or a call only if it looks like one; what has another goes to the
pipeline, which quarantines it.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger import timestamps
from opsledger.catalog.ecs.kinds import DISK_EVENT, INTERRUPTION, SYSTEM_EVENT

if TYPE_CHECKING:
    from opsledger.polling.region import PolledRegion
    from opsledger.strict_json import JsonObject, JsonValue

SOURCE: Final = "reconciled"
"""The source of an event that the reconciler made of a row of the API."""
TYPE: Final = "opsledger:reconciled"
"""The type of its envelope; the row inside says what it is."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}", re.ASCII)  # what content models take for an id, unmasked
_INSTANCE_FIELDS = ("InstanceId", "InstanceName", "RegionId", "SpotInterruptionBehavior", "OperationLocks")


class Observed(NamedTuple):
    """One row of the API.

    Attributes:
        record: the key of the record that it is about; if its id cannot be one, the digest of the row behind `~`.
        resource_id: empty if it is no id.
        row: what the API said, the other instance's fields left out.
    """

    record: str
    resource_id: str
    row: JsonObject

    @property
    def digest(self) -> str:
        """The digest of what the API said."""
        return hashlib.sha256(json.dumps(self.row, sort_keys=True).encode()).hexdigest()[:32]


def of_history(row: JsonObject) -> Observed:
    """A row of DescribeInstanceHistoryEvents."""
    return _observed(row, SYSTEM_EVENT.record_prefix, row.get("InstanceId"), row.get("EventId"))


def of_disk(row: JsonObject) -> Observed:
    """An event of a disk."""
    return _observed(row, DISK_EVENT.record_prefix, row.get("DiskId"), row.get("EventId"), row.get("DiskId"))


def of_recycling(row: JsonObject) -> Observed:
    """A row of DescribeInstances, of a spot instance that is about to go."""
    kept = {name: row[name] for name in _INSTANCE_FIELDS if name in row}
    return _observed(kept, INTERRUPTION.record_prefix, row.get("InstanceId"), row.get("InstanceId"))


def event_id(record: str) -> str | None:
    """The id by which the API can be asked for the event of a record; None if it has none, or a masked one."""
    name = record.removeprefix(f"{SYSTEM_EVENT.record_prefix}:")
    return name if _ID.fullmatch(name) and ":" not in name else None


def cloudevent(polled: PolledRegion, observed: Observed, at_ms: int | None = None) -> JsonObject:
    """The event that says so, in the form in which a push would come.

    Args:
        at_ms: when it was observed, if the row says no moment and that has to tell it from an earlier one.
    """
    owner: JsonObject = {"aliyunaccountid": polled.account} if polled.account else {}
    dated: JsonObject = {} if at_ms is None else {"time": timestamps.show(at_ms)}
    return {
        "specversion": "1.0",
        "source": SOURCE,
        "type": TYPE,
        "aliyunregionid": polled.region,
        **owner,
        **dated,
        "data": observed.row,
    }


def _observed(row: JsonObject, prefix: str, resource: JsonValue, *parts: JsonValue) -> Observed:
    row = _storable(row)
    resource_id = resource if isinstance(resource, str) and _ID.fullmatch(resource) else ""
    if all(isinstance(part, str) and _ID.fullmatch(part) for part in parts):
        return Observed(f"{prefix}:{'+'.join(map(str, parts))}", resource_id, row)
    digest = hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()
    return Observed(f"~{digest}", resource_id, row)


def _storable(row: JsonObject) -> JsonObject:
    """The row without lone surrogates, which can be in no cell and in no payload."""
    text = json.dumps(row, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        cleaned: JsonObject = json.loads(text.encode(errors="replace"))
        return cleaned
    return row
