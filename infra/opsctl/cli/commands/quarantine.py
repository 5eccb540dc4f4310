"""`quarantine list`, `quarantine show` and `quarantine replay`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import FAILED, AsJson, Data, Output, OutputForm, Remote, chosen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsctl.quarantine import Replayed
    from opsledger.store import Store

Reason = Annotated[str | None, typer.Option(help="Only payloads refused for this reason, such as unknown_type.")]

CSV = ("digest", "reason", "type", "form", "count", "first_received", "last_received", "replays", "resolved", "errors")
"""The columns of `quarantine list -o csv`."""

quarantine = typer.Typer(
    help="List, show and replay refused payloads.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@quarantine.command("list")
def list_(
    context: typer.Context,
    reason: Reason = None,
    everything: Annotated[bool, typer.Option("--all", help="Also payloads that a replay has resolved.")] = False,
    output: Output = OutputForm.TABLE,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """List the payloads that wait, by reason and newest first."""
    from opsctl.cli import terminal
    from opsctl.cli.render import quarantine as render
    from opsctl.cli.tables import read_tables
    from opsledger.ledger import refused

    with read_tables(data or context.obj, remote=remote) as store:
        found = list(refused.entries(store, _reasons(reason), resolved=everything))
    form = chosen(output, as_json=as_json)
    if form is OutputForm.JSON:
        terminal.emit([refused.to_json(entry) for entry in found])
    elif form is OutputForm.CSV:
        terminal.emit_csv(CSV, [refused.to_json(entry) for entry in found])
    else:
        render.table(found, wide=form is OutputForm.WIDE)


@quarantine.command()
def show(
    context: typer.Context,
    payload: Annotated[str, typer.Argument(metavar="PAYLOAD", help="Its digest, or the beginning of it.")],
    raw: Annotated[bool, typer.Option("--raw", help="Write the payload's exact bytes and nothing else.")] = False,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Show one refused payload.

    Every error with its path, how often and when the payload arrived, and its text.
    """
    from opsctl import quarantine as entries
    from opsctl.cli import terminal
    from opsctl.cli.render import quarantine as render
    from opsctl.cli.tables import read_tables
    from opsledger.ledger import refused

    with read_tables(data or context.obj, remote=remote) as store:
        entry = entries.find(store, payload)
    if raw:
        sys.stdout.buffer.write(entry.payload)
        sys.stdout.buffer.flush()
    elif as_json:
        terminal.emit({**refused.to_json(entry), "payload": entry.payload.decode(errors="backslashreplace")})
    else:
        render.entry(entry)


@quarantine.command()
def replay(
    context: typer.Context,
    payload: Annotated[
        str | None, typer.Argument(metavar="PAYLOAD", help="A digest or the beginning of one. [default: all]")
    ] = None,
    reason: Reason = None,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Give waiting payloads to the pipeline again.

    Print each result. Exit with 1 if any payload still waits.
    """
    from opsctl.cli import terminal
    from opsctl.cli.language import t
    from opsctl.cli.render import quarantine as render
    from opsctl.cli.tables import open_tables

    if payload is not None and reason is not None:
        raise typer.BadParameter(t("give a payload or a reason, not both"))
    results = []
    with open_tables(data or context.obj, remote=remote) as store:
        for result in _replay(store, payload, reason):
            results.append(result)
            if not as_json:
                render.replayed(result)
    waiting = sum(result.resolved is None for result in results)
    if as_json:
        terminal.emit([render.replayed_json(result) for result in results])
    else:
        resolved = len(results) - waiting
        text = t(
            "{n} replayed, {resolved} resolved, {waiting} still waiting",
            n=len(results),
            resolved=resolved,
            waiting=waiting,
        )
        terminal.say(text)
    if waiting:
        raise typer.Exit(FAILED)


def _replay(store: Store, payload: str | None, reason: str | None) -> Iterator[Replayed]:
    """Replay one payload, or all that wait for a reason, or all that wait."""
    from opsctl import quarantine as entries
    from opsctl.cli import deadlines
    from opsctl.cli.progress import counting
    from opsledger.ledger import refused

    if payload is not None:
        waiting = [entries.find(store, payload).digest]
    else:  # the list is read to its end first: a replay moves its entry within the index
        waiting = [entry.digest for entry in refused.entries(store, _reasons(reason))]
    with counting("replay", len(waiting)) as advance:
        for digest in waiting:
            yield entries.replay(store, digest, deadlines.deadline(), deadlines.writer())
            advance()


def _reasons(named: str | None) -> tuple[str, ...]:
    """Return the reason `named`, or all reasons.

    Raises:
        WrongUsageError: no such reason; the message lists them.
    """
    from opsctl.cli.nearest import did_you_mean
    from opsctl.errors import WrongUsageError
    from opsledger.ledger.refused import REASONS

    if named is None:
        return REASONS
    if named not in REASONS:
        raise WrongUsageError(f"no reason {named!r}{did_you_mean(named, REASONS)}")
    return (named,)
