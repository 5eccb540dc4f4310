"""`notify`: who is notified of what, in which words, and what became of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import FAILED, NOT_THERE, AsJson, Data, Remote

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from opsledger.ledger.record import Record
    from opsledger.notify.config import NotifyConfig
    from opsledger.notify.deliveries import Dispatch
    from opsledger.store import Store
    from opsledger.store.tablestore import TablestoreStore

Routes = Annotated[
    Path | None,
    typer.Option("--routes", help="A YAML file with routes. [default: OPSLEDGER_NOTIFY, or else ./notify.yaml]"),
]

notify = typer.Typer(
    help="Notifications: preview, test, list, send again and mute.", no_args_is_help=True, rich_markup_mode=None
)


@notify.command()
def compile(file: Annotated[Path, typer.Argument(help="A YAML file with routes.")] = Path("notify.yaml")) -> None:  # noqa: A001 - the command's name
    """Check a file with routes, and print it as the value of OPSLEDGER_NOTIFY."""
    from opsctl import notify as notifications
    from opsctl.cli import terminal

    try:
        sys.stdout.write(notifications.compiled(file, os.environ) + "\n")
    except notifications.RoutesError as error:
        for line in str(error).splitlines():
            terminal.complain(line)
        raise typer.Exit(FAILED) from None


@notify.command()
def preview(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="FILE|RECORD", help="A file with a payload, or a record's key or id.")],
    routes: Routes = None,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Show every message that a record leads to if nothing more comes: when, to whom and in which words."""
    from opsctl import notify as notifications
    from opsctl.cli import deadlines, display, terminal
    from opsctl.cli.language import said, t
    from opsctl.cli.render import notifications as render
    from opsledger.ledger.enrichment import enriched
    from opsledger.notify.config import validate

    deadline = deadlines.deadline()
    config, now_ms = configured(routes, required=False), deadline.clock.now_ms()
    if config is None:
        terminal.complain("no channel is configured (OPSLEDGER_NOTIFY): these are for an example")
        config = validate(notifications.example(display.current().language))
    with _opened(context, data, remote=remote) as store:
        found = list(enriched(store, _records(store, what)))
    shown = list(notifications.preview(found, config, now_ms))
    if as_json:
        terminal.emit([render.preview_json(one) for one in shown])
        return
    render.previews(shown)
    for record, known in found:
        if reason := notifications.reason_not(record, known, config, now_ms):
            terminal.say(t("{record}: nobody: {reason}", record=record.key, reason=said(reason)))


