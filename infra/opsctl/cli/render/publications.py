"""Published events, and each rule's and function's part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import eventbridge, terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsctl.cli.cloudevents import Publication
    from opsledger.strict_json import JsonValue


def publication(published: Publication, bus: str | None = None) -> None:
    """Print one published event, rule by rule; a real `bus` does not say what its rules do."""
    terminal.say(f"{published.source}: {published.type or 'no type'}", style="bold")
    if published.note:
        terminal.say(f"  note: {published.note}")
    if published.error:
        terminal.say(f"  not published: {published.error}", style="red")
    elif bus:
        terminal.say(f"  accepted by bus {bus} as {published.id}")
    elif not published.rules:
        terminal.say("  no rule is deployed", style="yellow")
    for rule in published.rules:
        if not rule.matched:
            terminal.say(f"  rule {rule.rule} did not match: {'; '.join(rule.reasons)}")
    for line, style in _attempts(published):
        terminal.say(f"  rule {line}", style=style)


def summary(published: Publication) -> None:
    """Print one published event and where it arrived, a line for each delivery attempt."""
    if published.error:
        terminal.say(f"  {published.source}: not published: {published.error}", style="red")
        return
    for line, style in _attempts(published):
        terminal.say(f"  {published.type} → {line}", style=style)
    if not any(rule.matched for rule in published.rules):
        terminal.say(f"  {published.type}: no rule matched", style="red")


def _attempts(published: Publication) -> Iterator[tuple[str, str]]:
    """A line for each delivery attempt, and its style."""
    for rule in published.rules:
        for delivery in rule.deliveries:
            for attempt in delivery.attempts:
                ok = eventbridge.succeeded(attempt)
                outcome = counts(eventbridge.response(attempt)) if ok else attempt.error
                yield f"{rule.rule} → {eventbridge.target(delivery)}: {outcome}", "" if ok else "red"


def counts(result: JsonValue) -> str:
    """Return the outcomes a function counted, without the zeros."""
    if not isinstance(result, dict):
        return str(result)
    shown = {name: n for name, n in result.items() if name != "received" and n}
    return ", ".join(f"{n} {name}" for name, n in shown.items()) or "nothing received"
