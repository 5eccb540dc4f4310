"""`reconcile`: on which events ECS and what arrived do not agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import AsJson, Data, Output, OutputForm, Remote, chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.ledger.verdicts import VerdictKind


def reconcile(
    context: typer.Context,
    verdict: Annotated[
        list[str] | None,
        typer.Option(help="List the events with this verdict, such as late. [default: every problem]"),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many of each verdict.")] = 50,
    output: Output = OutputForm.TABLE,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """List the events on which ECS and what arrived do not agree.

    Missed by EventBridge, of another status, or unknown to ECS; and how far the reconciler has read.
    """
    from opsctl import reconcile as reconciling
    from opsctl.cli import terminal
    from opsctl.cli.render import reconcile as render
    from opsctl.cli.tables import read_tables
    from opsledger.ledger import reconciled

    kinds = _kinds(verdict or ())
    with read_tables(data or context.obj, remote=remote) as store:
        rounds = reconciling.rounds(store)
        found = list(reconciling.report(store, kinds, limit=limit))
    form = chosen(output, as_json=as_json)
    if form is OutputForm.JSON:
        verdicts = [reconciled.to_json(each) for each in found]
        terminal.emit({"rounds": [each.to_json() for each in rounds], "verdicts": verdicts})
    elif form is OutputForm.CSV:
        rows = [{name: v for name, v in reconciled.to_json(e).items() if name != "steps"} for e in found]
        terminal.emit_csv(list(rows[0]) if rows else ["record"], rows)
    else:
        render.report(rounds, found, wide=form is OutputForm.WIDE)


def _kinds(names: Sequence[str]) -> Sequence[VerdictKind]:
    """The verdicts that are called so; every problem where no name is given."""
    from opsctl.cli.language import t
    from opsctl.errors import WrongUsageError
    from opsledger.ledger.verdicts import PROBLEMS, VerdictKind

    known = {kind.value: kind for kind in VerdictKind}
    for name in names:
        if name not in known:
            raise WrongUsageError(t("no verdict {name}; choose {names}", name=repr(name), names=", ".join(known)))
    return [known[name] for name in names] or PROBLEMS
