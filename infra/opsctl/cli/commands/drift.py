"""`drift`: what arrived that the catalogue does not know."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from opsctl.cli.options import AsJson, Data, Remote

DAY_MS = 86_400_000


def drift(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, help="How far back to look, in days.")] = 30,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """List what arrived and the catalogue does not know.

    Types, statuses, fields and messages, as a to-do list.
    """
    from opsctl import drift as drifts
    from opsctl.cli import terminal
    from opsctl.cli.render import drift as render
    from opsctl.cli.tables import open_tables

    with open_tables(data or context.obj, remote=remote) as store:
        found = drifts.report(store, time.time_ns() // 1_000_000 - days * DAY_MS)
    if as_json:
        terminal.emit([finding.to_json() for finding in found])
    else:
        render.report(found)
