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

# Name, documented statuses, severity. No statuses: the vendor names the type and documents no notification.
_SYSTEM_EVENTS: Final[tuple[tuple[str, str, str], ...]] = (
    ("SystemMaintenance.Reboot", "Inq Sch Exg Exd Avd Can Fail", "critical"),
    ("SystemMaintenance.Stop", "Sch Exg Exd Avd Can Fail", "critical"),
    ("SystemMaintenance.Redeploy", "Inq Sch Exg Exd Avd Can", "critical"),
    ("SystemMaintenance.RebootAndIsolateErrorDisk", "Inq Exg Exd Avd Can", "critical"),
    ("SystemMaintenance.RebootAndReInitErrorDisk", "Inq Exg Exd Avd Can", "critical"),
    ("SystemMaintenance.IsolateErrorDisk", "Inq Exg Exd Avd Can Fail", "critical"),
    ("SystemMaintenance.ReInitErrorDisk", "Inq Exg Exd Avd Can Fail", "critical"),
    ("SystemMaintenance.PerformanceImpact", "Sch Exg Exd", "warning"),
    ("SystemMaintenance.CleanInactiveDisks", "", "warning"),
    ("SystemMaintenance.CleanReleasedDisks", "", "warning"),
    ("SystemMaintenance.StopAndRepair", "", "critical"),
    ("SystemFailure.Reboot", "Exg Exd Fail", "critical"),
    ("SystemFailure.Redeploy", "Sch Exg Exd Avd Can", "critical"),
    ("SystemFailure.Stop", "Exg Exd", "critical"),
    ("SystemFailure.PerformanceImpact", "", "warning"),
    ("SystemFailure.Delete", "Exg Exd Avd", "critical"),
    ("InstanceFailure.Reboot", "Exg Exd", "critical"),
    ("InstanceFailure.PerformanceImpact", "", "warning"),
    ("InstanceFailure.Alert", "Exd", "warning"),
    ("Security.TpmAlert", "Exg Exd", "warning"),
    ("InstanceExpiration.Stop", _ACCOUNT, "critical"),
    ("InstanceExpiration.Delete", _ACCOUNT, "critical"),
    ("AccountUnbalanced.Stop", _ACCOUNT, "critical"),
    ("AccountUnbalanced.Delete", _ACCOUNT, "critical"),
    ("AccountUnbalanced.PerformanceAffect", _ACCOUNT, "critical"),
    ("SystemUpgrade.Migrate", "", "warning"),
    ("SecurityPunish.Locked", "", "critical"),
    ("SecurityPunish.WebsiteBanned", "", "critical"),
)


def _system_event(name: str, statuses: str, level: str) -> EventType:
    cause = name.partition(".")[0]
    return EventType(
        f"ecs:Instance:{name}",
        SYSTEM_EVENT,
        content.SystemEvent,
        level,
        tuple(_SHORT[short] for short in statuses.split()),
        _ACCOUNT_LEVELS if cause in ("InstanceExpiration", "AccountUnbalanced") else {},
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
        source=sources.DISK_NOTIFICATIONS,
    ),
    EventType(
        "ecs:Disk:ErrorDetected",
        DISK_EVENT,
        content.DiskEvent,
        "critical",
        _DISK_STATUSES,
        source=sources.DISK_NOTIFICATIONS,
    ),
    EventType(
        "ecs:Instance:StateChange",
        STATE,
        content.StateChange,
        "info",
        lifecycles.STATES,
        source=sources.NOTIFICATIONS,
    ),
    EventType(
        "ecs:Instance:PreemptibleInstanceInterruption",
        INTERRUPTION,
        content.PreemptibleInstanceInterruption,
        "warning",
        ("delete",),
        source=sources.NOTIFICATIONS,
    ),
    EventType(
        "ecs:Instance:LiveMigrationAcrossDDH",
        MIGRATION,
        content.LiveMigrationAcrossDDH,
        "info",
        ("started", "accomplished", "failed"),
        {"failed": "warning"},
        source=sources.NOTIFICATIONS,
    ),
    EventType(
        "ecs:Instance:PerformanceModeChange",
        PERFORMANCE_MODE,
        content.PerformanceModeChange,
        "info",
        ("Standard", "Unlimited"),
        source=sources.NOTIFICATIONS,
    ),
    EventType(
        "ecs:Instance:BurstablePerformanceRestricted",
        RESTRICTION,
        content.BurstablePerformanceRestricted,
        "warning",
        ("Restricted",),
        source=sources.NOTIFICATIONS,
    ),
    *NOTICE_TYPES,
)

CATALOG: Final = ProductCatalog("ecs", KINDS, EVENT_TYPES, spellings=OTHER_SPELLINGS)
