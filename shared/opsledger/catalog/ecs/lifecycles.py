"""The lifecycles of ECS records.

Statuses: the appendix of "ECS event notifications" (help.aliyun.com/zh/ecs/user-guide/overview-35). Moves: "System
events overview" and the API pages of CreateSimulatedSystemEvents, CancelSimulatedSystemEvents and
AcceptInquiredSystemEvent (AlibabaCloudDocs/ecs). States of resources: "Disk states" (help.aliyun.com, ECS), and the
`Status` of DescribeImages and DescribeNetworkInterfaces; ends of a command: `InvocationStatus` of
DescribeInvocationResults (api.aliyun.com, ECS 2014-05-26). No page draws the moves of these; they follow from the
names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger.catalog.lifecycle import Lifecycle, Order, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

_END: Final[frozenset[str]] = frozenset()


def _to(*statuses: str) -> frozenset[str]:
    return frozenset(statuses)


SYSTEM_EVENT: Final = Lifecycle(
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
    # The same event may be announced again after it was cancelled; see `ledger.walk` for when that is so.
    reopens=_to("Inquiring", "Scheduled"),
)

STATES: Final = ("Pending", "Created", "Starting", "Running", "Stopping", "Stopped", "Deleted")

STATE: Final = Lifecycle(
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
    starts=frozenset(STATES),  # a ledger may be deployed in the middle of an instance's life
    order=Order.TIME,
    outcomes=dict.fromkeys(STATES, Outcome.NOTED),
    open_ended=True,
)

_ACTIONS: Final = ("delete", "stop", "other")

INTERRUPTION: Final = Lifecycle(
    name="preemptible-interruption",
    title="Release of a preemptible instance",
    moves=dict.fromkeys(_ACTIONS, _END),
    starts=frozenset(_ACTIONS),
    order=Order.TIME,
    outcomes=dict.fromkeys(_ACTIONS, Outcome.PENDING),
    # An instance that was stopped and started again can be interrupted again.
    reopens=frozenset(_ACTIONS),
    undocumented=_to("stop", "other"),
    same_within=10 * 60_000,  # an instance is gone five minutes after its notification
)

MIGRATION: Final = Lifecycle(
    name="live-migration",
    title="Live migration between dedicated hosts",
    moves={"started": _to("accomplished", "failed"), "accomplished": _END, "failed": _END},
    starts=_to("started"),
    order=Order.PROGRESS,
    outcomes={"started": Outcome.ACTIVE, "accomplished": Outcome.HAPPENED, "failed": Outcome.FAILED},
)

PERFORMANCE_MODE: Final = Lifecycle(
    name="performance-mode",
    title="Performance mode of a burstable instance",
    moves={"Standard": _to("Unlimited"), "Unlimited": _to("Standard")},
    starts=_to("Standard", "Unlimited"),
    order=Order.TIME,
    outcomes={"Standard": Outcome.NOTED, "Unlimited": Outcome.NOTED},
)

RESTRICTION: Final = Lifecycle(
    name="performance-restriction",
    title="Performance of a burstable instance restricted",
    moves={"Restricted": _to("Restricted")},
    starts=_to("Restricted"),
    order=Order.TIME,
    outcomes={"Restricted": Outcome.NOTED},
)


def _any_order(
    name: str, title: str, statuses: tuple[str, ...], outcomes: Mapping[str, Outcome], ends: frozenset[str] = _END
) -> Lifecycle:
    """A lifecycle in which every status but the `ends` may be followed by any other."""
    return Lifecycle(
        name=name,
        title=title,
        moves={status: _END if status in ends else frozenset(statuses) for status in statuses},
        starts=frozenset(statuses),
        order=Order.TIME,
        outcomes={**dict.fromkeys(statuses, Outcome.NOTED), **outcomes},
        open_ended=True,
    )


DISK_STATES: Final = (
    "Creating",
    "Available",
    "Attaching",
    "In_use",
    "Detaching",
    "ReIniting",
    "Deleting",
    "Deleted",
)
IMAGE_STATES: Final = ("Creating", "Waiting", "Available", "UnAvailable", "CreateFailed", "Deprecated")
NETWORK_INTERFACE_STATES: Final = (
    "Creating",
    "CreateFailed",
    "Available",
    "Attaching",
    "InUse",
    "Detaching",
    "Deleting",
)
TASK_ENDS: Final = ("Success", "Failed", "Error", "Timeout", "Cancelled", "Terminated", "Aborted", "Invalid")

DISK_STATE: Final = _any_order("disk-state", "State of a disk", DISK_STATES, {}, _to("Deleted"))
IMAGE_STATE: Final = _any_order("image-state", "State of an image", IMAGE_STATES, {"CreateFailed": Outcome.FAILED})
NETWORK_INTERFACE_STATE: Final = _any_order(
    "network-interface-state",
    "State of a network interface",
    NETWORK_INTERFACE_STATES,
    {"CreateFailed": Outcome.FAILED},
)
SNAPSHOT: Final = Lifecycle(
    name="snapshot",
    title="Making and deletion of a snapshot",
    moves={
        "Initiated": _to("accomplished", "failed", "Deleted"),
        "accomplished": _to("Deleted"),
        "failed": _to("Deleted"),
        "Deleted": _END,
    },
    starts=_to("Initiated", "accomplished", "failed", "Deleted"),  # the beginning is not always reported
    order=Order.PROGRESS,
    outcomes={
        "Initiated": Outcome.NOTED,
        "accomplished": Outcome.HAPPENED,
        "failed": Outcome.FAILED,
        "Deleted": Outcome.NOTED,
    },
    open_ended=True,
)
NOTICE: Final = _any_order(
    "ecs-notice",
    "Notices of an instance, a disk or a network interface",
    ("Noted", "accomplished", "failed"),
    {"accomplished": Outcome.HAPPENED, "failed": Outcome.FAILED},
)
TASK: Final = _any_order(
    "cloud-assistant-task",
    "End of a Cloud Assistant command on an instance",
    TASK_ENDS,
    {"Success": Outcome.HAPPENED, **dict.fromkeys(TASK_ENDS[1:], Outcome.FAILED)},
)
