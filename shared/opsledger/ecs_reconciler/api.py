"""The calls of the ECS API that the reconciler makes.

Sources: DescribeInstanceHistoryEvents (help.aliyun.com/document_detail/63962.html), DescribeDisksFullStatus
(help.aliyun.com/document_detail/63963.html), DescribeInstances (help.aliyun.com/document_detail/25506.html).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from opsledger import rpc, timestamps
from opsledger.intake.ecs_api import RECYCLING
from opsledger.rpc import ECS, Page, RpcClient, objects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.settings import Settings
    from opsledger.strict_json import JsonObject

PAGE_ROWS: Final = 100
"""The most rows of a page, and the most ids in a call."""
STATUSES: Final = ("Inquiring", "Scheduled", "Executing", "Executed", "Avoided", "Canceled", "Failed")
"""All seven are asked for: without a status only finished events come back."""
DISK_EVENTS: Final = ("Degraded", "SeverelyDegraded", "Stalled", "ErrorDetected")
"""The types of a disk's events; a call that names one answers only the disks that have such an event."""


class EcsApi:
    """ECS in one region."""

    def __init__(self, settings: Settings, region: str) -> None:
        self.region = region
        self._client = RpcClient(ECS, region, settings.keys, settings.ecs_address)

    def history(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
        """One page of instances' events in any status; with `ids`, at most a hundred, those of them that exist.

        What is finished is listed for thirty days, and anything else without a limit.

        Raises:
            TokenRefusedError: `next_token` is no longer valid.
            WorldFailedError: the call failed for another reason.
        """
        query: dict[str, object] = {"InstanceEventCycleStatus": STATUSES, "EventId": list(ids) or None}
        body = self._call("DescribeInstanceHistoryEvents", query, next_token)
        return _page(body, ("InstanceSystemEventSet", "InstanceSystemEventType"), next_token)

    def recycling(self, *, next_token: str | None = None) -> Page:
        """One page of the spot instances that are about to be released or stopped.

        Raises:
            TokenRefusedError: `next_token` is no longer valid.
            WorldFailedError: the call failed for another reason.
        """
        body = self._call("DescribeInstances", {"LockReason": RECYCLING}, next_token)
        return _page(body, ("Instances", "Instance"), next_token)

    def instances(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
        """One page of instances; with `ids`, at most a hundred, those of them that exist.

        Raises:
            TokenRefusedError: `next_token` is no longer valid.
            WorldFailedError: the call failed for another reason.
        """
        query: dict[str, object] = {"InstanceIds": json.dumps(list(ids)) if ids else None}
        body = self._call("DescribeInstances", query, next_token)
        return _page(body, ("Instances", "Instance"), next_token)

    def disk_events(self, event_type: str, *, next_token: str | None = None, since_ms: int | None = None) -> Page:
        """One page of disks' events of a type, each with `DiskId`, `InstanceId` and `Device` of its disk.

        Args:
            next_token: the number of the page: this call has no tokens.
            since_ms: the events that began since then, the last seven days at most; without it, those that go on.

        Raises:
            WorldFailedError: the call failed.
        """
        number = int(next_token or 1)
        query = {"RegionId": self.region, "EventType": event_type, "PageNumber": number, "PageSize": PAGE_ROWS}
        if since_ms is not None:
            query["EventTime.Start"] = timestamps.show(since_ms - since_ms % 1000)
        body = self._client.call("DescribeDisksFullStatus", query)
        disks = rpc.rows(body, ("DiskFullStatusSet", "DiskFullStatusType"), ECS.title)
        total = body.get("TotalCount")
        more = bool(disks) and isinstance(total, int) and number * PAGE_ROWS < total
        return Page([event for disk in disks for event in _of_disk(disk)], str(number + 1) if more else None)

    def _call(self, action: str, query: dict[str, object], next_token: str | None) -> JsonObject:
        paging = {"RegionId": self.region, "MaxResults": PAGE_ROWS, "NextToken": next_token}
        return self._client.call(action, {**paging, **query})


def _page(body: JsonObject, path: tuple[str, str], asked_with: str | None) -> Page:
    return Page(rpc.rows(body, path, ECS.title), rpc.next_token(body.get("NextToken"), asked_with, ECS.title))


def _of_disk(disk: JsonObject) -> list[JsonObject]:
    events = disk.get("DiskEventSet")
    rows = objects(events.get("DiskEventType")) if isinstance(events, dict) else []
    about = {name: disk[name] for name in ("DiskId", "InstanceId", "Device") if name in disk}
    return [{**about, **row} for row in rows]
