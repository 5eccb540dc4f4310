"""The lifecycles of ECS records.

Statuses: the appendix of "ECS event notifications" (help.aliyun.com/zh/ecs/user-guide/overview-35). Moves: "System
events overview" and the API pages of CreateSimulatedSystemEvents, CancelSimulatedSystemEvents and
AcceptInquiredSystemEvent (AlibabaCloudDocs/ecs).
"""

from __future__ import annotations

from typing import Final

from opsledger.catalog.lifecycle import Lifecycle, Order, Outcome

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
)

INTERRUPTION: Final = Lifecycle(
    name="preemptible-interruption",
    title="Release of a preemptible instance",
    moves={"delete": _END},
    starts=_to("delete"),
    order=Order.PROGRESS,
    outcomes={"delete": Outcome.PENDING},
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
