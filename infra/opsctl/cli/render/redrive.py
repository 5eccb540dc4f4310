"""What waits in the queues, and what a redrive did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsledger import timestamps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsctl.redrive import Preview
    from opsledger.redrive import Redriven
    from opsledger.strict_json import JsonObject

SHOWN_EVENTS = 3
"""Events of one message in the table; `--json` has all of them."""


def to_json(queue: str, one: Preview) -> JsonObject:
    """Return what `--dry-run --json` prints for one message."""
    return {
        "queue": queue,
        "message": one.message.id,
        "sent": timestamps.show(one.message.sent),
        "received": one.message.times,
        "events": list(one.events),
    }


def waiting(found: Sequence[tuple[str, Preview]]) -> None:
    """Print the table of messages."""
    rows = [(queue, timestamps.show(one.message.sent), one.message.times, _shown(one.events)) for queue, one in found]
    terminal.table(("Queue", "Sent", "Received", "Events"), rows)
    messages = "1 message waits" if len(found) == 1 else f"{len(found)} messages wait"
    terminal.say(f"{messages}; nothing was changed")


def redriven(done: Redriven) -> None:
    """Print a line for one queue."""
    counts = [f"{count} {name}" for name, count in done.dispositions.items() if count]
    notes = [
        f"{done.incomplete} wait for the other parts of their payloads" if done.incomplete else "",
        f"{done.kept} could not be deleted and will come again" if done.kept else "",
        f"stopped: {done.reason}" if done.reason else "",
    ]
    messages = "1 message" if done.messages == 1 else f"{done.messages} messages"
    terminal.say(f"{done.queue}: " + "; ".join([", ".join([messages, *counts]), *filter(None, notes)]))


def _shown(events: Sequence[str]) -> str:
    more = len(events) - SHOWN_EVENTS
    return "; ".join([*events[:SHOWN_EVENTS], *([f"{more} more"] if more > 0 else [])])
