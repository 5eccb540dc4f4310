"""Which action is which call; the others of the API are refused by an error naming them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from yunmock.eci.calls import events, groups

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.eci.calls.arguments import Arguments
    from yunmock.eci.service import EciService

VERSION = "2018-08-08"

CALLS: dict[str, Callable[[EciService, Arguments], dict[str, Any]]] = {
    groups.ACTION: groups.describe_container_groups,
    events.ACTION: events.describe_container_group_events,
}

REFUSED = (
    "CommitContainer",
    "CopyDataCache",
    "CreateContainerGroup",
    "CreateDataCache",
    "CreateImageCache",
    "CreateInstanceOpsTask",
    "CreateVirtualNode",
    "DeleteContainerGroup",
    "DeleteDataCache",
    "DeleteImageCache",
    "DeleteVirtualNode",
    "DescribeAvailableResource",
    "DescribeCommitContainerTask",
    "DescribeContainerGroupMetric",
    "DescribeContainerGroupPrice",
    "DescribeContainerGroupStatus",
    "DescribeContainerLog",
    "DescribeDataCaches",
    "DescribeImageCaches",
    "DescribeInstanceOpsRecords",
    "DescribeMultiContainerGroupMetric",
    "DescribeRegions",
    "DescribeVirtualNodes",
    "ExecContainerCommand",
    "ListTagResources",
    "ListUsage",
    "ResizeContainerGroupVolume",
    "RestartContainerGroup",
    "TagResources",
    "UntagResources",
    "UpdateContainerGroup",
    "UpdateDataCache",
    "UpdateImageCache",
    "UpdateVirtualNode",
)
"""The other calls of the vendor's SDK (alibabacloud-eci20180808 2.1)."""


def coverage() -> dict[str, Literal["done", "refused"]]:
    """Each call of the vendor's SDK by the API's name for it, and whether it is answered."""
    return {name: "done" if name in CALLS else "refused" for name in sorted((*CALLS, *REFUSED))}
