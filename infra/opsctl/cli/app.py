"""The command line: a local cloud in one folder, and what the ledger knows.

Exit codes: 0 done; 1 something failed (a function raised, an event could not be published); 2 wrong usage;
3 what was asked for is not there.
"""

from __future__ import annotations

import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opsctl.cli import deploying, operating
from opsctl.cli.options import FAILED, NOT_THERE, AsJson, Data, Remote, Template
from opsledger import __version__
from opsledger.errors import OpsLedgerError

if TYPE_CHECKING:
    from opsledger import catalog

DEFAULT_DATA = Path(".opsledger")

app = typer.Typer(
    help="What became of every operational event of Alibaba Cloud ECS and ECI.",
    epilog="Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 not there.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command line; what can be expected to go wrong ends in one line, not in a traceback."""
    from opsctl.cli import terminal

    try:
        app()
    except (OpsLedgerError, LookupError, ValueError, OSError, RuntimeError) as error:
        terminal.complain(f"{error}" or type(error).__name__)
        sys.exit(NOT_THERE if isinstance(error, LookupError) else FAILED)


def _version(asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    data: Annotated[
        Path,
        typer.Option(help="The folder of the local cloud's state; also after the command.", envvar="OPSLEDGER_DATA"),
    ] = DEFAULT_DATA,
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """What became of every operational event of Alibaba Cloud ECS and ECI."""
    context.obj = data


@app.command()
def tour(context: typer.Context, data: Data = None, template: Template = None) -> None:
    """Publish a sample of every family and show what became of it."""
    from opsctl.cli import touring
    from opsctl.cli.local import default_template, local

    deployed = template or default_template()
    events = deployed.parent / "events"
    pushed = ("OOMKilled/OOMKilled.plain", "SpotToBeReleased/SpotToBeReleased")
    files = sorted((events / "ecs" / "vendor").glob("*.json"))
    files += [events / "eci" / f"{name}.cloudevent.json" for name in pushed]
    with local(data or context.obj, deployed) as here:
        if not touring.run(here, files, "system-event"):
            raise typer.Exit(FAILED)


@app.command()
def invoke(
    context: typer.Context,
    function: Annotated[str, typer.Argument(help="A function of s.yaml, by its name or its code folder.")],
    event: Annotated[str, typer.Option(help="A file with the event, or - for standard input.")] = "-",
    as_json: AsJson = False,
    data: Data = None,
    template: Template = None,
    remote: Remote = False,
) -> None:
    """Invoke a function on this machine as Function Compute would, or the one that is deployed."""
    from opsctl.cli import invoking, showing, terminal
    from opsctl.cli import remote as real
    from opsctl.cli.local import default_template, local

    deployed = template or default_template()
    payload = sys.stdin.buffer.read() if event == "-" else Path(event).read_bytes()
    if remote:
        told = real.invoke(real.find("FC_ENDPOINT"), real.resolve(function, deployed), payload)
    else:
        with local(data or context.obj, deployed) as here:
            told = invoking.invoke(here.cloud, invoking.resolve(here.cloud, function), payload)
    if as_json:
        terminal.emit(told.to_json())
    else:
        showing.invoked(told)
    if told.error_type:
        raise typer.Exit(FAILED)


@app.command()
def publish(
    context: typer.Context,
    files: Annotated[list[str] | None, typer.Argument(help="Files with events, or - for standard input.")] = None,
    as_json: AsJson = False,
    data: Data = None,
    template: Template = None,
    remote: Remote = False,
    bus: Annotated[
        str | None, typer.Option(help="With --remote: a bus of your own; the default one takes no events of yours.")
    ] = None,
) -> None:
    """Put events on the local bus and show what each rule and function made of them, or on a real one."""
    from opsctl.cli import publishing, showing, terminal
    from opsctl.cli import remote as real
    from opsctl.cli.local import default_template

    if remote != bool(bus):
        raise typer.BadParameter("--remote and --bus go together: name the bus to publish to")
    texts = [(name, sys.stdin.read() if name == "-" else _read(Path(name))) for name in files or ["-"]]
    failed, all_told = False, []
    with real.publisher(data or context.obj, template or default_template(), bus) as put:
        for told in put(pair for name, text in texts for pair in publishing.read_events(text, name)):
            attempts = [a for rule in told.rules for d in rule["deliveries"] for a in d["attempts"]]
            failed = failed or bool(told.error) or not all(a["ok"] for a in attempts)
            all_told.append(told)
            if not as_json:
                showing.published(told, bus)
    if as_json:
        terminal.emit([told.to_json() for told in all_told])
    if failed:
        raise typer.Exit(FAILED)


@app.command()
def records(
    context: typer.Context,
    status: Annotated[str | None, typer.Option(help="In this status, such as Scheduled.")] = None,
    resource: Annotated[str | None, typer.Option(help="About this resource, such as i-bp1…")] = None,
    kind: Annotated[str | None, typer.Option(help="Of this kind or event type.")] = None,
    region: Annotated[str | None, typer.Option(help="In this region.")] = None,
    due_within: Annotated[
        int | None, typer.Option(metavar="HOURS", help="Only what is open and due by then, the next first.")
    ] = None,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only what should have moved and has not, as the sweeper found.")
    ] = False,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """List the records, newest first within each kind."""
    from opsctl.cli import remote as real
    from opsctl.cli import showing, terminal
    from opsledger.ledger import queries, state

    with real.ledger(data or context.obj, remote=remote) as store:
        wanted = queries.Filter(status, resource, kind, region)
        if kind is not None and not queries.kinds_of(kind):
            raise typer.BadParameter(f"no kind or type {kind!r}; `opsledger catalog` lists them")
        now = time.time_ns() // 1_000_000
        if overdue:
            found = [record for record in queries.overdue(store, now) if wanted.admits(record)]
        elif due_within is None:
            found = list(queries.records(store, wanted))
        else:
            horizon = now + due_within * 3_600_000
            found = [record for record in queries.due(store, horizon) if wanted.admits(record)]
    if as_json:
        terminal.emit([state.to_json(record) for record in found])
    else:
        showing.records(found)


@app.command()
def show(
    context: typer.Context,
    record: Annotated[str, typer.Argument(help="A record's key, or what identifies its thing, such as an event id.")],
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Show one record and its timeline."""
    from opsctl.cli import remote as real
    from opsctl.cli import showing, terminal
    from opsledger.ledger import queries, state

    with real.ledger(data or context.obj, remote=remote) as store:
        found = queries.find(store, record)
    if not found:
        raise LookupError(f"no record {record!r}; `opsledger records` lists them")
    if as_json:
        shown = [state.to_json(one) for one in found]
        terminal.emit(shown[0] if len(shown) == 1 else shown)
        return
    for one in found:
        showing.timeline(one)


@app.command()
def sample(
    type_: Annotated[
        str, typer.Argument(metavar="TYPE", help="An event type; see `opsledger catalog`.")
    ] = "Instance:SystemMaintenance.Reboot",
    status: Annotated[str | None, typer.Option(help="One of the type's statuses. [default: its first]")] = None,
    form: Annotated[str, typer.Option(help="cloudevent, cloudmonitor, or another form it arrives in.")] = "cloudevent",
    seed: Annotated[str | None, typer.Option(help="The same seed gives the same thing: follow it on.")] = None,
) -> None:
    """Print a valid, fresh event of any catalogued type."""
    from opsctl import sample as samples
    from opsctl.cli import terminal

    spec, suffix = _find(type_)
    wanted = status or suffix or samples.statuses(spec)[0]
    exact = next((s for s in spec.kind.lifecycle.moves if s.lower() == wanted.lower()), wanted)
    try:
        event = samples.event(spec, exact, form, seed=seed or uuid.uuid4().hex, now_ms=time.time_ns() // 1_000_000)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    terminal.emit(event)


@app.command("catalog")
def catalog_(
    type_: Annotated[str | None, typer.Argument(metavar="TYPE", help="Only this type, with advice.")] = None,
    as_json: AsJson = False,
    product: Annotated[str | None, typer.Option(help="Only this product's types: ecs or eci.")] = None,
    lang: Annotated[str | None, typer.Option(help="Add what to do about each, in en, zh or ja.")] = None,
) -> None:
    """List the event types, what identifies each, how they move, and what to do about them."""
    from opsctl.cli import showing, terminal
    from opsledger import catalog
    from opsledger.catalog.advice import LANGUAGES

    if lang not in (None, *LANGUAGES):
        raise typer.BadParameter(f"no advice in {lang!r}; there is {', '.join(LANGUAGES)}")
    wanted = [_find(type_)[0]] if type_ else [s for s in catalog.event_types() if product in (None, s.kind.product)]
    if not wanted:
        raise typer.BadParameter(f"no product {product!r}; there are ecs and eci")
    language = lang or ("en" if type_ else None)
    rows = [_spec_json(spec, language) for spec in wanted]
    if as_json:
        terminal.emit(rows)
    elif language:
        showing.advice(rows)
    else:
        showing.catalogue(rows)
        showing.lifecycles(spec.kind for spec in wanted)


@app.command()
def docs(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a page is out of date.")] = False,
    root: Annotated[Path, typer.Option(help="The project's folder.")] = Path(),
) -> None:
    """Write the generated pages and samples, or check that they are up to date."""
    from opsctl.cli import (
        pages,
        terminal,
    )

    gaps = pages.gaps()
    for gap in gaps:
        terminal.complain(gap)
    if gaps:
        raise typer.Exit(FAILED)
    stale = pages.stale(root, app)
    for path, text in stale.items():
        terminal.complain(f"{path} is out of date; run `make docs`") if check else pages.write(root / path, text)
    orphans = pages.orphans(root)
    for path in orphans:
        terminal.complain(f"{path} is a sample of nothing in the catalogue; remove it")
    if orphans or (check and stale):
        raise typer.Exit(FAILED)


@app.command("init-tables")
def init_tables(context: typer.Context, data: Data = None) -> None:
    """Make the tables and indexes that are missing."""
    from opsctl.cli import terminal
    from opsledger import settings
    from opsledger.store.tablestore import TablestoreStore, open_client

    del context, data
    told = settings.read()
    client = open_client(told.endpoint, told.instance, told.access_key_id, told.access_key_secret, told.security_token)
    made = TablestoreStore(client, told.prefix).create_tables()
    terminal.say(f"made {', '.join(made)}" if made else "all tables are there")


deploying.register(app)
operating.register(app)


def _read(path: Path) -> str:
    # What is not UTF-8 is told event by event, not by a traceback.
    return path.read_bytes().decode(errors="surrogateescape")


def _find(type_: str) -> tuple[catalog.EventType, str | None]:
    from opsledger import catalog
    from opsledger.errors import UnknownTypeError

    by_lower: dict[str, str] = {}
    for spec in catalog.event_types():
        for name in (spec.type, spec.name, spec.name.partition(":")[2]):
            by_lower.setdefault(name.lower(), spec.type)  # of two types with one short name, the first is meant
    base, _, suffix = type_.rpartition(":")
    for asked, status in ((type_, None), (base, suffix)):
        if asked.lower() in by_lower:
            return catalog.find(by_lower[asked.lower()])[0], status
    try:
        return catalog.find(type_)
    except UnknownTypeError as error:
        raise typer.BadParameter(f"{error}; `opsledger catalog` lists the types") from None


def _spec_json(spec: catalog.EventType, lang: str | None = None) -> dict[str, Any]:
    from opsctl import sample as samples

    lifecycle = spec.kind.lifecycle
    templates = {case.template.id: case.template.text for case in samples.cases(spec) if case.template}
    return {
        "type": spec.type,
        "product": spec.kind.product,
        "title": spec.title,
        "kind": spec.kind.name,
        "resource_type": spec.kind.resource_type,
        "identified_by": spec.kind.identified_by,
        "severity": spec.level,
        "statuses": list(spec.statuses or lifecycle.moves),
        "lifecycle": {
            "name": lifecycle.name,
            "order": lifecycle.order.value,
            "starts": [s for s in lifecycle.moves if s in lifecycle.starts],
            "moves": {status: [s for s in lifecycle.moves if s in moves] for status, moves in lifecycle.moves.items()},
            "outcomes": {status: outcome.value for status, outcome in lifecycle.outcomes.items()},
        },
        **({"messages": templates} if templates else {}),
        **({"advice": _advice(spec, lang)} if lang else {}),
    }


def _advice(spec: catalog.EventType, lang: str) -> dict[str, str] | None:
    from dataclasses import asdict

    from opsledger.catalog.advice import advice_by_name

    found = advice_by_name(spec.kind.product, lang).get(spec.name.removeprefix("Event:"))
    return asdict(found) if found else None
