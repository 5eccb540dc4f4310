"""`init-tables`: make the tables of a real instance; `migrate`: move the rows of version 0.1 to them."""

from __future__ import annotations

from typing import Annotated

import typer

from opsctl.cli.options import FAILED, Data, Remote


def init_tables(
    context: typer.Context,
    ledger_days: Annotated[
        int | None,
        typer.Option(
            min=1, help="Keep the rows of the ledger so many days; only when the table is made. [default: for ever]"
        ),
    ] = None,
    encrypt: Annotated[
        bool,
        typer.Option(
            "--encrypt", help="Encrypt what is stored, with the service's key in KMS; only when a table is made."
        ),
    ] = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Make the tables and indexes that are missing.

    With --remote, those of the real instance that OTS_ENDPOINT and OTS_INSTANCE name. The local cloud makes its own
    whenever it is opened.
    """
    from opsctl.cli import deadlines, terminal
    from opsctl.cli.language import t
    from opsctl.cli.tables import open_remote, open_tables
    from opsctl.migration import note_old_tables

    if not remote:
        with open_tables(data or context.obj, remote=False, migrating=True):
            terminal.say(t("the local cloud has all tables; --remote makes those of a real instance"))
        return
    store = open_remote()
    made = store.create_tables(ledger_days, encrypted=encrypt)
    terminal.say(t("made {tables}", tables=", ".join(made)) if made else t("all tables exist"))
    if note_old_tables(store, deadlines.deadline(), deadlines.writer()):
        terminal.say(t("the tables of version 0.1 have rows: run `opsledger migrate --remote` (docs/upgrading.md)"))


def migrate(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would be moved, and write nothing.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a migration stopped.")] = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Move the rows of version 0.1 to the tables of this version, while functions run.

    It can be repeated. What is in the new tables is never overwritten.
    """
    from opsctl import migration
    from opsctl.cli import deadlines, terminal
    from opsctl.cli.language import t
    from opsctl.cli.progress import progress
    from opsctl.cli.tables import open_tables

    with open_tables(data or context.obj, remote=remote, migrating=True) as store, progress("migrate") as advance:
        tables = migration.old_tables(store)
        if dry_run:
            moved = migration.compare(store, tables, advance)
        else:
            moved = migration.migrate(
                store, tables, deadlines.deadline, deadlines.writer(), resume=resume, on_share=advance
            )
    for table in tables:
        name = table.name
        text = (
            "{name}: {n} would be moved, {there} there already"
            if dry_run
            else "{name}: {n} moved, {there} there already"
        )
        terminal.say(t(text, name=name, n=moved.moved[name], there=moved.there[name]))
    for key, why in moved.unreadable.items():
        terminal.complain(t("{key} was moved as it is: this version cannot read it: {why}", key=key, why=why))
    if not tables:
        terminal.say(t("there are no tables of version 0.1"))
    if moved.unreadable:
        raise typer.Exit(FAILED)
