"""The containers of a group as the API writes them: the fields given, completed by what the group's status implies."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from yunmock.timestamps import rfc3339

if TYPE_CHECKING:
    from yunmock.eci.model import ContainerGroup
    from yunmock.json_types import JsonObject

Container: TypeAlias = "JsonObject"

STARTED = frozenset({"Running", "Updating", "Restarting", "Terminating"})
TERMINATED: dict[str, tuple[int, str]] = {
    "Succeeded": (0, "Completed"),
    "Failed": (1, "Error"),
    "Expired": (137, "Error"),
}
"""The exit code and reason of the containers, by the terminal status of their group."""

DEFAULTS: Container = {"Image": "nginx", "Cpu": 2.0, "Memory": 4.0, "ImagePullPolicy": "IfNotPresent", "Gpu": 0}


def describe(group: ContainerGroup) -> list[Container]:
    """The containers: waiting, running or terminated like the group, unless a state was set for one of them."""
    derived: Container = {"RestartCount": 0, "Ready": group.status == "Running", "CurrentState": _state(group)}
    return [{**DEFAULTS, **derived, **container} for container in _given(group)]


def describe_init(group: ContainerGroup) -> list[Container]:
    """The init containers: terminated once the group has run."""
    done = group.running_ms is not None
    state: Container = {"State": "Waiting"}
    if done:
        state = {"State": "Terminated", "ExitCode": 0, "Reason": "Completed"}
    derived: Container = {"RestartCount": 0, "Ready": done, "CurrentState": state}
    return [{**DEFAULTS, **derived, **container} for container in group.init_containers]


def with_state(
    group: ContainerGroup, name: str, state: Container, restart_count: int | None = None
) -> tuple[Container, ...]:
    """The containers of a group, one of them in a new state; its former state becomes its PreviousState.

    Raises:
        ValueError: there is no container of this name.
    """
    given = _given(group)
    if all(container.get("Name") != name for container in given):
        raise ValueError(f"there is no container {name!r}, only {[each.get('Name') for each in given]}")
    changed: Container = {"CurrentState": state, "Ready": state.get("State") == "Running"}
    changed["PreviousState"] = next(each["CurrentState"] for each in describe(group) if each.get("Name") == name)
    if restart_count is not None:
        changed["RestartCount"] = restart_count
    return tuple({**each, **changed} if each.get("Name") == name else each for each in given)


def _given(group: ContainerGroup) -> tuple[Container, ...]:
    """The containers that the group was created with; one with the group's name when there are none."""
    return group.containers or ({"Name": group.name},)


def _state(group: ContainerGroup) -> Container:
    start: Container = {} if group.running_ms is None else {"StartTime": rfc3339(group.running_ms)}
    if group.status in TERMINATED and group.ended_ms is not None:
        code, reason = TERMINATED[group.status]
        finish = rfc3339(group.ended_ms)
        return {"State": "Terminated", **start, "FinishTime": finish, "ExitCode": code, "Reason": reason}
    if group.status in STARTED:
        return {"State": "Running", **start, "DetailStatus": "Running"}
    return {"State": "Waiting", "Reason": "ContainerCreating"}
