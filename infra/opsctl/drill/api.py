"""The calls of the ECS API that a drill makes.

Sources, under help.aliyun.com/document_detail: CreateSimulatedSystemEvents (88814.html), CancelSimulatedSystemEvents
(88808.html), DescribeInstanceHistoryEvents (63962.html), DescribeInstances (25506.html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from opsledger import rpc, timestamps
from opsledger.ecs_reconciler.api import STATUSES
from opsledger.errors import UnavailableError
from opsledger.rpc import ECS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsledger.strict_json import JsonObject

MOST_INSTANCES: Final = 100
"""Of one call."""
TYPES: Final = (
    "SystemMaintenance.Reboot",
    "SystemMaintenance.Stop",
    "SystemMaintenance.Redeploy",
    "SystemFailure.Reboot",
    "SystemFailure.Redeploy",
    "SystemFailure.Stop",
    "InstanceFailure.Reboot",
)
"""What can be simulated."""
_NO_REAL_OPERATIONS: Final = "false"
"""`true` would reboot, stop or release the instance. Nothing sets it: there is no option and no parameter for it."""


class EcsCalls(Protocol):
    """ECS in one region: an `RpcClient`, or what only prints what it is asked."""

    region: str

    def call(self, action: str, query: Mapping[str, object], /) -> JsonObject:
        """Make one call, and return the answer.

        Raises:
            WorldFailedError: the call failed.
        """


class DrillApi:
    """ECS in one region, as far as a drill needs it."""

    def __init__(self, client: EcsCalls) -> None:
        self._client = client

    def tagged(self, key: str, value: str) -> list[JsonObject]:
        """The instances with a tag, as DescribeInstances gives them, at most a page of them.

        Args:
            value: an empty text for any value.

        Raises:
            WorldFailedError: the call failed.
        """
        tag = {"Key": key, **({"Value": value} if value else {})}
        return self._rows("DescribeInstances", {"Tag": [tag], "MaxResults": MOST_INSTANCES}, ("Instances", "Instance"))

    def create(self, instances: Sequence[str], event_type: str, not_before_ms: int) -> list[str]:
        """Make a simulated event for each of at most a hundred instances, and return their ids in order.

        Raises:
            WorldFailedError: the call failed; without an answer the events may exist nevertheless.
        """
        query: dict[str, object] = {
            "InstanceId": list(instances),
            "EventType": event_type,
            "NotBefore": timestamps.show(not_before_ms - not_before_ms % 1000),
            "TriggerRealOps": _NO_REAL_OPERATIONS,
        }
        body = self._call("CreateSimulatedSystemEvents", query)
        ids = [id_ for id_ in rpc.listed(body, ("EventIdSet", "EventId"), ECS.title) if isinstance(id_, str)]
        if len(ids) != len(instances):
            raise UnavailableError(f"ECS answered {len(ids)} ids of simulated events for {len(instances)} instances")
        return ids

    def cancel(self, events: Sequence[str]) -> None:
        """Cancel at most a hundred simulated events.

        Raises:
            WorldFailedError: the call failed.
        """
        self._call("CancelSimulatedSystemEvents", {"EventId": list(events)})

    def shown(self, events: Sequence[str]) -> set[str]:
        """Those of at most a hundred events that the API shows.

        Raises:
            WorldFailedError: the call failed.
        """
        query: dict[str, object] = {"EventId": list(events), "InstanceEventCycleStatus": list(STATUSES)}
        path = ("InstanceSystemEventSet", "InstanceSystemEventType")
        rows = self._rows("DescribeInstanceHistoryEvents", {**query, "MaxResults": MOST_INSTANCES}, path)
        return {str(row.get("EventId")) for row in rows} & set(events)

    def _rows(self, action: str, query: dict[str, object], path: tuple[str, str]) -> list[JsonObject]:
        return rpc.rows(self._call(action, query), path, ECS.title)

    def _call(self, action: str, query: Mapping[str, object]) -> JsonObject:
        return self._client.call(action, {"RegionId": self._client.region, **query})
