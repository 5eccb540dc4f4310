"""`drill`: see the alarm work before the first real event."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import DRILL_TIMES, DRILL_TYPE, FAILED, AsJson, Data, Remote, Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from opsctl.cli.drill import Scene


def drill(
    context: typer.Context,
    instance: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="The instance, such as i-bp1…; may be repeated.", show_default=False),
    ] = None,
    tag: Annotated[
        str, typer.Option(metavar="KEY=VALUE", help="All instances with this tag, at most 100.", show_default=False)
    ] = "",
    region: Annotated[str, typer.Option(help="Their region. [default: ALIBABA_CLOUD_REGION_ID]")] = "",
    event_type: Annotated[
        str, typer.Option("--type", help="What is simulated: a type of event that ECS can simulate.")
    ] = DRILL_TYPE,
    starts_in: Annotated[
        str, typer.Option("--in", metavar="TIME", help="When it is announced for: in 1h, 90m. It is canceled before.")
    ] = DRILL_TIMES[0],
    channel: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Send its messages to this channel; may be repeated. [default: the routes that take drills]",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[
        str, typer.Option(metavar="TIME", help="How long to wait for the message, and again for the end.")
    ] = DRILL_TIMES[1],
    cancel: Annotated[
        list[str] | None,
        typer.Option(
            metavar="EVENT", help="Only cancel this event of an earlier drill; may be repeated.", show_default=False
        ),
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="WHO", help="Who makes it. [default: the user of this computer]", show_default=False)
    ] = "",
    as_json: AsJson = False,
    data: Data = None,
    template: Template = None,
    remote: Remote = False,
) -> None:
    """Simulate an event, show its way to the message step by step, and cancel it. Nothing happens to the instance.

    With --remote the ECS API makes it. Without, it is made on the local cloud, with an instance and a chat for the
    purpose. Its records are marked; only channels and routes that ask for drills get it.
    """
    from opsctl.cli import drill_plan
    from opsctl.cli.render import drill as render

    with _scene(data or context.obj, template, region, remote=remote) as scene:
        if cancel:
            scene.api.cancel(cancel)
            render.canceled(cancel, as_json=as_json)
            return
        instances = _instances(scene, instance or (), tag)
        times = (starts_in, timeout)
        channels = tuple(channel or scene.channels)
        plan = drill_plan.planned(scene.clock.now_ms(), instances, channels, event_type, times, by)
        run = drill_plan.play(scene, plan, as_json=as_json)
    if not run.succeeded:
        raise typer.Exit(FAILED)


@contextmanager
def _scene(data: Path, template: Path | None, region: str, *, remote: bool) -> Iterator[Scene]:
    from opsctl.cli import drill as scenes
    from opsctl.cli.local import default_template

    if remote:
        yield scenes.remote(region)
        return
    with scenes.on_local_cloud(data, template or default_template()) as scene:
        yield scene


def _instances(scene: Scene, given: Sequence[str], tag: str) -> tuple[str, ...]:
    """The instances that are named, those with the tag, or that of the local cloud."""
    from opsctl.cli.language import t
    from opsctl.drill.api import MOST_INSTANCES
    from opsctl.errors import NotThereError, WrongUsageError

    if given and tag:
        raise WrongUsageError(t("name instances, or a tag, not both"))
    if tag:
        key, _, value = tag.partition("=")
        found = tuple(str(row["InstanceId"]) for row in scene.api.tagged(key, value) if row.get("InstanceId"))
        if not found:
            raise NotThereError(t("no instance in {region} has the tag {tag}", region=scene.region, tag=repr(tag)))
    else:
        found = tuple(dict.fromkeys(given)) or scene.instances
    if not 1 <= len(found) <= MOST_INSTANCES:
        raise WrongUsageError(t("name 1 to {most} instances with --instance, or a tag", most=MOST_INSTANCES))
    return found
