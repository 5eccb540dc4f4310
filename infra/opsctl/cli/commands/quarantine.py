"""Operators' commands: for when things go wrong, and to know that they have not."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opsctl.cli.options import FAILED, AsJson, Data, Remote, Template

if TYPE_CHECKING:
    from collections.abc import Callable

DAY_MS = 86_400_000

Reason = Annotated[str | None, typer.Option(help="Only what was refused for this reason, such as unknown_type.")]
Backup = Annotated[Path, typer.Argument(help="The backup, JSON Lines.", dir_okay=False)]

quarantine = typer.Typer(
    help="What was refused: list it, look at it, and replay it after the catalogue has learned.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    app.add_typer(quarantine, name="quarantine")
    for name, command in _COMMANDS.items():
        app.command(name)(command)


@quarantine.command("list")
def quarantine_list(
    context: typer.Context,
    reason: Reason = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what was replayed and is resolved.")] = False,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """List what waits, by reason and newest first."""
    from opsctl import quarantine as entries
    from opsctl.cli import quarantining, terminal
    from opsctl.cli.remote import ledger

    with ledger(data or context.obj, remote=remote) as store:
        found = list(entries.entries(store, quarantining.reasons(reason), resolved=everything))
    if as_json:
        terminal.emit([quarantining.to_json(entry) for entry in found])
    else:
        quarantining.table(found)


@quarantine.command("show")
def quarantine_show(
    context: typer.Context,
    payload: Annotated[str, typer.Argument(metavar="PAYLOAD", help="Its digest, or the beginning of it.")],
    raw: Annotated[bool, typer.Option("--raw", help="Write the payload's exact bytes and nothing else.")] = False,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Show one payload: every error with its path, how often it came and when, and what it says."""
    from opsctl import quarantine as entries
    from opsctl.cli import quarantining, terminal
    from opsctl.cli.remote import ledger

    with ledger(data or context.obj, remote=remote) as store:
        entry = entries.find(store, payload)
    if raw:
        sys.stdout.buffer.write(entry.payload)
        sys.stdout.buffer.flush()
    elif as_json:
        told = {**quarantining.to_json(entry), "payload": entry.payload.decode(errors="backslashreplace")}
        terminal.emit(told)
    else:
        quarantining.entry(entry)


