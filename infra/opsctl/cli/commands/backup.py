"""`export` and `import`: back up the ledger and what cannot be made again from it, and restore it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import Data, Remote

if TYPE_CHECKING:
    from opsctl.backup import Copied

Backup = Annotated[Path, typer.Argument(help="The backup, JSON Lines.", dir_okay=False)]


def export(
    context: typer.Context,
    file: Backup,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an unfinished backup.")] = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Back up the ledger, the quarantine, notes, resources and marks of drills. It reads these tables whole."""
    from opsctl.cli import backup_file
    from opsctl.cli.tables import open_tables

    with open_tables(data or context.obj, remote=remote) as store:
        _show("exported {rows}", backup_file.export(store, file, resume=resume))


def import_(
    context: typer.Context,
    file: Backup,
    resume: Annotated[bool, typer.Option("--resume", help="Continue where an import of this file stopped.")] = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Restore a backup and rebuild its records. Existing rows stay; a second import changes nothing."""
    from opsctl.cli import backup_file
    from opsctl.cli.tables import open_tables

    with open_tables(data or context.obj, remote=remote) as store:
        _show("imported {rows}", backup_file.restore(store, file, resume=resume))


def _show(verb: str, copied: Copied) -> None:
    from opsctl.cli import terminal
    from opsctl.cli.language import t

    rows = ", ".join(
        t("1 row of {name}", name=name) if n == 1 else t("{n} rows of {name}", n=n, name=name)
        for name, n in copied.rows.items()
    )
    terminal.say(t(verb, rows=rows or t("nothing more")))
