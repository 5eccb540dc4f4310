"""`records`, `find` and `show`."""

from __future__ import annotations

from enum import Enum
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import AsJson, Data, Output, OutputForm, RecordName, Remote, chosen

if TYPE_CHECKING:
    from opsledger.ledger.listing import RecordListing
    from opsledger.ledger.queries import Filter
    from opsledger.store import Store

LIMIT = 1000
Owner = Annotated[
    str | None,
    typer.Option(metavar="WHO", help="Of this owner's resources, as the owner tag says.", show_default=False),
]
Tag = Annotated[
    str | None,
    typer.Option(
        metavar="KEY=VALUE", help="Of resources with this tag; a key alone takes any value.", show_default=False
    ),
]


class Severity(str, Enum):
    """How bad it is."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Sort(str, Enum):
    """What a listing is sorted by."""

    DUE = "due"
    SINCE = "since"
    SEVERITY = "severity"
    STATUS = "status"
    TYPE = "type"
    RESOURCE = "resource"
    REGION = "region"


def _statuses(incomplete: str) -> list[str]:
    from opsctl.cli.filters import statuses

    return [status for status in statuses() if status.lower().startswith(incomplete.lower())]


def _kinds(incomplete: str) -> list[str]:
    from opsctl.cli.filters import kinds

    return [kind for kind in kinds() if kind.startswith(incomplete)]


def _regions(incomplete: str) -> list[str]:
    from opsctl.regions import REGIONS

    return [region for region in REGIONS if region.startswith(incomplete)]


def records(
    context: typer.Context,
    only_open: Annotated[bool, typer.Option("--open", help="Only open records: announced or in progress.")] = False,
    status: Annotated[
        str | None, typer.Option(help="In this status, such as Scheduled.", autocompletion=_statuses)
    ] = None,
    severity: Annotated[Severity | None, typer.Option(help="Of this severity.")] = None,
    resource: Annotated[str | None, typer.Option(help="Of this resource, such as i-bp1…")] = None,
    kind: Annotated[str | None, typer.Option(help="Of this kind or event type.", autocompletion=_kinds)] = None,
    region: Annotated[str | None, typer.Option(help="In this region.", autocompletion=_regions)] = None,
    owner: Owner = None,
    tag: Tag = None,
    due_within: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Only open records that should move within 2d, 36h or 90m, soonest first. A number counts hours.",
        ),
    ] = None,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only records that the sweeper has marked as overdue.")
    ] = False,
    sort: Annotated[
        Sort | None,
        typer.Option(help="Sort what is listed: by due, soonest first; by since, newest first; or by name."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="List so many at most.")] = LIMIT,
    after: Annotated[
        str, typer.Option(metavar="PLACE", help="Go on where an earlier listing stopped; it printed this.")
    ] = "",
    output: Output = OutputForm.TABLE,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """List the records, newest first within a status or each kind.

    The first column is a short id, which `show` takes. A listing that stops before its end says how to go on.
    """
    from opsctl.cli import terminal
    from opsctl.cli.tables import is_empty, read_tables

    folder, form = data or context.obj, chosen(output, as_json=as_json)
    asked = (status, severity, resource, kind, region, due_within, after, owner, tag)
    if is_empty(folder, remote=remote) and not any(asked):
        _show_none(form)  # at once: nothing but the terminal is needed
        return
    from opsctl.cli import filters
    from opsctl.cli.language import t
    from opsctl.cli.moments import span_ms
    from opsctl.cli.render import records as render
    from opsledger.ledger.enrichment import enriched
    from opsledger.ledger.queries import Filter

    within = None if due_within is None else span_ms(due_within)
    filters.check_kind(kind)
    wanted = Filter(status, resource, kind, region, severity.value if severity else None, only_open, owner, tag)
    with read_tables(folder, remote=remote) as store:
        found = _find(store, wanted, within, overdue=overdue, limit=limit, after=after)
        first = list(islice(found, 1))
        if not first:
            filters.check(wanted)
        render.listing(enriched(store, chain(first, found)), form, sort.value if sort else None)
    if found.after:
        terminal.complain(t("there may be more: go on with --after {place}", place=found.after))


def _show_none(form: OutputForm) -> None:
    from opsctl.cli import terminal
    from opsctl.cli.language import t
    from opsledger import spreadsheet

    if form is OutputForm.JSON:
        terminal.emit([])
    elif form is OutputForm.CSV:
        terminal.emit_csv((*spreadsheet.RECORD_COLUMNS, *spreadsheet.KNOWN_COLUMNS), [])
    else:
        terminal.say(t("{n} records", n=0))


def _find(store: Store, wanted: Filter, within: int | None, *, overdue: bool, limit: int, after: str) -> RecordListing:
    from opsctl.cli import display
    from opsctl.errors import WrongUsageError
    from opsledger.ledger import queries

    try:
        if overdue:
            return queries.overdue(store, wanted, limit=limit, after=after)
        if within is not None:
            return queries.due(store, display.now_ms() + within, wanted, limit=limit, after=after)
        return queries.records(store, wanted, limit=limit, after=after)
    except ValueError as error:  # `after` alone can be wrong: the place of another listing, or a typing error
        raise WrongUsageError(str(error)) from None


def find(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="[ID]",
            help="An event's id, the id of a delivery's envelope, or a resource's id or name.",
            show_default=False,
        ),
    ] = "",
    owner: Owner = None,
    tag: Tag = None,
    output: Output = OutputForm.TABLE,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Find the records that an id or a name means, or the one whose id begins so, or those of an owner or a tag."""
    from opsctl.cli import lookup, terminal
    from opsctl.cli.language import t
    from opsctl.cli.render import records as render
    from opsctl.cli.tables import read_tables
    from opsctl.errors import WrongUsageError
    from opsledger.ledger import queries
    from opsledger.ledger.enrichment import enriched

    if not (name or owner or tag):
        raise WrongUsageError(t("name an id, or what to find with --owner or --tag"))
    wanted = queries.Filter(owner=owner, tag=tag)
    with read_tables(data or context.obj, remote=remote) as store:
        named = lookup.look_up(store, name) if name else queries.records(store, wanted, limit=queries.MAX_FOUND)
        found = [one for one in enriched(store, named) if wanted.admits_resource(one[1].resource)]
    render.listing(found, chosen(output, as_json=as_json))
    if len(found) == queries.MAX_FOUND:
        terminal.complain(t("there may be more: `opsledger records` with --resource, --owner or --tag lists all"))


def show(
    context: typer.Context,
    record: RecordName,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Show a record, its timeline, the notes on it, and what to do; of a resource, each of its records."""
    from opsctl.cli import lookup, terminal
    from opsctl.cli.render import records as render
    from opsctl.cli.tables import read_tables
    from opsledger.ledger import notes
    from opsledger.ledger.enrichment import enriched, to_json

    with read_tables(data or context.obj, remote=remote) as store:
        known = list(enriched(store, lookup.look_up(store, record)))
        made = {one.key: notes.of_record(store, one.key) for one, _ in known}
    if as_json:
        shown = [{**to_json(*one), "notes": [note.to_json() for note in made[one[0].key]]} for one in known]
        terminal.emit(shown[0] if len(shown) == 1 else shown)
        return
    for number, one in enumerate(known):
        if number:
            terminal.say()
        render.timeline(*one, made[one[0].key])
