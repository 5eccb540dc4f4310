"""What waits in the queues, and what a redrive did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsctl.cli.language import said, t
from opsctl.cli.moments import local
from opsledger import timestamps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsctl.redrive import Preview
    from opsledger.redrive import Redriven
    from opsledger.strict_json import JsonObject

SHOWN_EVENTS = 3
"""Events of one message that are printed; `--json` has all of them."""


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
    """Print each message, with its first events below it."""
    for queue, one in found:
        sent, times = local(one.message.sent), one.message.times
        terminal.say(t("{queue}: sent {sent}; times received: {n}", queue=queue, sent=sent, n=times), style="bold")
        for event in one.events[:SHOWN_EVENTS]:
            terminal.say(f"  {event}")
        if len(one.events) > SHOWN_EVENTS:
            terminal.say("  " + t("{n} more", n=len(one.events) - SHOWN_EVENTS))
    terminal.say(t("{n} messages wait; nothing was changed", n=len(found)))


def redriven(done: Redriven) -> None:
    """Print a line for one queue."""
    counts = [f"{count} {name}" for name, count in done.dispositions.items() if count]
    notes = [
        t("{n} wait for the other parts of their payloads", n=done.incomplete) if done.incomplete else "",
        t("{n} could not be deleted and will come again", n=done.kept) if done.kept else "",
        _why(done) if done.reason else "",
    ]
    messages = t("1 message") if done.messages == 1 else t("{n} messages", n=done.messages)
    terminal.say(f"{done.queue}: " + "; ".join([", ".join([messages, *counts]), *filter(None, notes)]))


def _why(done: Redriven) -> str:
    """A damaged row stops nothing."""
    reason = said(done.reason)
    return reason if done.finished else t("stopped: {reason}", reason=reason)
