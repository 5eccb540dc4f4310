"""The drift report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsctl.cli.columns import Column
from opsctl.cli.language import t
from opsctl.cli.moments import local
from opsledger.ledger.drift import REMEDIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.ledger.drift import DriftFinding


def report(found: Sequence[DriftFinding], *, wide: bool = False) -> None:
    """Print the to-do list: a section for each kind of finding, headed by what to do."""
    columns = (
        Column(t("Seen"), whole=True),
        Column(t("Type"), minimum=20, keep_end=True),
        Column(t("What"), minimum=12),
        Column(t("First"), whole=True, rank=2),
        Column(t("Last"), whole=True),
        Column(t("Example"), whole=True, rank=3),
    )
    for what, remedy in REMEDIES.items():
        section = [finding for finding in found if finding.what == what]
        if section:
            terminal.say(f"{what}: {t(remedy)}", style="bold")
            rows = [(f.seen, f.type, f.subject, local(f.first), local(f.last), f.example[:24]) for f in section]
            terminal.table(columns, rows, wide=wide)
    terminal.say(t("{n} to do", n=len(found)) if found else t("The catalogue knows everything that arrived."))
