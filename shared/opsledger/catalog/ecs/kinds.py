"""The kinds of ECS records: what identifies each, and how long it may be silent."""

from __future__ import annotations

from typing import Final

from opsledger.catalog.ecs import lifecycles
from opsledger.catalog.product import Kind, Settler

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS

# How long a record may be silent before it counts as overdue. The vendor gives no figures; these are choices.
# An event begins at notBefore or soon after, and its notification comes minutes later: one hour is enough.
_GRACE_PERIOD_MS = _HOUR_MS
_SYSTEM_EVENT_MAX_DWELL = {
    "Inquiring": 7 * _DAY_MS,  # the vendor waits for an answer; look after a week without one
    "Scheduled": 7 * _DAY_MS,  # only without a notBefore: maintenance is announced days ahead, not weeks
    "Executing": 4 * _HOUR_MS,  # a reboot takes minutes, a redeployment that copies disks an hour or two
}
_DISK_EVENT_MAX_DWELL = {**_SYSTEM_EVENT_MAX_DWELL, "Executing": _DAY_MS}  # a damaged disk waits for people
_MIGRATION_MAX_DWELL = {"started": 2 * _HOUR_MS}  # memory is copied while the instance runs

_SPELLINGS = {"Avoidated": "Avoided"}  # as the vendor's page of DescribeInstanceHistoryEvents writes it

# The id of a deleted resource is never given again, so whatever was still announced or in progress is over. A stopped
# instance is started again with its maintenance still to come; but its interruption is over, because that is what was
# announced, or what makes it needless ("Preemptible instances", help.aliyun.com/zh/ecs/user-guide).
_DELETED = frozenset({"Deleted"})
_INSTANCE_DELETED = (Settler("instance-state", final=_DELETED),)
_DISK_DELETED = (Settler("disk-state", final=_DELETED),)
_INSTANCE_GONE = (Settler("instance-state", final=_DELETED, later=frozenset({"Stopped"})),)

SYSTEM_EVENT: Final = Kind(
    "system-event",
    "ecs",
    "instance",
    lifecycles.SYSTEM_EVENT,
    "eventId",
    "ecs:event",
    _GRACE_PERIOD_MS,
    _SYSTEM_EVENT_MAX_DWELL,
    _SPELLINGS,
    _INSTANCE_DELETED,
)
DISK_EVENT: Final = Kind(
    "disk-event",
    "ecs",
    "disk",
    lifecycles.SYSTEM_EVENT,
    "eventId + diskId",
    "ecs:disk-event",
    _GRACE_PERIOD_MS,
    _DISK_EVENT_MAX_DWELL,
    _SPELLINGS,
    _DISK_DELETED,
)
STATE: Final = Kind("instance-state", "ecs", "instance", lifecycles.STATE, "resourceId", "ecs:state")
INTERRUPTION: Final = Kind(
    "preemptible-interruption",
    "ecs",
    "instance",
    lifecycles.INTERRUPTION,
    "instanceId",
    "ecs:interruption",
    settlers=_INSTANCE_GONE,
)
MIGRATION: Final = Kind(
    "live-migration",
    "ecs",
    "instance",
    lifecycles.MIGRATION,
    "instanceId + startTime",
    "ecs:migration",
    max_dwell=_MIGRATION_MAX_DWELL,
    settlers=_INSTANCE_DELETED,
)
PERFORMANCE_MODE: Final = Kind(
    "performance-mode",
    "ecs",
    "instance",
    lifecycles.PERFORMANCE_MODE,
    "instanceId",
    "ecs:performance-mode",
)
RESTRICTION: Final = Kind(
    "performance-restriction",
    "ecs",
    "instance",
    lifecycles.RESTRICTION,
    "instanceId",
    "ecs:performance-restriction",
)

DISK_STATE: Final = Kind("disk-state", "ecs", "disk", lifecycles.DISK_STATE, "diskId", "ecs:disk-state")
IMAGE_STATE: Final = Kind("image-state", "ecs", "image", lifecycles.IMAGE_STATE, "imageId", "ecs:image-state")
NETWORK_INTERFACE_STATE: Final = Kind(
    "network-interface-state",
    "ecs",
    "network-interface",
    lifecycles.NETWORK_INTERFACE_STATE,
    "networkInterfaceId",
    "ecs:network-interface-state",
)
SNAPSHOT: Final = Kind(
    "snapshot",
    "ecs",
    "snapshot",
    lifecycles.SNAPSHOT,
    "snapshotId",
    "ecs:snapshot",
)
TASK: Final = Kind(
    "cloud-assistant-task",
    "ecs",
    "instance",
    lifecycles.TASK,
    "invokeId + instanceId",
    "ecs:cloud-assistant-task",
)


def _notice(resource_type: str, id_field: str) -> Kind:
    name = f"{resource_type}-notice"
    return Kind(name, "ecs", resource_type, lifecycles.NOTICE, f"{id_field} + type", f"ecs:{name}")


INSTANCE_NOTICE: Final = _notice("instance", "instanceId")
DISK_NOTICE: Final = _notice("disk", "diskId")
NETWORK_INTERFACE_NOTICE: Final = _notice("network-interface", "eniId")

KINDS: Final = (
    SYSTEM_EVENT,
    DISK_EVENT,
    STATE,
    INTERRUPTION,
    MIGRATION,
    PERFORMANCE_MODE,
    RESTRICTION,
    DISK_STATE,
    IMAGE_STATE,
    NETWORK_INTERFACE_STATE,
    SNAPSHOT,
    TASK,
    INSTANCE_NOTICE,
    DISK_NOTICE,
    NETWORK_INTERFACE_NOTICE,
)
