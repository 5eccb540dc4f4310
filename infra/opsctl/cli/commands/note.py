"""`note`: acknowledge a record, assign it, comment on it."""

from __future__ import annotations

from typing import Annotated

import typer

from opsctl.cli.options import Data, RecordName, Remote


def note(
    context: typer.Context,
    record: RecordName,
    ack: Annotated[bool, typer.Option("--ack", help="Say that you know of it.")] = False,
    assign: Annotated[str, typer.Option(metavar="WHO", help="Say who takes care of it.")] = "",
    comment: Annotated[str, typer.Option(metavar="TEXT", help="Say something about it.")] = "",
    by: Annotated[
        str, typer.Option(metavar="WHO", help="Who says so. [default: the user of this computer]", show_default=False)
    ] = "",
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Acknowledge a record, assign it to somebody, or comment on it; `show` prints the notes.

    A note does not change the record, and is not changed itself.
    """
    from opsctl import notes
    from opsctl.cli import deadlines, lookup, terminal
    from opsctl.cli.language import t
    from opsctl.cli.render import notes as render
    from opsctl.cli.tables import open_tables

    deadline = deadlines.deadline()
    with open_tables(data or context.obj, remote=remote) as store:
        found = lookup.only(store, record)
        made = notes.made(
            found.key,
            deadline.clock.now_ms(),
            by or render.user(),
            acknowledged=ack,
            assigned_to=assign,
            comment=comment,
        )
        notes.add(store, made, deadline, deadlines.writer())
    terminal.say(t("{record}: noted by {by}", record=found.key, by=made.by))
