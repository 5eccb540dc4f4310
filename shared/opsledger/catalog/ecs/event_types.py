"""The ECS half of the catalogue: lifecycles, kinds, and a row per event type.

Types and statuses: the appendix of "ECS event notifications" (help.aliyun.com/zh/ecs/user-guide/overview-35), and
"Summary of ECS system events" (alibabacloud.com/help/en/ecs/user-guide/summary), EventBridge's own list
(help.aliyun.com/en/eventbridge/user-guide/ecs-events) and the CloudMonitor event tables
(AlibabaCloudDocs/cms, Appendix 2: System Events). Moves: "System events overview" and the API pages of
CreateSimulatedSystemEvents, CancelSimulatedSystemEvents and AcceptInquiredSystemEvent (AlibabaCloudDocs/ecs).
"""

from __future__ import annotations

from opsledger.catalog.ecs import content
from opsledger.catalog.lifecycle import Lifecycle, Order, Outcome
from opsledger.catalog.product import EventSpec, Kind

_END: frozenset[str] = frozenset()


def _to(*statuses: str) -> frozenset[str]:
    return frozenset(statuses)


SYSTEM_EVENT_LIFECYCLE = Lifecycle(
    name="system-event",
    title="ECS system event",
    moves={
        "Inquiring": _to("Scheduled", "Executing", "Avoided", "Canceled"),
        "Scheduled": _to("Executing", "Executed", "Avoided", "Canceled", "Failed"),
        "Executing": _to("Executed", "Avoided", "Canceled", "Failed"),
        "Executed": _END,
        "Avoided": _END,
        "Canceled": _END,
        "Failed": _END,
    },
    starts=_to("Inquiring", "Scheduled", "Executing"),
    order=Order.PROGRESS,
    outcomes={
        "Inquiring": Outcome.PENDING,
        "Scheduled": Outcome.PENDING,
        "Executing": Outcome.ACTIVE,
        "Executed": Outcome.HAPPENED,
        "Avoided": Outcome.AVERTED,
        "Canceled": Outcome.AVERTED,
        "Failed": Outcome.FAILED,
    },
)

_STATES = ("Pending", "Created", "Starting", "Running", "Stopping", "Stopped", "Deleted")

STATE_LIFECYCLE = Lifecycle(
    name="instance-state",
    title="ECS instance state",
    moves={
        "Pending": _to("Created", "Starting", "Running", "Stopped", "Deleted"),
        "Created": _to("Pending", "Starting", "Running", "Stopped", "Deleted"),
        "Starting": _to("Running", "Stopping", "Stopped"),
        "Running": _to("Stopping", "Stopped", "Deleted"),
        "Stopping": _to("Stopped", "Starting", "Running", "Deleted"),
        "Stopped": _to("Starting", "Running", "Pending", "Deleted"),
        "Deleted": _END,
    },
    starts=frozenset(_STATES),  # a ledger may be set up in the middle of an instance's life
    order=Order.TIME,
    outcomes=dict.fromkeys(_STATES, Outcome.NOTED),
)

INTERRUPTION_LIFECYCLE = Lifecycle(
    name="preemptible-interruption",
    title="Release of a preemptible instance",
    moves={"delete": _END},
    starts=_to("delete"),
    order=Order.PROGRESS,
    outcomes={"delete": Outcome.PENDING},
)

MIGRATION_LIFECYCLE = Lifecycle(
    name="live-migration",
    title="Live migration between dedicated hosts",
    moves={"started": _to("accomplished", "failed"), "accomplished": _END, "failed": _END},
    starts=_to("started"),
    order=Order.PROGRESS,
    outcomes={"started": Outcome.ACTIVE, "accomplished": Outcome.HAPPENED, "failed": Outcome.FAILED},
)

PERFORMANCE_MODE_LIFECYCLE = Lifecycle(
    name="performance-mode",
    title="Performance mode of a burstable instance",
    moves={"Standard": _to("Unlimited"), "Unlimited": _to("Standard")},
    starts=_to("Standard", "Unlimited"),
    order=Order.TIME,
    outcomes={"Standard": Outcome.NOTED, "Unlimited": Outcome.NOTED},
)

RESTRICTION_LIFECYCLE = Lifecycle(
    name="performance-restriction",
    title="Performance of a burstable instance restricted",
    moves={"Restricted": _to("Restricted")},
    starts=_to("Restricted"),
    order=Order.TIME,
    outcomes={"Restricted": Outcome.NOTED},
)

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS

