"""The quarantine as operators see it, and what a replay made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsctl import quarantine
from opsctl.cli import attempts, terminal
from opsledger import timestamps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsctl.quarantine import Replayed
    from opsledger.ledger.quarantine import Quarantined
    from opsledger.store import Store

SHOWN_DIGITS = 12
"""Of a digest in a table; `show` and `replay` take any beginning that is one entry's alone."""
SHOWN_TEXT = 8_000
"""Of a payload in characters; `--raw` gives all of it."""


def reasons(named: str | None) -> tuple[str, ...]:
    """The reason called `named`, or all.

    Raises:
        ValueError: there is no such reason; the message lists them.
    """
    if named is None:
        return quarantine.REASONS
    if named not in quarantine.REASONS:
        raise ValueError(f"no reason {named!r}; there are {', '.join(quarantine.REASONS)}")
    return (named,)


def to_json(entry: Quarantined) -> dict[str, Any]:
    """One entry without its payload."""
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
        "became": [{"outcome": outcome, "told": told} for outcome, told in entry.became],
    }


def table(entries: Sequence[Quarantined]) -> None:
    """What waits, and what was resolved."""
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
    """One entry: why it was refused, how often it came, and its payload with everything unprintable escaped."""
    terminal.say(shown.digest, style="bold")
    received = f"first {timestamps.show(shown.first_received)}, last {timestamps.show(shown.last_received)}"
    terminal.say(f"{shown.reason}, received {shown.count} times: {received}; replayed {shown.replays} times")
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


def replay(store: Store, digest: str | None, named: str | None) -> Iterator[Replayed]:
    """Replay one entry, or what waits for a reason, or all that waits."""
    if digest is not None:
        waiting = [quarantine.find(store, digest).digest]
    else:  # the list is read to its end first: a replay moves its entry within the index
        waiting = [entry.digest for entry in quarantine.entries(store, reasons(named))]
    for one in waiting:
        yield quarantine.replay(store, one, attempts.deadline(), attempts.writer())


def replayed_json(told: Replayed) -> dict[str, Any]:
    """What a replay made of one entry."""
    return {
        "digest": told.digest,
        "reason": told.reason,
        "resolved": None if told.resolved is None else timestamps.show(told.resolved),
        "again": told.again,
        "became": [one._asdict() for one in told.became],
    }


def replayed(told: Replayed) -> None:
    """What a replay made of one entry, delivery by delivery."""
    head = "waits still" if told.resolved is None else "resolved before" if told.again else "resolved"
    terminal.say(f"{told.digest[:SHOWN_DIGITS]} {head}", style="" if told.resolved else "yellow")
    _became(told.became)


def _became(became: Sequence[tuple[str, str]]) -> None:
    for outcome, told in became:
        terminal.say(f"  {outcome}: {told}" if outcome != "quarantined" else f"  still refused: {told}")
