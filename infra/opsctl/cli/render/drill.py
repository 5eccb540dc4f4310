"""A drill, step by step as it goes, and its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsctl.cli.language import t
from opsctl.drill import run as runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsctl.drill.run import DrillRun, DrillStep, Planned
    from opsledger.strict_json import JsonObject

SHOWN = {
    runs.MADE: "ECS made the simulated events",
    runs.MARKED: "their records are marked as drills",
    runs.SHOWN: "the ECS API shows them",
    runs.PUSHED: "they were pushed and recorded",
    runs.NOTIFIED: "people were notified",
    runs.CANCELED: "ECS canceled them",
    runs.ENDED: "the end is recorded",
    runs.CLEARED: "people were notified of the end",
}
"""What each step is called."""
ADVICE = {
    runs.SHOWN: "the ECS API does not show them: see whether the key may call ecs:DescribeInstanceHistoryEvents",
    runs.PUSHED: "nothing was pushed: see the rules with `opsledger doctor --remote`, and the log of ecs-events",
    runs.NOTIFIED: "nobody was notified in time: see `opsledger notify list`, and whether the notifier runs",
    runs.ENDED: "the end was not recorded in time: see the record with `opsledger show`",
    runs.CLEARED: "nobody was notified of the end in time: see `opsledger notify list`",
}
"""What to do about a step that was not reached."""
NOBODY = "no route takes drills: name a channel with --channel, or add a route with `match: {drill: yes}`"
REFUSED = "not every message arrived: see `opsledger notify list`"


def begins(planned: Planned, *, as_json: bool) -> None:
    """Print what the drill is."""
    if not as_json:
        names = ", ".join(planned.instances)
        terminal.say(t("A drill: {type} of {names}", type=planned.event_type, names=names), style="bold")


def step(reached: DrillStep, *, as_json: bool) -> None:
    """Print a step as it is reached."""
    if not as_json:
        detail = f": {reached.detail}" if reached.detail else ""
        terminal.say(f"  +{reached.after_ms / 1000:7.1f} s  {t(SHOWN[reached.name])}{detail}")


def result(run: DrillRun, messages: Sequence[str], *, as_json: bool) -> None:
    """Print what people got, and what to do about what was not reached."""
    if as_json:
        terminal.emit(to_json(run, messages))
        return
    for message in messages:
        terminal.say("")
        terminal.say(t("The message in the chat"), style="bold")
        for line in message.split("\n"):
            terminal.say(f"  {line}" if line else "")
    terminal.say("")
    for line in problems(run):
        terminal.complain(t(line))
    if run.succeeded:
        terminal.say(t("The alarm works."), style="bold")


def problems(run: DrillRun) -> list[str]:
    """What to do about the first step that was not reached, and about messages that did not arrive."""
    lacking = runs.missing(run)
    found = [ADVICE[lacking[0]]] if lacking and lacking[0] in ADVICE else []  # what follows fails for the same reason
    if run.nobody:
        return [*found, NOBODY]
    return found if run.succeeded or found else [REFUSED]


def to_json(run: DrillRun, messages: Sequence[str]) -> JsonObject:
    """The drill for programs; times in seconds since it began."""
    return {
        "succeeded": run.succeeded,
        "events": [{"id": event.id, "instance": event.instance, "record": event.record} for event in run.events],
        "steps": [{"step": s.name, "after_s": s.after_ms / 1000, "detail": s.detail} for s in run.steps],
        "missing": [*runs.missing(run)],
        "problems": [*problems(run)],
        "messages": [*messages],
    }


def canceled(events: Sequence[str], *, as_json: bool) -> None:
    """Print which events were canceled."""
    if as_json:
        terminal.emit({"canceled": [*events]})
    else:
        terminal.say(t("canceled {events}", events=", ".join(events)))
