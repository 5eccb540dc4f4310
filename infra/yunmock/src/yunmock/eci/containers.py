"""The containers of a group as the API answers them: what was given, completed by what the group's status implies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunmock.eci.timestamps import rfc3339

if TYPE_CHECKING:
    from yunmock.eci.model import Group

Container = dict[str, Any]

STARTED = frozenset({"Running", "Updating", "Restarting", "Terminating"})
TERMINATED: dict[str, tuple[int, str]] = {
    "Succeeded": (0, "Completed"),
    "Failed": (1, "Error"),
    "Expired": (137, "Error"),
}
"""The exit code and reason of the containers of a group that ended."""

DEFAULTS: Container = {"Image": "nginx", "Cpu": 2.0, "Memory": 4.0, "ImagePullPolicy": "IfNotPresent", "Gpu": 0}


def describe(group: Group) -> list[Container]:
    """The containers: waiting, running or terminated as the group is, unless they were given a state of their own."""
    own = group.containers or ({"Name": group.name},)
    made = {"RestartCount": 0, "Ready": group.status == "Running", "CurrentState": _state(group)}
    return [{**DEFAULTS, **made, **container} for container in own]


def describe_init(group: Group) -> list[Container]:
    """The init containers: done once the group has run."""
    done = group.running_ms is not None
    state = {"State": "Terminated", "ExitCode": 0, "Reason": "Completed"} if done else {"State": "Waiting"}
    made = {"RestartCount": 0, "Ready": done, "CurrentState": state}
    return [{**DEFAULTS, **made, **container} for container in group.init_containers]


def with_state(
    containers: tuple[Container, ...], name: str, state: Container, previous: Container | None, restarts: int | None
) -> tuple[Container, ...]:
    """The containers with one of them in a new state; the state it was in becomes its PreviousState.

    Raises:
        ValueError: there is no container of this name.
    """
    if all(container.get("Name") != name for container in containers):
        raise ValueError(f"there is no container {name!r}, only {[each.get('Name') for each in containers]}")
    changed: Container = {"CurrentState": state, "Ready": state.get("State") == "Running"}
    if previous is not None:
        changed["PreviousState"] = previous
    if restarts is not None:
        changed["RestartCount"] = restarts
    return tuple({**each, **changed} if each.get("Name") == name else each for each in containers)


def _state(group: Group) -> Container:
    start = {} if group.running_ms is None else {"StartTime": rfc3339(group.running_ms)}
    if group.status in TERMINATED and group.ended_ms is not None:
        code, reason = TERMINATED[group.status]
        finish = rfc3339(group.ended_ms)
        return {"State": "Terminated", **start, "FinishTime": finish, "ExitCode": code, "Reason": reason}
    if group.status in STARTED:
        return {"State": "Running", **start, "DetailStatus": "Running"}
    return {"State": "Waiting", "Reason": "ContainerCreating"}
