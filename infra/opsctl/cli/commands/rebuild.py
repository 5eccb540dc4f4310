"""`rebuild`: compare the records with the ledger."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import FAILED, AsJson, Data, Remote
from opsledger.errors import WorldFailedError
from opsledger.store.tables import hashed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsctl.rebuild import Rebuilt
    from opsctl.shares import Places


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
        str,
        typer.Option(
            metavar="PLACE", help="Go on where a run over all records stopped: the place it printed, or a record's key."
        ),
    ] = "",
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=64, help="Read so many parts of all records at once. [default: 8 with --remote, else 1]"
        ),
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Compare records with the ledger, or rebuild them.

    Report the differences. Exit with 1 if any are left. A run over all records that stops says how to go on.
    """
    from opsctl import rebuild as rebuilds
    from opsctl.cli import deadlines
    from opsctl.cli.language import t
    from opsctl.cli.tables import open_tables
    from opsctl.errors import NotThereError

    if sum(option is not None for option in (resource, record, kind)) > 1:
        raise typer.BadParameter(t("give one of --resource, --record and --kind"))
    which = rebuilds.Which(record, resource, kind)
    if after and which != rebuilds.Which():
        raise typer.BadParameter(
            t("--after goes on with a run over all records: leave --resource, --record, --kind out")
        )
    is_whole = which == rebuilds.Which()
    places, behind = _places(after, (workers or (REMOTE_WORKERS if remote else 1)) if is_whole else 1)
    shares = places.shares()
    with open_tables(data or context.obj, remote=remote) as store:
        every = rebuilds.rebuild(
            store, which, deadlines.deadline, from_content=from_content, apply=apply, after=behind, shares=shares
        )
        run = _Run(every, places if is_whole else None)
        with closing(every):
            _print(run, apply=apply, as_json=as_json)
    if record is not None and not run.compared:
        raise NotThereError(t("no record {name}; `opsledger records` lists them", name=repr(record)))
    if run.left:
        raise typer.Exit(FAILED)


def _print(run: _Run, *, apply: bool, as_json: bool) -> None:
    """Print the differences as they are found; where it stops, also how to go on."""
    from opsctl.cli import terminal
    from opsctl.cli.render import rebuild as render

    try:
        if as_json:
            terminal.emit_with("differences", map(render.to_json, run), lambda: {"compared": run.compared})
            return
        for one in run:
            render.difference(one)
    except (WorldFailedError, KeyboardInterrupt):
        run.say_where()
        raise
    render.summary(run.compared, run.left, run.written if apply else None)


REMOTE_WORKERS = 8
"""Parts that are read at once from a real instance: each waits for one call at a time."""


def _places(after: str, workers: int) -> tuple[Places, str]:
    """Where to begin: the places that an earlier run printed, or the beginning, and the record to begin behind."""
    from opsctl.errors import WrongUsageError
    from opsctl.shares import Places

    try:
        places = Places.read(after)
    except ValueError as error:
        raise WrongUsageError(str(error)) from None
    if places is not None:
        return places, ""
    return Places(1 if after else workers), after


class _Run:
    """The records that differ, and how many were compared, as they are read once.

    Args:
        places: how far a run over all records is; None of other runs.
    """

    def __init__(self, rebuilt: Iterator[Rebuilt], places: Places | None) -> None:
        self.compared = self.left = self.written = 0
        self._rebuilt, self._places = rebuilt, places

    def __iter__(self) -> Iterator[Rebuilt]:
        from opsctl.cli.progress import counting

        with counting("rebuild") as advance:
            for one in self._rebuilt:
                self._count(one)
                advance()
                if not one.same or one.notes:
                    yield one

    def _count(self, one: Rebuilt) -> None:
        self.compared += 1
        self.left += not (one.same or one.applied)
        self.written += one.applied
        if self._places is not None and one.stored:  # one that only the ledger has comes where its resource is read
            self._places.passed(hashed(one.key))

    def say_where(self) -> None:
        """Say where a run over all records goes on."""
        from opsctl.cli import terminal
        from opsctl.cli.language import t

        if self._places is not None and self.compared:
            terminal.complain(t("stopped; go on with --after {place}", place=self._places))
