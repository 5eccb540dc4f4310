"""`records` and `show`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import AsJson, Data, Remote

if TYPE_CHECKING:
    from opsledger.ledger.queries import Filter
    from opsledger.ledger.record import Record
    from opsledger.store import Store

HOUR_MS = 3_600_000


def records(
    context: typer.Context,
    status: Annotated[str | None, typer.Option(help="In this status, such as Scheduled.")] = None,
    resource: Annotated[str | None, typer.Option(help="Of this resource, such as i-bp1…")] = None,
    kind: Annotated[str | None, typer.Option(help="Of this kind or event type.")] = None,
    region: Annotated[str | None, typer.Option(help="In this region.")] = None,
    due_within: Annotated[
        int | None, typer.Option(metavar="HOURS", help="Only open records due within so many hours, soonest first.")
    ] = None,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only records that the sweeper has marked as overdue.")
    ] = False,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """List the records, newest first within each kind."""
    from opsctl.cli import terminal
    from opsctl.cli.render import records as render
    from opsctl.cli.tables import open_tables
    from opsledger.ledger import queries, state

    with open_tables(data or context.obj, remote=remote) as store:
        if kind is not None and not queries.kinds_of(kind):
            raise typer.BadParameter(f"no kind or type {kind!r}; `opsledger catalog` lists them")
        found = _find(store, queries.Filter(status, resource, kind, region), due_within, overdue=overdue)
    if as_json:
        terminal.emit([state.to_json(record) for record in found])
    else:
        render.records(found)


def _find(store: Store, wanted: Filter, due_within: int | None, *, overdue: bool) -> list[Record]:
    from opsledger.ledger import queries

    now = time.time_ns() // 1_000_000
    if overdue:
        return [record for record in queries.overdue(store, now) if wanted.admits(record)]
    if due_within is not None:
        return [record for record in queries.due(store, now + due_within * HOUR_MS) if wanted.admits(record)]
    return list(queries.records(store, wanted))


def show(
    context: typer.Context,
    record: Annotated[str, typer.Argument(help="A record's key, or what identifies it, such as an event id.")],
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Show one record and its timeline."""
    from opsctl.cli import terminal
    from opsctl.cli.render import records as render
    from opsctl.cli.tables import open_tables
    from opsledger.ledger import queries, state

    with open_tables(data or context.obj, remote=remote) as store:
        found = queries.find(store, record)
    if not found:
        raise LookupError(f"no record {record!r}; `opsledger records` lists them")
    if as_json:
        shown = [state.to_json(one) for one in found]
        terminal.emit(shown[0] if len(shown) == 1 else shown)
        return
    for one in found:
        render.timeline(one)
