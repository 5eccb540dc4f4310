"""The kinds of ECS records: what identifies each, and how long it may be silent."""

from __future__ import annotations

from typing import Final

from opsledger.catalog.ecs import lifecycles
from opsledger.catalog.product import Kind

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

SYSTEM_EVENT: Final = Kind(
    "system-event",
    "ecs",
    "System event of an instance",
    "instance",
    lifecycles.SYSTEM_EVENT,
    "eventId",
    "ecs:event",
    _GRACE_PERIOD_MS,
    _SYSTEM_EVENT_MAX_DWELL,
)
DISK_EVENT: Final = Kind(
    "disk-event",
    "ecs",
    "System event of a disk",
    "disk",
    lifecycles.SYSTEM_EVENT,
    "eventId + diskId",
    "ecs:disk-event",
    _GRACE_PERIOD_MS,
    _DISK_EVENT_MAX_DWELL,
)
STATE: Final = Kind(
    "instance-state", "ecs", "State of an instance", "instance", lifecycles.STATE, "resourceId", "ecs:state"
)
INTERRUPTION: Final = Kind(
    "preemptible-interruption",
    "ecs",
    "Release of a preemptible instance",
    "instance",
    lifecycles.INTERRUPTION,
    "instanceId",
    "ecs:interruption",
)
MIGRATION: Final = Kind(
    "live-migration",
    "ecs",
    "Live migration of an instance",
    "instance",
    lifecycles.MIGRATION,
    "instanceId + startTime",
    "ecs:migration",
    max_dwell=_MIGRATION_MAX_DWELL,
)
PERFORMANCE_MODE: Final = Kind(
    "performance-mode",
    "ecs",
    "Performance mode of a burstable instance",
    "instance",
    lifecycles.PERFORMANCE_MODE,
    "instanceId",
    "ecs:performance-mode",
)
RESTRICTION: Final = Kind(
    "performance-restriction",
    "ecs",
    "Burstable instance held below its baseline",
    "instance",
    lifecycles.RESTRICTION,
    "instanceId",
    "ecs:performance-restriction",
)

KINDS: Final = (SYSTEM_EVENT, DISK_EVENT, STATE, INTERRUPTION, MIGRATION, PERFORMANCE_MODE, RESTRICTION)
