"""The event types of ECI: one row for each reason, and one for the state of a container group.

The reasons and their messages are in `reasons/`. A reason that is a status of a lifecycle moves a record of that kind;
any other is a notice about its object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger.catalog.eci import content, lifecycles
from opsledger.catalog.eci.kinds import (
    DATA_CACHE_NOTICE,
    GROUP_NOTICE,
    GROUP_STATE,
    IMAGE_CACHE,
    KINDS,
    MAINTENANCE,
    NODE_NOTICE,
    SPOT_RELEASE,
)
from opsledger.catalog.eci.reasons import REASONS, SAMPLE_VALUES
from opsledger.catalog.product import EventType, ProductCatalog, Source

if TYPE_CHECKING:
    from opsledger.catalog.eci.reasons.reason import EciReason

EVENT_PREFIX: Final = "eci:Event:"
"""An ECI reason with this prefix is the type to publish it under. The service itself publishes none."""

_EVENTS: Final = Source("ECI events", "help.aliyun.com/zh/eci/user-guide/custom-events-of-elastic-container-instance")
_STATUSES: Final = Source(
    "DescribeContainerGroups", "help.aliyun.com/zh/eci/developer-reference/api-eci-2018-08-08-describecontainergroups"
)

_KINDS_BY_LIFECYCLE: Final = (MAINTENANCE, SPOT_RELEASE, IMAGE_CACHE, GROUP_STATE)
_KIND_OF_REASON: Final = {
    reason: kind
    for kind in _KINDS_BY_LIFECYCLE
    for reason in kind.lifecycle.moves
    if reason not in lifecycles.GROUP_STATES
}
_NOTICE_OF_MODULE: Final = {"data-cache": DATA_CACHE_NOTICE, "virtual-node": NODE_NOTICE}

# Events that end the workload, or announce its end, whatever their own type is.
_CRITICAL: Final = frozenset(
    {
        "SpotToBeReleased",
        "SystemReboot",
        "ScheduledMaintenance",
        "SandboxNotReady",
        "SandboxNotReadyUnExpected",
        "SystemFailureReboot",
        "SYSTEM_FAILURE",
        "OOMKilled",
        "PodOOMKilled",
        "DiskFull",
        "RuntimeCrashed",
        "GPULostCard",
    }
)


def _level(row: EciReason) -> str:
    if row.reason in _CRITICAL:
        return "critical"
    return "info" if row.type == "Normal" else "warning"


def _event_type(row: EciReason) -> EventType:
    moved = _KIND_OF_REASON.get(row.reason)
    kind = moved or _NOTICE_OF_MODULE.get(row.module, GROUP_NOTICE)
    return EventType(
        type=f"{EVENT_PREFIX}{row.reason}",
        kind=kind,
        content=content.EciEvent if moved else content.Notice,
        level=_level(row),
        statuses=(row.reason if moved else row.type or "Warning",),
        templates=row.templates,
        source_severity=row.type or "",
        source=_EVENTS,
    )


EVENT_TYPES: Final[tuple[EventType, ...]] = (
    *(_event_type(row) for row in REASONS),
    EventType(
        "eci:ContainerGroup:StateChange",
        GROUP_STATE,
        content.ContainerGroupState,
        "info",
        (*lifecycles.GROUP_STATES, "Vanished"),
        {"ScheduleFailed": "warning", "Failed": "warning"},
        source=_STATUSES,
    ),
)

CATALOG: Final = ProductCatalog("eci", KINDS, EVENT_TYPES, SAMPLE_VALUES)
