"""Records, timelines and reports as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsctl.cli import terminal
from opsledger.ledger import state

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsctl.cli.invoking import Invoked
    from opsctl.cli.publishing import Published
    from opsledger.catalog import Kind
    from opsledger.ledger.record import Record


def records(found: Sequence[Record]) -> None:
    """The records table; a column more when one of them is overdue."""
    rows, late = [], any(state.summarize(record).overdue_since is not None for record in found)
    for record in found:
        told = state.to_json(record)
        rows.append(
            (
                told["status"],
                told["severity"],
                told["type"].partition(":")[2],
                told["resource_id"],
                told["region"],
                told["status_at"],
                told["due"] if told["outcome"] in state.OPEN else "",
                *([told["overdue_since"]] if late else []),
                len(told["anomalies"]) or "",
                told["record"],
            )
        )
    overdue = ("Overdue since",) if late else ()
    terminal.table(
        ("Status", "Severity", "Type", "Resource", "Region", "Since", "Due", *overdue, "Odd", "Record"), rows
    )
    terminal.say(f"{len(found)} record{'s' if len(found) != 1 else ''}")


def timeline(record: Record) -> None:
    """One record: what it is, and every step of its life."""
    told = state.to_json(record)
    terminal.say(f"{told['record']}", style="bold")
    facts = (
        *("type", "resource_id", "region", "account", "status", "outcome", "presumed", "severity"),
        *("not_before", "due", "overdue_since"),
    )
    terminal.say(", ".join(f"{name} {told[name]}" for name in facts if told[name] not in (None, False)))
    odd: dict[str, list[str]] = {}
    for anomaly in told["anomalies"]:
        odd.setdefault(anomaly["key"], []).append(f"{anomaly['anomaly']}: {anomaly['note']}".rstrip(": "))
    rows = [
        (
            step["at"] or "unknown",
            step["status"],
            step.get("started_at"),
            step.get("finished_at"),
            step["count"] if step["count"] > 1 else "",
            ", ".join(f"{name} {text}" for name, text in step["detail"].items()),
            "; ".join(odd.get(step["key"], ())),
        )
        for step in told["transitions"]
    ]
    terminal.table(("At (UTC)", "Status", "Started", "Finished", "Times", "Detail", "Odd"), rows)
    if told["truncated"]:
        terminal.say("Older transitions are in the ledger alone.")


def published(told: Published, bus: str | None = None) -> None:
    """One published event and its way; `bus` is the real one, which does not tell it."""
    terminal.say(f"{told.source}: {told.type or 'no type'}", style="bold")
    if told.note:
        terminal.say(f"  note: {told.note}")
    if told.error:
        terminal.say(f"  not published: {told.error}", style="red")
    elif bus:
        terminal.say(f"  accepted by bus {bus} as {told.id}")
    elif not told.rules:
        terminal.say("  no rule is deployed", style="yellow")
    for rule in told.rules:
        if not rule["matched"]:
            terminal.say(f"  rule {rule['rule']} did not match: {'; '.join(rule['reasons'])}")
        for delivery in rule["deliveries"]:
            for attempt in delivery["attempts"]:
                outcome = counts(attempt["result"]) if attempt["ok"] else attempt["error"]
                style = "" if attempt["ok"] else "red"
                terminal.say(f"  rule {rule['rule']} → {delivery['target']}: {outcome}", style=style)


def way(told: Published) -> None:
    """One published event and where it came through, in a line."""
    if told.error:
        terminal.say(f"  {told.source}: not published: {told.error}", style="red")
        return
    for rule in told.rules:
        for delivery in rule["deliveries"]:
            for attempt in delivery["attempts"]:
                outcome = counts(attempt["result"]) if attempt["ok"] else attempt["error"]
                style = "" if attempt["ok"] else "red"
                terminal.say(f"  {told.type} → {rule['rule']} → {delivery['target']}: {outcome}", style=style)
    if not any(rule["matched"] for rule in told.rules):
        terminal.say(f"  {told.type}: no rule matched", style="red")


def counts(result: Any) -> str:
    """The outcomes a function counted, without the zeros."""
    if not isinstance(result, dict):
        return str(result)
    told = {name: n for name, n in result.items() if name != "received" and n}
    return ", ".join(f"{n} {name}" for name, n in told.items()) or "nothing received"


def invoked(told: Invoked) -> None:
    """One invocation: its log with Function Compute's own lines, then the result or the error as JSON."""
    for line in told.log.splitlines():
        terminal.say(line)
    terminal.emit(told.result)


def catalogue(rows: Iterable[dict[str, Any]]) -> None:
    """The event types."""
    columns = ("Type", "Level", "Kind", "Identified by", "Statuses", "About")
    cells = (
        (r["type"], r["severity"], r["kind"], r["identified_by"], " ".join(r["statuses"]), r["title"]) for r in rows
    )
    terminal.table(columns, cells)


def advice(rows: Iterable[dict[str, Any]]) -> None:
    """What each type means, and what to do about it."""
    for row in rows:
        terminal.say(f"{row['type']}  {row['severity']}", style="bold")
        for text in row.get("messages", {}).values():
            terminal.say(f"  “{text}”")
        told = row["advice"]
        if told:
            for name in ("means", "do"):
                terminal.say(f"  {name}: {told[name]}")
            terminal.say(f"  heals itself: {told['heals']} ({told['heals_why']})")


def lifecycles(kinds: Iterable[Kind]) -> None:
    """The moves of each lifecycle."""
    seen = {}
    for kind in kinds:
        seen[kind.lifecycle.name] = kind.lifecycle
    rows = [
        (lifecycle.name, status, lifecycle.outcomes[status].value, " ".join(sorted(moves)) or "(end)")
        for lifecycle in seen.values()
        for status, moves in lifecycle.moves.items()
    ]
    terminal.table(("Lifecycle", "Status", "Means", "May move to"), rows)
