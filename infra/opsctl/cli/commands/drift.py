"""`drift`: what arrived that the catalogue does not know."""

from __future__ import annotations

from typing import Annotated

import typer

from opsctl.cli.options import AsJson, Data, Output, OutputForm, Remote, chosen

DAY_MS = 86_400_000


def drift(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, help="How far back to look, in days.")] = 30,
    output: Output = OutputForm.TABLE,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """List what arrived and the catalogue does not know.

    Types, statuses, fields and messages, as a to-do list.
    """
    from opsctl.cli import display, terminal
    from opsctl.cli.progress import counting
    from opsctl.cli.render import drift as render
    from opsctl.cli.tables import read_tables
    from opsledger.ledger import drift as drifts

    with read_tables(data or context.obj, remote=remote) as store, counting("drift") as advance:
        found = drifts.report(store, display.now_ms() - days * DAY_MS, advance)
    form = chosen(output, as_json=as_json)
    if form is OutputForm.JSON:
        terminal.emit([finding.to_json() for finding in found])
    elif form is OutputForm.CSV:
        rows = [finding.to_json() for finding in found]
        terminal.emit_csv(list(rows[0]) if rows else ["what"], rows)
    else:
        render.report(found, wide=form is OutputForm.WIDE)
