"""Quarantined payloads, and the results of replaying them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsledger import timestamps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsctl.quarantine import Replayed
    from opsledger.ledger.quarantine import Quarantined
    from opsledger.strict_json import JsonObject, JsonValue

SHOWN_DIGITS = 12
"""Digits of a digest in a table; `show` and `replay` take any unambiguous beginning of one."""
SHOWN_TEXT = 8_000
"""Characters of a payload that `show` prints; `--raw` writes all of it."""


def to_json(entry: Quarantined) -> JsonObject:
    """Return what `--json` prints for one entry, without its payload."""
    return {
        "digest": entry.digest,
        "reason": entry.reason,
        "errors": [error._asdict() for error in entry.errors],
        "form": entry.form,
        "type": entry.type,
        "count": entry.count,
        "first_received": timestamps.show(entry.first_received),
        "last_received": timestamps.show(entry.last_received),
        "replays": entry.replays,
        "resolved": None if entry.resolved is None else timestamps.show(entry.resolved),
        "became": _became_json(entry.became),
    }


def table(entries: Sequence[Quarantined]) -> None:
    """Print the table of entries."""
    rows = [
        (
            entry.reason,
            timestamps.show(entry.last_received),
            entry.count,
            entry.type,
            f"{entry.errors[0].path}: {entry.errors[0].message}".removeprefix(": "),
            "" if entry.resolved is None else timestamps.show(entry.resolved),
            entry.digest[:SHOWN_DIGITS],
        )
        for entry in entries
    ]
    terminal.table(("Reason", "Last received", "Times", "Type", "First error", "Resolved", "Payload"), rows)
    waiting = sum(entry.resolved is None for entry in entries)
    terminal.say(f"{waiting} waiting" + (f", {len(entries) - waiting} resolved" if waiting < len(entries) else ""))


def entry(shown: Quarantined) -> None:
    """Print one entry: why it was refused, how often it arrived, and its payload, escaped."""
    terminal.say(shown.digest, style="bold")
    received = f"first {timestamps.show(shown.first_received)}, last {timestamps.show(shown.last_received)}"
    times = f"received {_times(shown.count)}: {received}; replayed {_times(shown.replays)}"
    terminal.say(f"{shown.reason}, {times}")
    if shown.form or shown.type:
        terminal.say(f"form {shown.form or 'unknown'}, type {shown.type or 'unknown'}")
    terminal.table(("Path", "Error"), shown.errors)
    if shown.resolved is not None:
        terminal.say(f"resolved {timestamps.show(shown.resolved)}", style="bold")
        _became(shown.became)
    text = shown.payload.decode(errors="backslashreplace")
    terminal.say(f"payload, {len(shown.payload)} bytes", style="bold")
    for line in text[:SHOWN_TEXT].split("\n"):
        terminal.say(f"  {line}")
    if len(text) > SHOWN_TEXT:
        terminal.say("  … and more: --raw writes all of it")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def replayed_json(replayed: Replayed) -> JsonObject:
    """Return what `--json` prints for the replay of one entry."""
    return {
        "digest": replayed.digest,
        "reason": replayed.reason,
        "resolved": None if replayed.resolved is None else timestamps.show(replayed.resolved),
        "again": replayed.again,
        "became": _became_json(replayed.became),
    }


def _became_json(became: Sequence[tuple[str, str]]) -> list[JsonValue]:
    return [{"outcome": outcome, "subject": subject} for outcome, subject in became]


def replayed(result: Replayed) -> None:
    """Print the replay of one entry, delivery by delivery."""
    head = "still waiting" if result.resolved is None else "resolved before" if result.again else "resolved"
    terminal.say(f"{result.digest[:SHOWN_DIGITS]} {head}", style="" if result.resolved else "yellow")
    _became(result.became)


def _became(became: Sequence[tuple[str, str]]) -> None:
    for outcome, subject in became:
        terminal.say(f"  {outcome}: {subject}" if outcome != "quarantined" else f"  still refused: {subject}")
