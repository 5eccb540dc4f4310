"""Records and their timelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsledger.ledger import state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.ledger.record import Record


def records(found: Sequence[Record]) -> None:
    """Print the table of records; with a column more when one of them is overdue."""
    shown = [state.to_json(record) for record in found]
    any_overdue = any(fields["overdue_since"] for fields in shown)
    rows = [
        (
            fields["status"],
            fields["severity"],
            fields["type"].partition(":")[2],
            fields["resource_id"],
            fields["region"],
            fields["status_at"],
            fields["due"] if fields["outcome"] in state.OPEN else "",
            *([fields["overdue_since"]] if any_overdue else []),
            len(fields["anomalies"]) or "",
            fields["record"],
        )
        for fields in shown
    ]
    overdue = ("Overdue since",) if any_overdue else ()
    terminal.table(
        ("Status", "Severity", "Type", "Resource", "Region", "Since", "Due", *overdue, "Anomalies", "Record"), rows
    )
    terminal.say(f"{len(found)} record{'s' if len(found) != 1 else ''}")


def timeline(record: Record) -> None:
    """Print one record: its fields, and its transitions in order."""
    shown = state.to_json(record)
    terminal.say(f"{shown['record']}", style="bold")
    names = (
        *("type", "resource_id", "region", "account", "status", "outcome", "presumed", "severity"),
        *("not_before", "due", "overdue_since"),
    )
    terminal.say(", ".join(f"{name} {shown[name]}" for name in names if shown[name] not in (None, False)))
    anomalies: dict[str, list[str]] = {}
    for anomaly in shown["anomalies"]:
        anomalies.setdefault(anomaly["key"], []).append(f"{anomaly['anomaly']}: {anomaly['note']}".rstrip(": "))
    rows = [
        (
            step["at"] or "unknown",
            step["status"],
            step.get("started_at"),
            step.get("finished_at"),
            step["count"] if step["count"] > 1 else "",
            ", ".join(f"{name} {text}" for name, text in step["detail"].items()),
            "; ".join(anomalies.get(step["key"], ())),
        )
        for step in shown["transitions"]
    ]
    terminal.table(("At (UTC)", "Status", "Started", "Finished", "Times", "Detail", "Anomalies"), rows)
    if shown["truncated"]:
        terminal.say("Older transitions are in the ledger only.")
