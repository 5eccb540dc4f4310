"""The event types of ECS whose contents are kept as they come: notices, and states of disks, images and interfaces.

Types: EventBridge's list of ECS events (help.aliyun.com/en/eventbridge/user-guide/ecs-events) and CloudMonitor's
(DescribeSystemEventMetaList, AlibabaCloudDocs/cms). What is known of a content is in the docstring of its model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger.catalog.ecs import lifecycles, notices, resource_states, sources
from opsledger.catalog.ecs.kinds import (
    DISK_NOTICE,
    DISK_STATE,
    IMAGE_STATE,
    INSTANCE_NOTICE,
    NETWORK_INTERFACE_NOTICE,
    NETWORK_INTERFACE_STATE,
    SNAPSHOT,
    TASK,
)
from opsledger.catalog.lifecycle import Outcome
from opsledger.catalog.product import EventType

if TYPE_CHECKING:
    from opsledger.catalog.content import Content
    from opsledger.catalog.product import Kind, Source

# Name, kind, content model, states.
_STATE_CHANGES: Final[tuple[tuple[str, Kind, type[Content], tuple[str, ...]], ...]] = (
    ("Disk", DISK_STATE, resource_states.DiskState, lifecycles.DISK_STATES),
    ("Image", IMAGE_STATE, resource_states.ImageState, lifecycles.IMAGE_STATES),
    (
        "NetworkInterface",
        NETWORK_INTERFACE_STATE,
        resource_states.NetworkInterfaceState,
        lifecycles.NETWORK_INTERFACE_STATES,
    ),
)


def _state_change(resource: str, kind: Kind, model: type[Content], states: tuple[str, ...]) -> EventType:
    return EventType(
        f"ecs:{resource}:StateChange",
        kind,
        model,
        "info",
        states,
        {"CreateFailed": "warning"} if "CreateFailed" in states else {},
        source=sources.METADATA,
    )


_RESULT: Final = ("accomplished", "failed")
_NOTED: Final = ("Noted",)

# Name, kind, content model, statuses, severity unless it failed, source.
_NOTICES: Final[tuple[tuple[str, Kind, type[Content], tuple[str, ...], str, Source], ...]] = (
    (
        "Disk:DiskOperationCompleted",
        DISK_NOTICE,
        notices.DiskOperation,
        _RESULT,
        "info",
        sources.DISK_NOTIFICATIONS,
    ),
    (
        "Disk:ConvertToPostpaidCompleted",
        DISK_NOTICE,
        notices.DiskNotice,
        _RESULT,
        "info",
        sources.DISK_NOTIFICATIONS,
    ),
    (
        "Disk:OverduePaymentRelease",
        DISK_NOTICE,
        notices.DiskNotice,
        _NOTED,
        "critical",
        sources.DISK_NOTIFICATIONS,
    ),
    (
        "Snapshot:CreateSnapshotInitiated",
        SNAPSHOT,
        notices.SnapshotStep,
        ("Initiated",),
        "info",
        sources.EVENTBRIDGE,
    ),
    (
        "Snapshot:CreateSnapshotCompleted",
        SNAPSHOT,
        notices.SnapshotStep,
        _RESULT,
        "info",
        sources.SNAPSHOT_NOTIFICATIONS,
    ),
    (
        "Snapshot:SnapshotDeleted",
        SNAPSHOT,
        notices.SnapshotStep,
        ("Deleted",),
        "info",
        sources.EVENTBRIDGE,
    ),
    (
        "Instance:VSwitchChanged",
        INSTANCE_NOTICE,
        notices.VSwitchChange,
        _NOTED,
        "info",
        sources.VSWITCH_NOTIFICATIONS,
    ),
    (
        "Instance:AutoReactivateCompleted",
        INSTANCE_NOTICE,
        notices.ResourceNotice,
        (),
        "info",
        sources.EVENTBRIDGE,
    ),
    (
        "Instance:SurplusCreditIncurCharge",
        INSTANCE_NOTICE,
        notices.ResourceNotice,
        _NOTED,
        "warning",
        sources.EVENTBRIDGE,
    ),
    (
        "NetworkInterface:NetworkInterfaceOperateCompleted",
        NETWORK_INTERFACE_NOTICE,
        notices.NetworkInterfaceNotice,
        (),
        "info",
        sources.NETWORK_INTERFACES,
    ),
    *(
        (
            f"NetworkInterface:PrivateIP{change}",
            NETWORK_INTERFACE_NOTICE,
            notices.AddressNotice,
            _NOTED,
            "info",
            sources.ADDRESS_NOTIFICATIONS,
        )
        for change in ("Assigned", "Unassigned", "v6Assigned", "v6Unassigned")
    ),
    (
        "NetworkInterface:SlaveEniWorkStateChanged",
        NETWORK_INTERFACE_NOTICE,
        notices.NetworkInterfaceNotice,
        _NOTED,
        "info",
        sources.EVENTBRIDGE,
    ),
    (
        "CloudAssistant:TaskCompleted",
        TASK,
        notices.CloudAssistantTask,
        lifecycles.TASK_ENDS,
        "info",
        sources.CLOUD_ASSISTANT,
    ),
    (
        "CloudAssistant:FirstHeartbeat",
        INSTANCE_NOTICE,
        notices.ResourceNotice,
        _NOTED,
        "info",
        sources.CLOUD_ASSISTANT._replace(content=False),
    ),
)


def _notice(
    name: str, kind: Kind, model: type[Content], statuses: tuple[str, ...], level: str, source: Source
) -> EventType:
    failures = [status for status, outcome in kind.lifecycle.outcomes.items() if outcome is Outcome.FAILED]
    return EventType(
        f"ecs:{name}",
        kind,
        model,
        level,
        statuses,
        dict.fromkeys(failures, "warning") if level == "info" else {},
        source=source,
        raw=bool(model.raw_marks),
    )


NOTICE_TYPES: Final = (
    *(_state_change(*row) for row in _STATE_CHANGES),
    *(_notice(*row) for row in _NOTICES),
)

OTHER_SPELLINGS: Final = {
    f"ecs:NetworkInterface:PrivateIp{change}": f"ecs:NetworkInterface:PrivateIP{change}"
    for change in ("Assigned", "Unassigned", "v6Assigned", "v6Unassigned")
}
"""As the API's actions are spelt, AssignPrivateIpAddresses. EventBridge's list writes `IP`."""
