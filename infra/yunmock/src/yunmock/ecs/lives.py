"""The documented lives of instances and system events, as tables.

Sources: "Overview of system events" and "ECS system events"
(https://help.aliyun.com/en/ecs/user-guide/overview-35, https://www.alibabacloud.com/help/en/ecs/user-guide/summary),
CreateSimulatedSystemEvents (https://help.aliyun.com/document_detail/88814.html), and "Instance lifecycle"
(https://help.aliyun.com/en/ecs/user-guide/instance-lifecycle).
"""

from __future__ import annotations

from typing import NamedTuple

OPEN = ("Inquiring", "Scheduled", "Executing")
FINISHED = ("Executed", "Avoided", "Canceled", "Failed")
STATUSES = (*OPEN, *FINISHED)

MOVES: dict[str, frozenset[str]] = {
    "Inquiring": frozenset({"Scheduled", "Executing", "Avoided", "Canceled"}),
    "Scheduled": frozenset({"Executing", *FINISHED}),
    "Executing": frozenset(FINISHED),
    **dict.fromkeys(FINISHED, frozenset()),
}
"""The statuses that can follow each status."""

STATUS_CODES = {
    "Executed": 0,
    "Avoided": 8,
    "Scheduled": 24,
    "Inquiring": 28,
    "Canceled": 4,
    "Failed": 12,
    "Executing": 16,
}
"""The codes of the statuses; the last three are invented, the vendor's samples show the others."""

REBOOT, STOP, RELEASE, REDEPLOY, NOTHING = "reboot", "stop", "release", "redeploy", ""


class Life(NamedTuple):
    """How an event of one type begins, what it does to its instance, and what its user can do to avoid it.

    Attributes:
        first: its first status.
        effect: what happens to the instance when it is executed.
        avoided_by: what the user can do before that, so that it is not executed.
    """

    first: str
    effect: str = NOTHING
    avoided_by: frozenset[str] = frozenset()


LIVES: dict[str, Life] = {
    "SystemMaintenance.Reboot": Life("Scheduled", REBOOT, frozenset({REBOOT, RELEASE})),
    "SystemMaintenance.Stop": Life("Scheduled", STOP, frozenset({STOP, RELEASE})),
    "SystemMaintenance.Redeploy": Life("Scheduled", REBOOT, frozenset({REDEPLOY, RELEASE})),
    "SystemMaintenance.RebootAndIsolateErrorDisk": Life("Inquiring", REBOOT, frozenset({RELEASE})),
    "SystemMaintenance.RebootAndReInitErrorDisk": Life("Inquiring", REBOOT, frozenset({RELEASE})),
    "SystemMaintenance.IsolateErrorDisk": Life("Inquiring", NOTHING, frozenset({RELEASE})),
    "SystemMaintenance.ReInitErrorDisk": Life("Inquiring", NOTHING, frozenset({RELEASE})),
    "SystemMaintenance.PerformanceImpact": Life("Executing"),
    "SystemFailure.Reboot": Life("Executing", REBOOT),
    "SystemFailure.Redeploy": Life("Scheduled", REBOOT, frozenset({REDEPLOY, RELEASE})),
    "SystemFailure.Stop": Life("Executing", STOP),
    "SystemFailure.Delete": Life("Executing", RELEASE, frozenset({RELEASE})),
    "InstanceFailure.Reboot": Life("Executing", REBOOT),
    "InstanceFailure.Alert": Life("Executed"),
    "Security.TpmAlert": Life("Executing"),
    "InstanceExpiration.Stop": Life("Scheduled", STOP, frozenset({RELEASE})),
    "InstanceExpiration.Delete": Life("Scheduled", RELEASE, frozenset({RELEASE})),
    "AccountUnbalanced.Stop": Life("Scheduled", STOP, frozenset({RELEASE})),
    "AccountUnbalanced.Delete": Life("Scheduled", RELEASE, frozenset({RELEASE})),
}

OTHER = Life("Scheduled", NOTHING, frozenset({RELEASE}))
"""The life of an event of any other type."""

