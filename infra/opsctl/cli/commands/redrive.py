"""`redrive`: deliver again what waits in the queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import FAILED, AsJson, Data, Remote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsledger.queues import Queue
    from opsledger.redrive import Redriven
    from opsledger.store import Store

DEFAULT_RATE = 50.0


def redrive(
    context: typer.Context,
    queue: Annotated[
        list[str] | None,
        typer.Option(help="A queue's name or ARN; repeat it for several. [default: failed and undelivered events]"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what waits, and what would become of it; change nothing.")
    ] = False,
    rate: Annotated[float, typer.Option(min=0.1, max=1000, help="Messages a second.")] = DEFAULT_RATE,
    limit: Annotated[int | None, typer.Option(min=1, help="The most messages of each queue.")] = None,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Deliver again what waits in the failure queue and among EventBridge's dead letters.

    A message is deleted after its events are recorded or quarantined. Exit with 1 if any are left.
    """
    from opsctl.cli.queues import open_queues

    with open_queues(data or context.obj, queue or (), remote=remote) as (queues, store):
        if dry_run:
            _preview(queues, limit, as_json=as_json)
            return
        from opsctl.cli import terminal
        from opsctl.cli.render import redrive as render

        done = []
        for one in _redriven(queues, store, rate, limit):
            done.append(one)
            if not as_json:
                render.redriven(one)
    if as_json:
        terminal.emit([dict(one.to_json()) for one in done])
    if any(one.reason or one.incomplete or one.kept for one in done):
        raise typer.Exit(FAILED)


def _redriven(queues: Sequence[Queue], store: Store, rate: float, limit: int | None) -> Iterator[Redriven]:
    from opsctl.cli import deadlines
    from opsctl.cli.progress import counting
    from opsledger.redrive import Redrive

    with counting("redrive") as advance:
        for queue in queues:
            deadline, writer = deadlines.endless(), deadlines.writer()
            one = Redrive(
                queue,
                store,
                deadline,
                writer,
                rate=rate,
                limit=limit,
                on_report=lambda report: advance(len(report.entries)),
            )
            yield one.run()


def _preview(queues: Sequence[Queue], limit: int | None, *, as_json: bool) -> None:
    from opsctl.cli import terminal
    from opsctl.cli.progress import counting
    from opsctl.cli.render import redrive as render
    from opsctl.redrive import preview

    found = []
    with counting("redrive") as advance:
        for queue in queues:
            for one in preview(queue, limit):
                found.append((queue.name, one))
                advance()
    if as_json:
        terminal.emit([render.to_json(name, one) for name, one in found])
    else:
        render.waiting(found)
