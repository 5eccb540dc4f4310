"""`records` and `show`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import AsJson, Data, Remote

if TYPE_CHECKING:
    from opsledger.ledger.listing import RecordListing
    from opsledger.ledger.queries import Filter
    from opsledger.store import Store

HOUR_MS = 3_600_000
LIMIT = 1000


def records(
    context: typer.Context,
    status: Annotated[str | None, typer.Option(help="In this status, such as Scheduled.")] = None,
    resource: Annotated[str | None, typer.Option(help="Of this resource, such as i-bp1…")] = None,
    kind: Annotated[str | None, typer.Option(help="Of this kind or event type.")] = None,
    region: Annotated[str | None, typer.Option(help="In this region.")] = None,
    due_within: Annotated[
        int | None,
        typer.Option(metavar="HOURS", help="Only open records that should move within so many hours, soonest first."),
    ] = None,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only records that the sweeper has marked as overdue.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="List so many at most.")] = LIMIT,
    after: Annotated[
        str, typer.Option(metavar="PLACE", help="Go on where an earlier listing stopped; it printed this.")
    ] = "",
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """List the records, newest first within a status or each kind.

    A listing that stops before its end says how to go on.
    """
    from opsctl.cli import terminal
    from opsctl.cli.render import records as render
    from opsctl.cli.tables import open_tables
    from opsledger.ledger import queries, state

    with open_tables(data or context.obj, remote=remote) as store:
        if kind is not None and not queries.kinds_of(kind):
            raise typer.BadParameter(f"no kind or type {kind!r}; `opsledger catalog` lists them")
        wanted = queries.Filter(status, resource, kind, region)
        found = _find(store, wanted, due_within, overdue=overdue, limit=limit, after=after)
        if as_json:
            terminal.emit_each(state.to_json(record) for record in found)
        else:
            render.records(found)
    if found.after:
        terminal.complain(f"there may be more: go on with --after {found.after}")


def _find(
    store: Store, wanted: Filter, due_within: int | None, *, overdue: bool, limit: int, after: str
) -> RecordListing:
    from opsledger.ledger import queries

    if overdue:
        return queries.overdue(store, wanted, limit=limit, after=after)
    if due_within is not None:
        until_ms = time.time_ns() // 1_000_000 + due_within * HOUR_MS
        return queries.due(store, until_ms, wanted, limit=limit, after=after)
    return queries.records(store, wanted, limit=limit, after=after)


def find(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="ID", help="An event's id, the id of a delivery's envelope, or a resource's id.")
    ],
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Find the records that an id means, whatever it is the id of."""
    from opsctl.cli import terminal
    from opsctl.cli.render import records as render
    from opsctl.cli.tables import open_tables
    from opsledger.ledger import queries, state

    with open_tables(data or context.obj, remote=remote) as store:
        found = queries.find(store, name)
    if not found:
        raise LookupError(f"nothing has the id {name!r}; `opsledger records` lists the records")
    if as_json:
        terminal.emit([state.to_json(one) for one in found])
    else:
        render.records(found)
    if len(found) == queries.MAX_FOUND:
        terminal.complain("there may be more: `opsledger records --resource` lists all of a resource")


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
        found = queries.by_id(store, record)
    if not found:
        raise LookupError(f"no record {record!r}; `opsledger records` lists them")
    if as_json:
        shown = [state.to_json(one) for one in found]
        terminal.emit(shown[0] if len(shown) == 1 else shown)
        return
    for one in found:
        render.timeline(one)
