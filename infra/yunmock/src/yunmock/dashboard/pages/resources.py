"""What the other services have: instances and events of ECS, container groups, stacks, pushes and messages."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, cast

from yunmock.dashboard.document import Listing, Moment, Status, WebPage
from yunmock.dashboard.visit import block
from yunmock.eci.state import EciState
from yunmock.ecs.state import EcsState
from yunmock.ros.state import RosState

if TYPE_CHECKING:
    from yunmock.chat.service import ChatService
    from yunmock.cloudmonitor.service import CloudMonitorService
    from yunmock.dashboard.document import Shown
    from yunmock.dashboard.visit import Visit

SHOWN = 100


def resources(visit: Visit) -> WebPage:
    """A listing for each kind of resource."""
    return WebPage(
        "Resources",
        (*_of_ecs(visit), _groups(visit), _stacks(visit), _pushes(visit), _messages(visit)),
        summary=f"The first {SHOWN} of each kind, and the newest messages.",
    )


def _of_ecs(visit: Visit) -> tuple[Listing, Listing]:
    state = EcsState(visit.cloud)
    instances: list[tuple[Shown, ...]] = [
        (one.id, one.name, one.region, Status(one.status), one.instance_type, Moment(one.created_ms))
        for one in islice(state.instances.all(), SHOWN)
    ]
    events: list[tuple[Shown, ...]] = [
        (one.id, one.type, Status(one.status), one.instance_id, Moment(one.published_ms), one.simulated)
        for one in islice(state.events.all(), SHOWN)
    ]
    return (
        Listing(
            "ECS instances", ("Instance", "Name", "Region", "Status", "Type", "Created"), instances, "No instance."
        ),
        Listing(
            "ECS system events",
            ("Event", "Type", "Status", "Instance", "Published", "Simulated"),
            events,
            "No system event.",
        ),
    )


def _groups(visit: Visit) -> Listing:
    rows: list[tuple[Shown, ...]] = [
        (one.id, one.name, one.region, Status(one.status), Moment(one.created_ms))
        for one in EciState(visit.cloud).peek(SHOWN)
    ]
    return Listing(
        "ECI container groups", ("Group", "Name", "Region", "Status", "Created"), rows, "No container group."
    )


def _stacks(visit: Visit) -> Listing:
    rows: list[tuple[Shown, ...]] = [
        (
            one.name,
            one.region,
            Status(one.status(visit.now_ms)),
            one.reason or None,
            [f"{each.name}: {each.kind}" for each in one.resources],
        )
        for one in RosState(visit.cloud).all_stacks()[:SHOWN]
    ]
    return Listing("Stacks", ("Stack", "Region", "Status", "Reason", "Resources"), rows, "No stack.")


def _pushes(visit: Visit) -> Listing:
    service = cast("CloudMonitorService | None", visit.cloud.services.get("cloudmonitor"))
    rows: list[tuple[Shown, ...]] = [
        (
            Moment(push.at_ms),
            push.policy,
            push.event,
            Status("pushed", "good") if push.ok else Status("failed", "bad"),
            push.error or None,
            None if push.next_ms is None else Moment(push.next_ms),
        )
        for push in (service.newest_pushes(SHOWN) if service else ())
    ]
    return Listing(
        "Pushes of CloudMonitor",
        ("At", "Policy", "Event", "Result", "Error", "Next attempt"),
        rows,
        "Nothing was pushed.",
    )


def _messages(visit: Visit) -> Listing:
    service = cast("ChatService | None", visit.cloud.services.get("chat"))
    rows: list[tuple[Shown, ...]] = [
        (
            Moment(one.at_ms),
            one.kind,
            Status("accepted", "good") if one.accepted else Status(f"refused: {one.code}", "bad"),
            block(one.text),
        )
        for one in (service.newest(SHOWN) if service else ())
    ]
    return Listing("Messages to people", ("At", "Receiver", "Result", "Text"), rows, "No message was sent.")
