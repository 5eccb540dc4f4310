"""What follows a deployment: the comparison with the files, a drill on request, and a summary of it all."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from opsctl.cli import drill as scenes
from opsctl.cli import drill_plan, endpoints, terminal
from opsctl.cli.language import t
from opsctl.deploy.unchanged import show_call
from opsctl.drill.api import MOST_INSTANCES, DrillApi
from opsctl.errors import WrongUsageError
from opsledger.deadline import SystemClock
from opsledger.store.tables import DRILLS
from opsledger.variables import DEFAULT_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from opsctl.deploy.steps import Deployed, Deployment
    from opsctl.drill.run import Planned
    from opsledger.strict_json import JsonObject

EXPORTED = (endpoints.ACCOUNT, endpoints.REGION, "OTS_ENDPOINT", "OTS_INSTANCE", "OPSLEDGER_TABLE_PREFIX")
"""The variables that the command line needs afterwards."""
EVENT = "<event>"
"""Stands for the id of an event that ECS would make."""

INSTANCE_ID: Final = re.compile(r"i-[0-9A-Za-z_-]{1,62}", re.ASCII)
"""The vendor's own ids, such as i-bp67acfmxazb4p, are shorter; one that is not there is ECS's to refuse."""


class ShownEcs:
    """ECS in a dry run: prints each call, and answers as if it had worked."""

    def __init__(self, region: str) -> None:
        self.region = region

    def call(self, action: str, query: Mapping[str, object], /) -> JsonObject:
        """Print the call."""
        show_call(terminal.say, f"ECS {action}", query)
        return {"EventIdSet": {"EventId": [EVENT] * len(_listed(query.get("InstanceId")))}}


def plan(instances: Sequence[str], channels: Sequence[str]) -> Planned | None:
    """The drill that is asked for, None if none is.

    Raises:
        WrongUsageError: too many instances or no ids of instances are named, or nobody who makes it is known.
    """
    if not instances:
        if channels:
            raise WrongUsageError(t("--drill-channel needs --drill, which names an instance"))
        return None
    if len(instances) > MOST_INSTANCES:
        raise WrongUsageError(t("name 1 to {most} instances with --drill", most=MOST_INSTANCES))
    wrong = next((id_ for id_ in instances if not INSTANCE_ID.fullmatch(id_)), None)
    if wrong is not None:  # said now, because the deployment before the drill takes minutes
        raise WrongUsageError(
            t("--drill takes the id of an instance, such as i-bp67acfmxazb4p, not {id}", id=repr(wrong))
        )
    return drill_plan.planned(SystemClock().now_ms(), tuple(dict.fromkeys(instances)), tuple(channels))


def show_drill(target: Deployment, wanted: Planned) -> None:
    """Print the calls of a drill that change anything."""
    terminal.say(t("Drill"))
    api = DrillApi(ShownEcs(target.region))
    events = api.create(wanted.instances, wanted.event_type, wanted.not_before_ms)
    prefix = target.parameters.get("TablePrefix", DEFAULT_PREFIX)
    show_call(terminal.say, "OTS BatchWriteRow", {"table": f"{prefix}{DRILLS.name}", "rows": len(events)})
    api.cancel(events)


def finish(target: Deployment, made: Deployed, wanted: Planned | None, is_sound: Callable[[Path], bool]) -> bool:
    """Compare what is deployed with the files, make the drill, and print what there is now; whether all is well.

    Args:
        is_sound: compares an s.yaml, and the template beside it, with what is deployed, and prints what differs.

    Raises:
        WorldFailedError: a service refuses, or does not answer.
        ToolError: the events of the drill could not be canceled.
    """
    terminal.say(t("What is deployed, compared with {file}", file=target.s_yaml))
    variables = {**made.variables, endpoints.REGION: target.region}
    with _environment(variables):  # the s.yaml is read as it was deployed
        sound = is_sound(target.s_yaml)
        drilled = _drill(target, wanted) if sound and wanted else None
    _summary(target, made, sound=sound, drill=_said(wanted, drilled))
    if sound:
        terminal.say(t("deployed; for the command line: {variables}", variables=_exports(variables)))
        terminal.say(t("The first time, look at what docs/deploy.md lists: only a real account can show it."))
    return sound and (wanted is None or drilled is True)


def _drill(target: Deployment, wanted: Planned) -> bool:
    terminal.say(t("Drill"))
    scene = scenes.remote(target.region)
    # Deploying took its time: the event is announced for an hour from now.
    return drill_plan.play(scene, drill_plan.planned(scene.clock.now_ms(), wanted.instances, wanted.channels)).succeeded


def _said(wanted: Planned | None, drilled: bool | None) -> str:  # noqa: FBT001 - None, True and False are the results
    if wanted is None:
        return t("none was asked for; --drill i-… makes one")
    if drilled is None:
        return t("not made: what is deployed differs")
    return t("the message arrived, and so did the end") if drilled else t("failed, see above")


def _summary(target: Deployment, made: Deployed, *, sound: bool, drill: str) -> None:
    layers = (
        t("{name} {number}, published now", name=name, number=version.number)
        if name in made.published
        else f"{name} {version.number}"
        for name, version in made.layers.items()
    )
    file = target.s_yaml.name
    same = t("as in {file} and the template", file=file)
    compared = same if sound else t("not as in {file} and the template, see above", file=file)
    terminal.say("")
    rows = [
        (t("stack"), t("{stack} in {region}", stack=target.stack, region=target.region)),
        *((t("layer"), layer) for layer in layers),
        (t("comparison"), compared),
        (t("drill"), drill),
    ]
    terminal.table([t("Part"), t("What there is now")], rows, wide=True)


def _exports(variables: Mapping[str, str]) -> str:
    return "export " + " ".join(f"{name}={variables[name]}" for name in EXPORTED if variables.get(name))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
