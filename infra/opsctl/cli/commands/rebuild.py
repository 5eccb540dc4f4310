"""`rebuild`: compare the records with the ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from opsctl.cli.options import FAILED, AsJson, Data, Remote


def rebuild(
    context: typer.Context,
    resource: Annotated[str | None, typer.Option(help="The records of this resource, such as i-bp1…")] = None,
    record: Annotated[
        str | None, typer.Option(help="This record: its key, or what identifies it, such as an event id.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="The records of this kind, or of an event type's kind.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write the records as the ledger has them.")] = False,
    from_content: Annotated[
        bool, typer.Option("--from-content", help="Read the stored contents again, with today's catalogue.")
    ] = False,
    after: Annotated[
        str, typer.Option(metavar="RECORD", help="Go on behind this record, where a run over all of them stopped.")
    ] = "",
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Compare records with the ledger, or rebuild them.

    Report the differences. Exit with 1 if any are left.
    """
    from opsctl import rebuild as rebuilds
    from opsctl.cli import deadlines, terminal
    from opsctl.cli.language import t
    from opsctl.cli.progress import counting
    from opsctl.cli.render import rebuild as render
    from opsctl.cli.tables import open_tables
    from opsctl.errors import NotThereError

    if sum(option is not None for option in (resource, record, kind)) > 1:
        raise typer.BadParameter(t("give one of --resource, --record and --kind"))
    which = rebuilds.Which(record, resource, kind)
    if after and which != rebuilds.Which():
        raise typer.BadParameter(
            t("--after goes on with a run over all records: leave --resource, --record, --kind out")
        )
    compared, reported = 0, []
    with open_tables(data or context.obj, remote=remote) as store, counting("rebuild") as advance:
        for one in rebuilds.rebuild(
            store, which, deadlines.deadline, from_content=from_content, apply=apply, after=after
        ):
            compared += 1
            advance()
            if one.same and not one.notes:
                continue
            reported.append(one)
            if not as_json:
                render.difference(one)
    left = sum(not (one.same or one.applied) for one in reported)
    if as_json:
        terminal.emit({"compared": compared, "differences": [render.to_json(one) for one in reported]})
    else:
        render.summary(compared, left, sum(one.applied for one in reported) if apply else None)
    if record is not None and not compared:
        raise NotThereError(t("no record {name}; `opsledger records` lists them", name=repr(record)))
    if left:
        raise typer.Exit(FAILED)
