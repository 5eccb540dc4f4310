"""The lifecycles of ECI records.

The names of the statuses are the service's own: event names ("ECI events", help.aliyun.com/zh/eci) and the statuses
of a container group (DescribeContainerGroups). No page draws the moves; they follow from what each event says.
"""

from __future__ import annotations

from typing import Final

from opsledger.catalog.lifecycle import Lifecycle, Order, Outcome

_END: Final[frozenset[str]] = frozenset()


def _to(*statuses: str) -> frozenset[str]:
    return frozenset(statuses)


_REBOOT_ENDS = ("SandboxRebootSucceeded", "SandboxRebootCanceled")
_FAULTS = ("SandboxNotReady", "SandboxNotReadyUnExpected", "SystemFailureReboot")
_PLANS = ("ScheduledMaintenance", "SystemReboot")

MAINTENANCE: Final = Lifecycle(
    name="container-group-maintenance",
    title="Maintenance and reboot of a container group",
    moves={
        "ScheduledMaintenance": _to("SystemReboot", *_FAULTS, *_REBOOT_ENDS),
        "SystemReboot": _to("ScheduledMaintenance", *_FAULTS, *_REBOOT_ENDS),
        "SandboxNotReady": _to("SandboxNotReadyUnExpected", "SystemFailureReboot", *_REBOOT_ENDS),
        "SandboxNotReadyUnExpected": _to("SandboxNotReady", "SystemFailureReboot", *_REBOOT_ENDS),
        "SystemFailureReboot": _to(*_REBOOT_ENDS),
        "SandboxRebootSucceeded": _END,
        "SandboxRebootCanceled": _END,
    },
    starts=_to(*_PLANS, *_FAULTS),
    order=Order.TIME,
    outcomes={
        "ScheduledMaintenance": Outcome.PENDING,
        "SystemReboot": Outcome.PENDING,
        "SandboxNotReady": Outcome.ACTIVE,
        "SandboxNotReadyUnExpected": Outcome.ACTIVE,
        "SystemFailureReboot": Outcome.ACTIVE,
        "SandboxRebootSucceeded": Outcome.HAPPENED,
        "SandboxRebootCanceled": Outcome.AVERTED,
    },
    reopens=_to(*_PLANS, *_FAULTS),
    suspended_by={"ScheduledMaintenance": _to(*_FAULTS)},
)

SPOT_RELEASE: Final = Lifecycle(
    name="spot-release",
    title="Release of a spot container group",
    moves={"SpotToBeReleased": _END},
    starts=_to("SpotToBeReleased"),
    order=Order.TIME,
    outcomes={"SpotToBeReleased": Outcome.PENDING},
    # A pod that kept its uid was scheduled again and is to be released again.
    reopens=_to("SpotToBeReleased"),
    same_within=10 * 60_000,  # the notice is three to five minutes, and may be repeated
)

_COPIES = ("ImageCacheCopyFinished", "ImageCacheCopyFailed")
_UPDATES = ("ImageCacheUpdateFinished", "ImageCacheUpdateFailed")
_FLASH_ENDS = ("ImageCacheFlashReplacedSuccess", "ImageCacheFlashReplacedFailed")
_GONE = ("ImageCacheAutoEliminated", "ImageCacheEliminated")
_MAKING_FAILED = ("ImageCacheAutoCreateFailed", "ImageCacheUnknownError")
_USABLE = ("ImageCacheFinished", *_FLASH_ENDS, *_COPIES, *_UPDATES, *_GONE, "ImageCacheUnknownError")

