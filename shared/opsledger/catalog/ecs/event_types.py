"""The event types of ECS: one row each.

Types and statuses: the appendix of "ECS event notifications" (help.aliyun.com/zh/ecs/user-guide/overview-35),
"Summary of ECS system events" (alibabacloud.com/help/en/ecs/user-guide/summary), EventBridge's own list
(help.aliyun.com/en/eventbridge/user-guide/ecs-events), "Instance performance events"
(help.aliyun.com/document_detail/91749.html) and the CloudMonitor event tables (AlibabaCloudDocs/cms, Appendix 2: System
Events, and DescribeSystemEventMetaList). Where each type is documented is in its row, by `sources`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger.catalog.ecs import content, lifecycles, sources
from opsledger.catalog.ecs.kinds import (
    DISK_EVENT,
    INTERRUPTION,
    KINDS,
    MIGRATION,
    PERFORMANCE_MODE,
    RESTRICTION,
    STATE,
    SYSTEM_EVENT,
)
from opsledger.catalog.ecs.notice_types import NOTICE_TYPES, OTHER_SPELLINGS
from opsledger.catalog.product import EventType, ProductCatalog

if TYPE_CHECKING:
    from opsledger.catalog.content import Sample

_SHORT: Final = {
    "Inq": "Inquiring",
    "Sch": "Scheduled",
    "Exg": "Executing",
    "Exd": "Executed",
    "Avd": "Avoided",
    "Can": "Canceled",
    "Fail": "Failed",
}
# The statuses whose severity differs from that of their type (CloudMonitor event tables, 2019).
_ACCOUNT_LEVELS: Final = {"Avoided": "info", "Canceled": "warning", "Failed": "warning"}
_ACCOUNT: Final = "Sch Exg Exd Avd Can Fail"

# Only a planned event has a notBefore (ECS event notifications). Maintenance is published before it is carried out.
_PLANNED: Final[Sample] = {"*": {"notBefore": "{now+2d}"}}
_MAINTAINED: Final[Sample] = {
    **_PLANNED,
    "Executing Executed Avoided Canceled Failed": {"publishTime": "{now-2h}", "notBefore": "{now+46h}"},
}
_SAMPLES: Final[dict[str, Sample]] = {
    "SystemMaintenance": _MAINTAINED,
    "InstanceExpiration": _PLANNED,
    "AccountUnbalanced": _PLANNED,
}

# Name, documented statuses, severity, title. No statuses: the vendor names the type and documents no notification.
_SYSTEM_EVENTS: Final[tuple[tuple[str, str, str, str], ...]] = (
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
        "Sch Exg Exd",
        "warning",
        "Performance impaired by system maintenance",
    ),
    ("SystemMaintenance.CleanInactiveDisks", "", "warning", "Cleaning of inactive local disks"),
    ("SystemMaintenance.CleanReleasedDisks", "", "warning", "Cleaning of released local disks"),
    ("SystemMaintenance.StopAndRepair", "", "critical", "Stop and repair for system maintenance"),
    ("SystemFailure.Reboot", "Exg Exd Fail", "critical", "Reboot after a system failure"),
    ("SystemFailure.Redeploy", "Sch Exg Exd Avd Can", "critical", "Redeployment after a system failure"),
    ("SystemFailure.Stop", "Exg Exd", "critical", "Stop after a system failure"),
    ("SystemFailure.PerformanceImpact", "", "warning", "Performance impaired by a system failure"),
    ("SystemFailure.Delete", "Exg Exd Avd", "critical", "Release after a failed creation"),
    ("InstanceFailure.Reboot", "Exg Exd", "critical", "Reboot after an instance failure"),
    ("InstanceFailure.PerformanceImpact", "", "warning", "Performance impaired by an instance failure"),
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


def _system_event(name: str, statuses: str, level: str, title: str) -> EventType:
    cause = name.partition(".")[0]
    return EventType(
        f"ecs:Instance:{name}",
        SYSTEM_EVENT,
        content.SystemEvent,
        level,
        tuple(_SHORT[short] for short in statuses.split()),
        _ACCOUNT_LEVELS if cause in ("InstanceExpiration", "AccountUnbalanced") else {},
        title,
        sample=_SAMPLES.get(cause, {}),
        source=sources.NOTIFICATIONS if statuses else sources.SYSTEM_EVENTS,
    )


_DISK_STATUSES: Final = ("Executing", "Executed")

EVENT_TYPES: Final[tuple[EventType, ...]] = (
    *(_system_event(*row) for row in _SYSTEM_EVENTS),
    EventType(
        "ecs:Disk:Stalled",
        DISK_EVENT,
        content.DiskEvent,
        "critical",
        _DISK_STATUSES,
        title="Disk latency or stall",
        source=sources.DISK_NOTIFICATIONS,
    ),
    EventType(
        "ecs:Disk:ErrorDetected",
        DISK_EVENT,
        content.DiskEvent,
        "critical",
        _DISK_STATUSES,
        title="Damaged local disk",
        source=sources.DISK_NOTIFICATIONS,
    ),
    EventType(
        "ecs:Instance:StateChange",
        STATE,
        content.StateChange,
        "info",
        lifecycles.STATES,
        title=STATE.title,
        source=sources.NOTIFICATIONS,
    ),
    EventType(
        "ecs:Instance:PreemptibleInstanceInterruption",
        INTERRUPTION,
        content.PreemptibleInstanceInterruption,
        "warning",
        ("delete",),
        title=INTERRUPTION.title,
        source=sources.NOTIFICATIONS,
    ),
    EventType(
        "ecs:Instance:LiveMigrationAcrossDDH",
        MIGRATION,
        content.LiveMigrationAcrossDDH,
        "info",
        ("started", "accomplished", "failed"),
        {"failed": "warning"},
        title=MIGRATION.title,
        source=sources.NOTIFICATIONS,
    ),
    EventType(
        "ecs:Instance:PerformanceModeChange",
        PERFORMANCE_MODE,
        content.PerformanceModeChange,
        "info",
        ("Standard", "Unlimited"),
        title=PERFORMANCE_MODE.title,
        source=sources.NOTIFICATIONS,
    ),
    EventType(
        "ecs:Instance:BurstablePerformanceRestricted",
        RESTRICTION,
        content.BurstablePerformanceRestricted,
        "warning",
        ("Restricted",),
        title=RESTRICTION.title,
        source=sources.NOTIFICATIONS,
    ),
    *NOTICE_TYPES,
)

CATALOG: Final = ProductCatalog("ecs", KINDS, EVENT_TYPES, spellings=OTHER_SPELLINGS)
