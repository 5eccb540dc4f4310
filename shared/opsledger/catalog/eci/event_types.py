"""The ECI half of the catalogue: kinds, and a row per event name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger.catalog.eci import content, lifecycles
from opsledger.catalog.eci.reasons import ECI_REASONS
from opsledger.catalog.product import EventSpec, Kind

if TYPE_CHECKING:
    from opsledger.catalog.eci.reasons.reason import EciReason

EVENT_PREFIX: Final = "eci:Event:"
"""What an ECI event's name stands behind: the type to publish one under. The service itself publishes none."""

_HOUR_MS: Final = 3_600_000

# How long silence may last before it is a signal. The vendor gives no figures for these; they are choices.
_GRACE_MS: Final = _HOUR_MS
_MAINTENANCE_STAYS: Final = dict.fromkeys(
    ("SandboxNotReady", "SandboxNotReadyUnExpected", "SystemFailureReboot"),
    _HOUR_MS,  # a sandbox starts within minutes
)
_IMAGE_CACHE_STAYS: Final = dict.fromkeys(
    ("ImageCacheAutoCreated", "ImageCacheCreate", "ImageCacheFlashFinished", "ImageCacheFlashCreatedFailed"),
    6 * _HOUR_MS,  # pulling the largest images and making a snapshot of them
)

MAINTENANCE: Final = Kind(
    "container-group-maintenance",
    "eci",
    "Maintenance and reboot of a container group",
    "container-group",
    lifecycles.MAINTENANCE,
    "involvedObject.uid",
    "eci:maintenance",
    _GRACE_MS,
    _MAINTENANCE_STAYS,
)
SPOT_RELEASE: Final = Kind(
    "spot-release",
    "eci",
    "Release of a spot container group",
    "container-group",
    lifecycles.SPOT_RELEASE,
    "involvedObject.uid",
    "eci:spot",
)
IMAGE_CACHE: Final = Kind(
    "image-cache",
    "eci",
    "Making of an image cache",
    "image-cache",
    lifecycles.IMAGE_CACHE,
    "involvedObject.uid",
    "eci:image-cache",
    stays=_IMAGE_CACHE_STAYS,
)
GROUP_STATE: Final = Kind(
    "container-group-state",
    "eci",
    "State of a container group",
    "container-group",
    lifecycles.GROUP_STATE,
    "containerGroupId",
    "eci:state",
)


def _notice(name: str, title: str, resource_type: str) -> Kind:
    return Kind(name, "eci", title, resource_type, lifecycles.NOTICE, "involvedObject.uid + reason", f"eci:{name}")


GROUP_NOTICE: Final = _notice("container-group-notice", "Something to know of a container group", "container-group")
DATA_CACHE_NOTICE: Final = _notice("data-cache-notice", "Something to know of a data cache", "data-cache")
NODE_NOTICE: Final = _notice("virtual-node-notice", "Something to know of a virtual node", "virtual-node")

_KINDS_BY_LIFECYCLE: Final = (MAINTENANCE, SPOT_RELEASE, IMAGE_CACHE, GROUP_STATE)
_KIND_OF_REASON: Final = {
    reason: kind
    for kind in _KINDS_BY_LIFECYCLE
    for reason in kind.lifecycle.moves
    if reason not in lifecycles.GROUP_STATES
}
_NOTICE_OF_MODULE: Final = {"data-cache": DATA_CACHE_NOTICE, "virtual-node": NODE_NOTICE}

# What ends or will end the workload, beyond what the event's type says of it.
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


def _spec(row: EciReason) -> EventSpec:
    moved = _KIND_OF_REASON.get(row.reason)
    kind = moved or _NOTICE_OF_MODULE.get(row.module, GROUP_NOTICE)
    return EventSpec(
        type=f"{EVENT_PREFIX}{row.reason}",
        kind=kind,
        content=content.EciEvent if moved else content.Notice,
        level=_level(row),
        statuses=(row.reason if moved else row.type or "Warning",),
        title=kind.title if moved else f"{row.module}: {kind.title}",
        templates=row.templates,
        word=row.type or "",
    )


SPECS: Final[tuple[EventSpec, ...]] = (
    *(_spec(row) for row in ECI_REASONS),
    EventSpec(
        "eci:ContainerGroup:StateChange",
        GROUP_STATE,
        content.ContainerGroupState,
        "info",
        (*lifecycles.GROUP_STATES, "Vanished"),
        {"ScheduleFailed": "warning", "Failed": "warning"},
        GROUP_STATE.title,
    ),
)

KINDS: Final = (MAINTENANCE, SPOT_RELEASE, IMAGE_CACHE, GROUP_STATE, GROUP_NOTICE, DATA_CACHE_NOTICE, NODE_NOTICE)