@quarantine.command("replay")
def quarantine_replay(
    context: typer.Context,
    payload: Annotated[
        str | None, typer.Argument(metavar="[PAYLOAD]", help="A digest or the beginning of one. [default: all]")
    ] = None,
    reason: Reason = None,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Give what waits to the pipeline again and say what became of it; exits with 1 when some of it waits still."""
    from opsctl.cli import quarantining, terminal
    from opsctl.cli.remote import ledger

    if payload is not None and reason is not None:
        raise typer.BadParameter("give a payload or a reason, not both")
    told = []
    with ledger(data or context.obj, remote=remote) as store:
        for one in quarantining.replay(store, payload, reason):
            told.append(one)
            if not as_json:
                quarantining.replayed(one)
    waiting = sum(one.resolved is None for one in told)
    if as_json:
        terminal.emit([quarantining.replayed_json(one) for one in told])
    else:
        terminal.say(f"{len(told)} replayed, {len(told) - waiting} resolved, {waiting} waiting still")
    if waiting:
        raise typer.Exit(FAILED)


def drift(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, help="How far back to look, in days.")] = 30,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """List what arrived that the catalogue does not know: new types, statuses, fields and messages, as a to-do list."""
    from opsctl import drift as drifting
    from opsctl.cli import repairing, terminal
    from opsctl.cli.remote import ledger

    with ledger(data or context.obj, remote=remote) as store:
        found = drifting.report(store, time.time_ns() // 1_000_000 - days * DAY_MS)
    if as_json:
        terminal.emit([one.to_json() for one in found])
    else:
        repairing.drift(found)


def explain(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="A file with a payload, or - for standard input.")] = "-",
    as_json: AsJson = False,
    data: Data = None,
    template: Template = None,
    remote: Remote = False,
) -> None:
    """Tell what would become of a payload, without writing: rules, validation, identity, decision, rows."""
    from opsctl import explain as explaining
    from opsctl.cli import attempts, terminal
    from opsctl.cli import explaining as showing
    from opsctl.cli.local import default_template
    from opsctl.cli.remote import ledger

    payload = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    rules = showing.rules(template or default_template())
    with ledger(data or context.obj, remote=remote) as store:
        told = explaining.explain(payload, store, attempts.deadline())
    if as_json:
        terminal.emit(showing.to_json(told, rules))
    else:
        showing.show(told, rules)


def rebuild(
    context: typer.Context,
    resource: Annotated[str | None, typer.Option(help="The records of this resource, such as i-bp1…")] = None,
    record: Annotated[str | None, typer.Option(help="This record, by its key or its thing's id.")] = None,
    kind: Annotated[str | None, typer.Option(help="The records of this kind, or of an event type's kind.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write the records as the ledger has them.")] = False,
    from_content: Annotated[
        bool, typer.Option("--from-content", help="Read the contents anew, by the catalogue of today.")
    ] = False,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Make records again from the ledger and report differences; exits with 1 when some are left."""
    from opsctl import rebuild as rebuilding
    from opsctl.cli import attempts, repairing, terminal
    from opsctl.cli.remote import ledger

    if sum(option is not None for option in (resource, record, kind)) > 1:
        raise typer.BadParameter("give one of --resource, --record and --kind")
    which = rebuilding.Which(record, resource, kind)
    compared, told = 0, []
    with ledger(data or context.obj, remote=remote) as store:
        for one in rebuilding.rebuild(store, which, attempts.deadline, from_content=from_content, apply=apply):
            compared += 1
            if one.same and not one.notes:
                continue
            told.append(one)
            if not as_json:
                repairing.rebuilt(one)
    left = sum(not (one.same or one.applied) for one in told)
    if as_json:
        terminal.emit({"compared": compared, "differences": [repairing.rebuilt_json(one) for one in told]})
    else:
        written = f", {sum(one.applied for one in told)} written" if apply else ""
        records = "1 record" if compared == 1 else f"{compared} records"
        terminal.say(f"{records} compared with the ledger, {left} differ{written}")
    if record is not None and not compared:
        raise LookupError(f"no record {record!r}; `opsledger records` lists them")
    if left:
        raise typer.Exit(FAILED)


def export(
    context: typer.Context,
    file: Backup,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an unfinished backup.")] = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Back up what arrived, the ledger and the quarantine; the one command that reads them through."""
    from opsctl.cli import repairing
    from opsctl.cli.remote import ledger

    with ledger(data or context.obj, remote=remote) as store:
        repairing.copied("exported", repairing.export(store, file, resume=resume))


def import_(
    context: typer.Context,
    file: Backup,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an import of this file stopped.")] = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Restore a backup and make its records; what is there stays, and doing it again changes nothing."""
    from opsctl.cli import repairing
    from opsctl.cli.remote import ledger

    with ledger(data or context.obj, remote=remote) as store:
        repairing.copied("imported", repairing.restore(store, file, resume=resume))


def local(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 for a free one.")] = 0,
    as_json: AsJson = False,
    data: Data = None,
    template: Template = None,
) -> None:
    """Serve the local cloud on a port: s.yaml deployed, tables made, for programs in any language."""
    from opsctl.cli import serving
    from opsctl.cli.local import default_template

    serving.serve(data or context.obj, template or default_template(), host, port, as_json=as_json)


_COMMANDS: dict[str, Callable[..., Any]] = {
    "drift": drift,
    "explain": explain,
    "rebuild": rebuild,
    "export": export,
    "import": import_,
    "local": local,
}