@notify.command("test")
def try_channel(
    context: typer.Context,
    channel: Annotated[str, typer.Argument(help="The channel's name in the routes.")] = "default",
    routes: Routes = None,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Send a test message to a channel now, and show what it answers."""
    from opsctl import notify as notifications
    from opsctl.cli import deadlines, terminal
    from opsctl.cli.endpoints import credentials
    from opsledger.notify.exchange import Result
    from opsledger.notify.sender import Sender
    from opsledger.settings import AccessKeys

    config = configured(routes)
    assert config is not None  # it is required
    if channel not in config.channels:
        raise typer.BadParameter(f"no channel {channel!r}; choose {', '.join(config.channels)}")
    keys = AccessKeys(*credentials()) if config.channels[channel].channel == "eventbridge" else None
    sender = Sender(allow_private=config.allow_private, keys=keys)
    with _opened(context, data, remote=remote) as store:
        receipt = notifications.send_test(store, config, channel, sender, deadlines.deadline(), deadlines.writer())
    terminal.say(" ".join(part for part in (channel, receipt.result.value, receipt.code, receipt.note) if part))
    if receipt.result is not Result.SENT:
        raise typer.Exit(FAILED)


@notify.command("list")
def list_(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="In which state; or all.")] = "all",
    limit: Annotated[int, typer.Option(min=1, help="At most so many of each state.")] = 50,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """List what is to be sent, was sent, was refused and was given up, newest first."""
    from itertools import islice

    from opsledger.notify import listing
    from opsledger.notify.deliveries import STATES

    if state not in (*STATES, "all"):
        raise typer.BadParameter(f"no state {state!r}; choose {', '.join(STATES)} or all")
    wanted = STATES if state == "all" else (state,)
    with _opened(context, data, remote=remote) as store:
        found = [d for name in wanted for d in islice(listing.in_state(store, name), limit)]
    _print(found, as_json=as_json)


@notify.command()
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID|RECORD", help="The id in a message, or a record's key or id.")],
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Show a delivery with every answer, or all that a message or a record has led to."""
    from opsctl import notify as notifications
    from opsctl.cli import terminal

    with _opened(context, data, remote=remote) as store:
        found = notifications.named(store, name)
    if not found:
        terminal.complain(f"nothing was sent under {name}")
        raise typer.Exit(NOT_THERE)
    _print(found, as_json=as_json or len(found) == 1)


def _opened(context: typer.Context, data: Path | None, *, remote: bool) -> AbstractContextManager[TablestoreStore]:
    from opsctl.cli.tables import open_tables

    return open_tables(data or context.obj, remote=remote)


def _print(found: list[Dispatch], *, as_json: bool) -> None:
    from opsctl.cli import terminal
    from opsctl.cli.render import notifications as render
    from opsledger.notify import listing

    if as_json:
        terminal.emit([listing.to_json(delivery) for delivery in found])
    else:
        render.table(found)


@notify.command()
def retry(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="The delivery's id.")],
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Have the notifier send a delivery once more."""
    from opsctl import notify as notifications
    from opsctl.cli import deadlines, terminal
    from opsctl.cli.language import t

    with _opened(context, data, remote=remote) as store:
        done = notifications.send_again(store, id_, deadlines.deadline(), deadlines.writer())
    if not done:
        terminal.complain(f"there is no delivery {id_} that is done with")
        raise typer.Exit(NOT_THERE)
    terminal.say(t("{id}: the notifier sends it again", id=id_))


@notify.command()
def mute(
    context: typer.Context,
    record: Annotated[str, typer.Argument(help="A record's key or id.")],
    until: Annotated[str, typer.Option(help="A moment such as 2026-12-24T00:00:00Z.")],
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Send nothing of a record until a moment."""
    from opsctl import notify as notifications
    from opsctl.cli import deadlines, terminal
    from opsctl.cli.language import t
    from opsledger import timestamps
    from opsledger.ledger import queries

    try:
        moment = timestamps.parse(until)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    with _opened(context, data, remote=remote) as store:
        found = queries.find(store, record)
        for one in found:
            notifications.mute(store, one.key, moment, deadlines.deadline(), deadlines.writer())
            terminal.say(t("{record}: muted until {moment}", record=one.key, moment=timestamps.show(moment)))
    if not found:
        terminal.complain(f"there is no record {record}")
        raise typer.Exit(NOT_THERE)


def configured(routes: Path | None, *, required: bool = True) -> NotifyConfig | None:
    """The routes of a file or of the environment; None where there are none and none are required."""
    from opsctl import notify as notifications
    from opsledger import settings
    from opsledger.notify import config

    given = settings.variable("OPSLEDGER_NOTIFY")
    if routes is None and not given and Path(notifications.ROUTES).is_file():
        routes = Path(notifications.ROUTES)
    try:
        if routes is not None:
            return notifications.read_routes(routes, os.environ)
        found = config.read(given, settings.variable("OPSLEDGER_NOTIFY_SECRET"), os.environ)
    except (notifications.RoutesError, config.NotifyConfigError) as error:
        raise typer.BadParameter(str(error)) from None
    if found is None and required:
        raise typer.BadParameter("no channel: set OPSLEDGER_NOTIFY, or name a file with --routes")
    return found


def _records(store: Store, what: str) -> list[Record]:
    """The records that a payload leads to, or those of that name."""
    from opsctl import explain
    from opsctl.cli import deadlines, terminal
    from opsledger.ledger import queries

    if Path(what).is_file():
        explained = explain.explain(Path(what).read_bytes(), store, deadlines.deadline())
        records = {d.after.key: d.after for d in explained.deliveries if d.after is not None}
        return list(records.values())
    found = queries.find(store, what)
    if not found:
        terminal.complain(f"there is no file and no record {what}")
        raise typer.Exit(NOT_THERE)
    return found