# How long silence may last before it is a signal. The vendor gives no figures for these; they are choices.
# An event begins at notBefore or soon after, and its notification comes minutes later: one hour of grace.
_GRACE_MS = _HOUR_MS
_SYSTEM_EVENT_STAYS = {
    "Inquiring": 7 * _DAY_MS,  # the vendor waits for an answer; a week without one is worth a look
    "Scheduled": 7 * _DAY_MS,  # only where no notBefore was told: maintenance is announced days ahead, not weeks
    "Executing": 4 * _HOUR_MS,  # a reboot takes minutes, a redeployment that copies disks an hour or two
}
_DISK_EVENT_STAYS = {**_SYSTEM_EVENT_STAYS, "Executing": _DAY_MS}  # a damaged disk waits for people
_MIGRATION_STAYS = {"started": 2 * _HOUR_MS}  # memory is copied while the instance runs

SYSTEM_EVENT = Kind(
    "system-event",
    "ecs",
    "System event of an instance",
    "instance",
    SYSTEM_EVENT_LIFECYCLE,
    "eventId",
    "ecs:event",
    _GRACE_MS,
    _SYSTEM_EVENT_STAYS,
)
DISK_EVENT = Kind(
    "disk-event",
    "ecs",
    "System event of a disk",
    "disk",
    SYSTEM_EVENT_LIFECYCLE,
    "eventId + diskId",
    "ecs:disk-event",
    _GRACE_MS,
    _DISK_EVENT_STAYS,
)
STATE = Kind("instance-state", "ecs", "State of an instance", "instance", STATE_LIFECYCLE, "resourceId", "ecs:state")
INTERRUPTION = Kind(
    "preemptible-interruption",
    "ecs",
    "Release of a preemptible instance",
    "instance",
    INTERRUPTION_LIFECYCLE,
    "instanceId",
    "ecs:interruption",
)
MIGRATION = Kind(
    "live-migration",
    "ecs",
    "Live migration of an instance",
    "instance",
    MIGRATION_LIFECYCLE,
    "instanceId + startTime",
    "ecs:migration",
    stays=_MIGRATION_STAYS,
)
PERFORMANCE_MODE = Kind(
    "performance-mode",
    "ecs",
    "Performance mode of a burstable instance",
    "instance",
    PERFORMANCE_MODE_LIFECYCLE,
    "instanceId",
    "ecs:performance-mode",
)
RESTRICTION = Kind(
    "performance-restriction",
    "ecs",
    "Burstable instance held below its baseline",
    "instance",
    RESTRICTION_LIFECYCLE,
    "instanceId",
    "ecs:performance-restriction",
)

_SHORT = {
    "Inq": "Inquiring",
    "Sch": "Scheduled",
    "Exg": "Executing",
    "Exd": "Executed",
    "Avd": "Avoided",
    "Can": "Canceled",
    "Fail": "Failed",
}
# The vendor's level of a status that is not the type's own (CloudMonitor event tables, 2019).
_ACCOUNT_LEVELS = {"Avoided": "info", "Canceled": "warning", "Failed": "warning"}
_ACCOUNT = "Sch Exg Exd Avd Can Fail"

# name, documented statuses, level. Statuses are empty where the vendor names the type and no notification of it.
_SYSTEM_EVENTS: tuple[tuple[str, str, str, str], ...] = (
    ("SystemMaintenance.Reboot", "Inq Sch Exg Exd Avd Can Fail", "critical", "Reboot for system maintenance"),
    ("SystemMaintenance.Stop", "Sch Exg Exd Avd Can Fail", "critical", "Stop for system maintenance"),
    (
        "SystemMaintenance.Redeploy",
        "Inq Sch Exg Exd Avd Can",
        "critical",
        "Redeployment for system maintenance",
    ),
    (
        "SystemMaintenance.RebootAndIsolateErrorDisk",
        "Inq Exg Exd Avd Can",
        "critical",
        "Reboot that isolates a damaged local disk",
    ),
    (
        "SystemMaintenance.RebootAndReInitErrorDisk",
        "Inq Exg Exd Avd Can",
        "critical",
        "Reboot that re-initialises a damaged local disk",
    ),
    (
        "SystemMaintenance.IsolateErrorDisk",
        "Inq Exg Exd Avd Can Fail",
        "critical",
        "Isolation of a damaged local disk",
    ),
    (
        "SystemMaintenance.ReInitErrorDisk",
        "Inq Exg Exd Avd Can Fail",
        "critical",
        "Re-initialisation of a damaged local disk",
    ),
    (
        "SystemMaintenance.PerformanceImpact",
        "Exg Exd",
        "warning",
        "Performance impaired by system maintenance",
    ),
    ("SystemMaintenance.CleanInactiveDisks", "", "warning", "Cleaning of inactive local disks"),
    ("SystemMaintenance.CleanReleasedDisks", "", "warning", "Cleaning of released local disks"),
    ("SystemMaintenance.StopAndRepair", "", "critical", "Stop and repair for system maintenance"),
    ("SystemFailure.Reboot", "Exg Exd Fail", "critical", "Reboot after a system failure"),
    ("SystemFailure.Redeploy", "Sch Exg Exd Avd Can", "critical", "Redeployment after a system failure"),
    ("SystemFailure.Stop", "Exg Exd", "critical", "Stop after a system failure"),
    ("SystemFailure.Delete", "Exg Exd Avd", "critical", "Release after a failed creation"),
    ("InstanceFailure.Reboot", "Exg Exd", "critical", "Reboot after an instance failure"),
    ("InstanceFailure.Alert", "Exd", "warning", "Instance failure that may need attention"),
    ("Security.TpmAlert", "Exg Exd", "warning", "Trusted-platform-module alert"),
    ("InstanceExpiration.Stop", _ACCOUNT, "critical", "Stop because the subscription ends"),
    ("InstanceExpiration.Delete", _ACCOUNT, "critical", "Release because the subscription ended"),
    ("AccountUnbalanced.Stop", _ACCOUNT, "critical", "Stop because of an overdue payment"),
    ("AccountUnbalanced.Delete", _ACCOUNT, "critical", "Release because of an overdue payment"),
    ("AccountUnbalanced.PerformanceAffect", _ACCOUNT, "critical", "Throttling because of an overdue payment"),
    ("SystemUpgrade.Migrate", "", "warning", "Migration for a system upgrade"),
    ("SecurityPunish.Locked", "", "critical", "Locked for a security violation"),
    ("SecurityPunish.WebsiteBanned", "", "critical", "Website banned for a security violation"),
)


