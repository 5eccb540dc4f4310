"""Records and their timelines."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsledger.ledger import state

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsledger.ledger.record import Record


TABLE_ROWS = 1000
"""Records of one table; a longer listing is printed as several, so that it need not fit into memory."""


def records(found: Iterable[Record]) -> None:
    """Print the records as tables, and how many there are."""
    rest, count = iter(found), 0
    while (part := list(islice(rest, TABLE_ROWS))) or not count:
        _table(part)
        count += len(part)
        if len(part) < TABLE_ROWS:
            break
    terminal.say(f"{count} record{'s' if count != 1 else ''}")


def _table(found: Sequence[Record]) -> None:
    """Print one table; with a column more when one of the records is overdue."""
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


def timeline(record: Record) -> None:
    """Print one record: its fields, and its transitions in order."""
    shown = state.to_json(record)
    terminal.say(f"{shown['record']}", style="bold")
    names = (
        *("type", "resource_id", "region", "account", "status", "outcome", "presumed", "severity"),
        *("not_before", "due", "overdue_since", "settled_by", "settled_at"),
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
