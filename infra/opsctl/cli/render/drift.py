"""The drift report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsctl.drift import REMEDIES
from opsledger import timestamps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsctl.drift import DriftFinding


def report(found: Sequence[DriftFinding]) -> None:
    """Print the to-do list: a section for each kind of finding, headed by what to do."""
    for what, remedy in REMEDIES.items():
        section = [finding for finding in found if finding.what == what]
        if section:
            terminal.say(f"{what}: {remedy}", style="bold")
            rows = [
                (f.seen, f.type, f.subject, timestamps.show(f.first), timestamps.show(f.last), f.example[:24])
                for f in section
            ]
            terminal.table(("Seen", "Type", "What", "First", "Last", "Example"), rows)
    terminal.say(f"{len(found)} to do" if found else "The catalogue knows everything that arrived.")