def _system_event(name: str, statuses: str, level: str, title: str) -> EventSpec:
    levels = _ACCOUNT_LEVELS if name.startswith(("InstanceExpiration.", "AccountUnbalanced.")) else {}
    documented = tuple(_SHORT[short] for short in statuses.split())
    return EventSpec(f"ecs:Instance:{name}", SYSTEM_EVENT, content.SystemEvent, level, documented, levels, title)


_DISK_STATUSES = ("Executing", "Executed")

SPECS: tuple[EventSpec, ...] = (
    *(_system_event(*row) for row in _SYSTEM_EVENTS),
    EventSpec(
        "ecs:Disk:Stalled",
        DISK_EVENT,
        content.DiskEvent,
        "critical",
        _DISK_STATUSES,
        title="Disk latency or stall",
    ),
    EventSpec(
        "ecs:Disk:ErrorDetected",
        DISK_EVENT,
        content.DiskEvent,
        "critical",
        _DISK_STATUSES,
        title="Damaged local disk",
    ),
    EventSpec("ecs:Instance:StateChange", STATE, content.StateChange, "info", _STATES, title=STATE.title),
    EventSpec(
        "ecs:Instance:PreemptibleInstanceInterruption",
        INTERRUPTION,
        content.PreemptibleInstanceInterruption,
        "warning",
        ("delete",),
        title=INTERRUPTION.title,
    ),
    EventSpec(
        "ecs:Instance:LiveMigrationAcrossDDH",
        MIGRATION,
        content.LiveMigrationAcrossDDH,
        "info",
        ("started", "accomplished", "failed"),
        {"failed": "warning"},
        title=MIGRATION.title,
    ),
    EventSpec(
        "ecs:Instance:PerformanceModeChange",
        PERFORMANCE_MODE,
        content.PerformanceModeChange,
        "info",
        ("Standard", "Unlimited"),
        title=PERFORMANCE_MODE.title,
    ),
    EventSpec(
        "ecs:Instance:BurstablePerformanceRestricted",
        RESTRICTION,
        content.BurstablePerformanceRestricted,
        "warning",
        ("Restricted",),
        title=RESTRICTION.title,
    ),
)

KINDS = (SYSTEM_EVENT, DISK_EVENT, STATE, INTERRUPTION, MIGRATION, PERFORMANCE_MODE, RESTRICTION)

# A content that comes without its envelope tells its type by the fields that only it has; the first row that fits.
# `{eventType}` is filled from the content.
RAW_MARKS: tuple[tuple[frozenset[str], str], ...] = (
    (_to("eventId", "instanceId", "eventType"), "ecs:Instance:{eventType}"),
    (_to("eventId", "diskId", "eventType"), "ecs:Disk:{eventType}"),
    (_to("resourceId", "resourceType", "state"), "ecs:Instance:StateChange"),
    (_to("instanceId", "sourceDedicatedHostId"), "ecs:Instance:LiveMigrationAcrossDDH"),
    (_to("instanceId", "creditSpecification"), "ecs:Instance:PerformanceModeChange"),
    (_to("instanceId", "intervalStart", "intervalEnd"), "ecs:Instance:BurstablePerformanceRestricted"),
    (_to("instanceId", "action"), "ecs:Instance:PreemptibleInstanceInterruption"),
)

DISK_EFFECTS = {"ecs:Disk:Degraded": "ecs:Disk:Stalled", "ecs:Disk:SeverelyDegraded": "ecs:Disk:Stalled"}
"""What a stall of a disk may call itself in its content (Elastic Block Storage event notifications)."""
