"""`tour`: a team's day, from the announcement of a reboot to the message and the record."""

from __future__ import annotations

import typer

from opsctl.cli.options import FAILED, Data, Template

WIDTH = 80
"""The columns of its table where neither a terminal nor COLUMNS says how many there are."""


def tour(context: typer.Context, data: Data = None, template: Template = None) -> None:
    """Play a team's day on the local cloud: announcements, messages, a reminder, and what became of it."""
    from opsctl.cli import display
    from opsctl.cli import tour as tours
    from opsctl.cli.local import default_template, local

    with display.at_most(WIDTH), local(data or context.obj, template or default_template()) as here:
        if not tours.run(here):
            raise typer.Exit(FAILED)