IMAGE_CACHE: Final = Lifecycle(
    name="image-cache",
    title="Making of an image cache",
    moves={
        "ImageCacheAutoCreated": _to(
            "ImageCacheCreate", "ImageCacheFlashFinished", "ImageCacheFlashCreatedFailed", *_USABLE, *_MAKING_FAILED
        ),
        "ImageCacheCreate": _to("ImageCacheFlashFinished", "ImageCacheFlashCreatedFailed", *_USABLE, *_MAKING_FAILED),
        "ImageCacheFlashFinished": _to("ImageCacheCreate", *_USABLE, *_MAKING_FAILED),
        "ImageCacheFlashCreatedFailed": _to("ImageCacheCreate", *_USABLE, *_MAKING_FAILED),
        "ImageCacheFinished": _to(*_USABLE),
        "ImageCacheFlashReplacedSuccess": _to(*_USABLE),
        "ImageCacheFlashReplacedFailed": _to("ImageCacheCreate", *_USABLE),
        "ImageCacheCopyFinished": _to(*_USABLE),
        "ImageCacheCopyFailed": _to(*_USABLE),
        "ImageCacheUpdateFinished": _to(*_USABLE),
        "ImageCacheUpdateFailed": _to(*_USABLE),
        "ImageCacheAutoCreateFailed": _END,
        "ImageCacheUnknownError": _END,
        "ImageCacheAutoEliminated": _END,
        "ImageCacheEliminated": _END,
    },
    starts=_to("ImageCacheAutoCreated", "ImageCacheCreate"),
    order=Order.TIME,
    outcomes={
        "ImageCacheAutoCreated": Outcome.ACTIVE,
        "ImageCacheCreate": Outcome.ACTIVE,
        "ImageCacheFlashFinished": Outcome.ACTIVE,
        "ImageCacheFlashCreatedFailed": Outcome.ACTIVE,
        "ImageCacheFinished": Outcome.HAPPENED,
        "ImageCacheFlashReplacedSuccess": Outcome.HAPPENED,
        "ImageCacheFlashReplacedFailed": Outcome.FAILED,
        "ImageCacheCopyFinished": Outcome.HAPPENED,
        "ImageCacheCopyFailed": Outcome.FAILED,
        "ImageCacheUpdateFinished": Outcome.HAPPENED,
        "ImageCacheUpdateFailed": Outcome.FAILED,
        "ImageCacheAutoCreateFailed": Outcome.FAILED,
        "ImageCacheUnknownError": Outcome.FAILED,
        "ImageCacheAutoEliminated": Outcome.NOTED,
        "ImageCacheEliminated": Outcome.NOTED,
    },
    reopens=_to("ImageCacheAutoCreated", "ImageCacheCreate"),
)

GROUP_STATES: Final = (
    "Scheduling",
    "ScheduleFailed",
    "Pending",
    "Running",
    "Restarting",
    "Updating",
    "Terminating",
    "Succeeded",
    "Failed",
    "Expired",
)
"""The ten statuses of DescribeContainerGroups, in about the order of a life."""

_ENDED = ("Succeeded", "Failed", "Expired", "Terminating", "StopCharge", "Vanished")
_ALIVE = ("Pending", "Running", "Restarting", "Updating")

GROUP_STATE: Final = Lifecycle(
    name="container-group-state",
    title="State of a container group",
    moves={
        "Scheduling": _to(*_ALIVE, *_ENDED, "ScheduleFailed"),
        "ScheduleFailed": _to("Scheduling", "StopCharge", "Vanished"),
        "Pending": _to("Running", "Restarting", "Updating", *_ENDED, "ScheduleFailed"),
        "Running": _to("Restarting", "Updating", *_ENDED),
        "Restarting": _to("Pending", "Running", "Updating", *_ENDED),
        "Updating": _to("Pending", "Running", "Restarting", *_ENDED),
        "Terminating": _to("Succeeded", "Failed", "Expired", "StopCharge", "Vanished"),
        "Succeeded": _to("Terminating", "StopCharge", "Vanished"),
        "Failed": _to("Terminating", "StopCharge", "Vanished"),
        "Expired": _to("Terminating", "StopCharge", "Vanished"),
        "StopCharge": _to("Terminating", "Succeeded", "Failed", "Expired", "Vanished"),
        # Vanished is what a poll concludes from an absence; a group seen again was only out of sight.
        "Vanished": _to("Scheduling", *_ALIVE, *_ENDED, "ScheduleFailed"),
    },
    starts=frozenset((*GROUP_STATES, "StopCharge")),
    order=Order.TIME,
    outcomes={
        **dict.fromkeys(GROUP_STATES, Outcome.NOTED),
        "ScheduleFailed": Outcome.FAILED,
        "Failed": Outcome.FAILED,
        "StopCharge": Outcome.NOTED,
        "Vanished": Outcome.NOTED,
    },
    # A group is scheduled again after it failed; also where the status in between was not seen.
    reopens=_to("Scheduling", "ScheduleFailed"),
    ends=_to("ScheduleFailed", "Succeeded", "Failed", "Expired", "StopCharge", "Vanished"),
)

NOTICE: Final = Lifecycle(
    name="notice",
    title="Notices of a container group, a cache or a node",
    moves={"Normal": _to("Normal", "Warning"), "Warning": _to("Normal", "Warning")},
    starts=_to("Normal", "Warning"),
    order=Order.TIME,
    outcomes={"Normal": Outcome.NOTED, "Warning": Outcome.NOTED},
)
