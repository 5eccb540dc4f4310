"""`init-tables`: make the tables of a real instance."""

from __future__ import annotations

import typer

from opsctl.cli.options import Data


def init_tables(context: typer.Context, data: Data = None) -> None:
    """Make the tables and indexes that are missing.

    OTS_ENDPOINT and OTS_INSTANCE name the instance.
    """
    from opsctl.cli import terminal
    from opsctl.cli.tables import open_remote

    del context, data
    made = open_remote().create_tables()
    terminal.say(f"made {', '.join(made)}" if made else "all tables exist")
