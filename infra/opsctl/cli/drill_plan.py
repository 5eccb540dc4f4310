"""What a drill is to do, as options say it, and one run of it on a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import deadlines
from opsctl.cli.language import t
from opsctl.cli.moments import span_ms
from opsctl.cli.nearest import did_you_mean
from opsctl.cli.options import DRILL_TIMES, DRILL_TYPE
from opsctl.cli.render import drill as render
from opsctl.cli.render.notes import user
from opsctl.drill.api import TYPES
from opsctl.drill.run import DrillRun, Planned
from opsctl.errors import WrongUsageError

if TYPE_CHECKING:
    from opsctl.cli.drill import Scene

MOST_AUTHOR = 200
"""So many characters of an author's name are kept."""


def planned(
    now_ms: int,
    instances: tuple[str, ...],
    channels: tuple[str, ...],
    event_type: str = DRILL_TYPE,
    times: tuple[str, str] = DRILL_TIMES,
    by: str = "",
) -> Planned:
    """What the options ask for.

    Args:
        now_ms: the time of the cloud on which it runs.
        times: when the event is announced for, and how long to wait for each half, such as `1h` and `5m`.
        by: who makes it; empty for the user of this computer.

    Raises:
        WrongUsageError: ECS cannot simulate the type, the times do not fit, or nobody is named.
    """
    if event_type not in TYPES:
        meant = did_you_mean(event_type, TYPES)
        raise WrongUsageError(t("ECS cannot simulate {name}{meant}", name=repr(event_type), meant=meant))
    starts_ms, timeout_ms = map(span_ms, times)
    if starts_ms <= timeout_ms:
        raise WrongUsageError(t("--in should be longer than --timeout, so that the event is canceled before"))
    made_by = by or user()
    if not made_by:
        raise WrongUsageError(t("a drill has an author: name one with --by"))
    return Planned(instances, event_type, now_ms + starts_ms, made_by[:MOST_AUTHOR], channels, timeout_ms / 1000)


def play(scene: Scene, plan: Planned, *, as_json: bool = False) -> DrillRun:
    """Run a drill and print its steps as they are reached, then the messages about its instances.

    Raises:
        WorldFailedError: ECS or the store failed until time was up.
        ToolError: the events could not be canceled; the message names them.
    """
    render.begins(plan, as_json=as_json)
    run = DrillRun(
        scene.api, scene.store, scene.clock, plan, deadlines.writer(), lambda step: render.step(step, as_json=as_json)
    )
    run.run()
    messages = [text for text in scene.messages() if any(instance in text for instance in plan.instances)]
    render.result(run, messages, as_json=as_json)
    return run
