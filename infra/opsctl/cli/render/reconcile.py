"""The report of the reconciler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsctl.cli.columns import Column
from opsctl.cli.language import t
from opsctl.cli.lookup import name_of
from opsctl.cli.moments import local
from opsledger.ledger.reconciled import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsctl.reconcile import RegionRounds
    from opsledger.ledger.verdicts import EventVerdict


def report(rounds: Sequence[RegionRounds], found: Sequence[EventVerdict], *, wide: bool = False) -> None:
    """Print the verdicts, a section for each kind, then how far the reconciler has read in each region."""
    columns = (
        Column(t("Record"), whole=True),
        Column(t("Status"), minimum=9),
        Column(t("What"), minimum=12),
        Column(t("Since"), whole=True),
        Column(t("Region"), whole=True, rank=2),
        Column(t("Resource"), whole=True, rank=3),
    )
    for kind, meaning in MEANINGS.items():
        section = [verdict for verdict in found if verdict.verdict is kind]
        if section:
            terminal.say(f"{kind.value}: {t(meaning)}", style="bold")
            rows = [
                (v.record if wide else name_of(v.record), v.status, v.note, local(v.since), v.region, v.resource_id)
                for v in section
            ]
            terminal.table(columns, rows, wide=wide)
    for each in rounds:
        terminal.say(_round(each))
    if not rounds:
        terminal.say(t("The reconciler has not run yet."))
    elif not found:
        terminal.say(t("ECS and what arrived agree."))


def _round(each: RegionRounds) -> str:
    cursor = each.cursor
    until = t("nothing yet") if cursor.high_water is None else local(cursor.high_water)
    parts = [f"{each.region}: {t('read until')} {until}"]
    if cursor.not_before is not None:
        parts.append(f"{t('waits until')} {local(cursor.not_before)}")
    return "; ".join([*parts, *filter(None, [cursor.reason])])