PLANNED = "SystemMaintenance."
"""How the types begin whose notifications have a notBefore; failures have none."""

TYPE_CODES = {
    "SystemMaintenance.Reboot": 1,
    "SystemMaintenance.RebootAndIsolateErrorDisk": 3,
    "InstanceExpiration.Stop": 34,
    "SystemFailure.Reboot": 65,
    "Degraded": 1,
    "Stalled": 7,
}
"""The codes of event types that the vendor's samples show; any other type has `OTHER_CODE`."""
OTHER_CODE = 999

SIMULATED_TYPES = (
    "SystemMaintenance.Reboot",
    "SystemMaintenance.Stop",
    "SystemMaintenance.Redeploy",
    "SystemFailure.Reboot",
    "SystemFailure.Redeploy",
    "SystemFailure.Stop",
    "InstanceFailure.Reboot",
)

DISK_EVENT_TYPES = {"Degraded": "Stalled", "SeverelyDegraded": "Stalled", "Stalled": "Stalled"}
"""The events of disks that are notified as `Disk:Stalled`; the others are notified under their own type."""
DISK_EVENTS = ("Degraded", "SeverelyDegraded", "Stalled", "ErrorDetected")

INSTANCE_STATUSES = {"Pending": 0, "Running": 1, "Stopped": 2, "Starting": 3, "Stopping": 4}
"""The statuses of instances with their codes; only that of Running is in a sample of the vendor's."""
DISK_STATUSES = {"Available": 129, "In_use": 128, "Attaching": 130, "Detaching": 131, "Creating": 132, "ReIniting": 133}
"""The same of disks; only that of Available is in a sample."""
HEALTH = {
    "Ok": 0,
    "Warning": 64,
    "Impaired": 128,
    "Maintaining": 32,
    "Initializing": 16,
    "InsufficientData": 8,
    "NotApplicable": 4,
}
"""The health statuses with their codes; those from Maintaining on are invented."""

STEPS: dict[str, tuple[tuple[str, int], ...]] = {
    "start": (("Starting", 0), ("Running", 20)),
    STOP: (("Stopping", 0), ("Stopped", 10)),
    REBOOT: (("Stopping", 0), ("Starting", 10), ("Running", 30)),
    REDEPLOY: (("Stopping", 0), ("Starting", 10), ("Running", 30)),
}
"""The statuses that an instance goes through in each operation, with the seconds since its beginning."""
STEPS_FROM = {
    "start": ("Stopped", "Pending"),
    STOP: ("Running",),
    REBOOT: ("Running",),
    REDEPLOY: ("Running", "Stopped"),
}
"""The statuses that each operation can begin in."""

RECYCLING = "Recycling"
"""The lock of a spot instance that is about to be released."""
LOCK_REASONS = ("financial", "security", RECYCLING, "dedicatedhostfinancial", "refunded")
SPOT_NOTICE_S = 300
"""How long before its release a spot instance is locked and its interruption is notified."""
SPOT_STRATEGIES = ("NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo")
SPOT_BEHAVIORS = {"Terminate": "delete", "Stop": "stop"}
"""What happens to an interrupted spot instance, and the `action` of its notification; the second one is unproven."""

MAINTENANCE_ACTIONS = ("Stop", "AutoRecover", "AutoRedeploy")

DAY_MS = 86_400_000
HISTORY_MS = 30 * DAY_MS
"""How long finished events of instances can be asked for (DescribeInstanceHistoryEvents)."""
DISK_HISTORY_MS = 7 * DAY_MS
"""The same for events of disks (DescribeDisksFullStatus)."""


def life_of(event_type: str, *, simulated: bool = False) -> Life:
    """The life of an event of this type.

    A simulated failure begins in Executing, also SystemFailure.Redeploy, whose real events are scheduled first; only
    a simulated SystemMaintenance.Reboot can be avoided.
    """
    life = LIVES.get(event_type, OTHER)
    if not simulated:
        return life
    first = "Scheduled" if event_type.startswith(PLANNED) else "Executing"
    return life._replace(first=first, avoided_by=life.avoided_by & {REBOOT})
