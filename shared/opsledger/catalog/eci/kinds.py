"""The kinds of ECI records: what identifies each, and how long it may be silent."""

from __future__ import annotations

from typing import Final

from opsledger.catalog.eci import lifecycles
from opsledger.catalog.product import Kind, Settler

_HOUR_MS: Final = 3_600_000

# How long a record may be silent before it counts as overdue. The vendor gives no figures; these are choices.
_GRACE_PERIOD_MS: Final = _HOUR_MS
_MAINTENANCE_MAX_DWELL: Final = dict.fromkeys(
    ("SandboxNotReady", "SandboxNotReadyUnExpected", "SystemFailureReboot"),
    _HOUR_MS,  # a sandbox starts within minutes
)
_IMAGE_CACHE_MAX_DWELL: Final = dict.fromkeys(
    ("ImageCacheAutoCreated", "ImageCacheCreate", "ImageCacheFlashFinished", "ImageCacheFlashCreatedFailed"),
    6 * _HOUR_MS,  # pulling the largest images and making a snapshot of them
)

# A group that has ended is neither released nor rebooted. It may be scheduled again under its id, so an end counts only
# after the announcement; and a group that vanished may only have been out of sight.
_GROUP_ENDED: Final = (
    Settler(
        "container-group-state",
        later=frozenset({"Succeeded", "Failed", "Expired", "StopCharge"}),
        present=frozenset({"Vanished"}),
    ),
)

MAINTENANCE: Final = Kind(
    "container-group-maintenance",
    "eci",
    "container-group",
    lifecycles.MAINTENANCE,
    "involvedObject.uid",
    "eci:maintenance",
    _GRACE_PERIOD_MS,
    _MAINTENANCE_MAX_DWELL,
    settlers=_GROUP_ENDED,
)
SPOT_RELEASE: Final = Kind(
    "spot-release",
    "eci",
    "container-group",
    lifecycles.SPOT_RELEASE,
    "involvedObject.uid",
    "eci:spot",
    settlers=_GROUP_ENDED,
)
IMAGE_CACHE: Final = Kind(
    "image-cache",
    "eci",
    "image-cache",
    lifecycles.IMAGE_CACHE,
    "involvedObject.uid",
    "eci:image-cache",
    max_dwell=_IMAGE_CACHE_MAX_DWELL,
)
GROUP_STATE: Final = Kind(
    "container-group-state",
    "eci",
    "container-group",
    lifecycles.GROUP_STATE,
    "containerGroupId",
    "eci:state",
)


def _notice(name: str, resource_type: str) -> Kind:
    return Kind(name, "eci", resource_type, lifecycles.NOTICE, "involvedObject.uid + reason", f"eci:{name}")


GROUP_NOTICE: Final = _notice("container-group-notice", "container-group")
DATA_CACHE_NOTICE: Final = _notice("data-cache-notice", "data-cache")
NODE_NOTICE: Final = _notice("virtual-node-notice", "virtual-node")

KINDS: Final = (MAINTENANCE, SPOT_RELEASE, IMAGE_CACHE, GROUP_STATE, GROUP_NOTICE, DATA_CACHE_NOTICE, NODE_NOTICE)
