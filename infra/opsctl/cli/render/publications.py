"""Published events, and each rule's and function's part."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from opsctl.cli import eventbridge, terminal
from opsctl.cli.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opsctl.cli.cloudevents import Publication
    from opsledger.strict_json import JsonValue


def publication(published: Publication, bus: str | None = None) -> None:
    """Print one published event, rule by rule; a real `bus` does not say what its rules do."""
    terminal.say(f"{published.source}: {published.type or t('no type')}", style="bold")
    if published.note:
        terminal.say("  " + t("note: {note}", note=published.note))
    if published.error:
        terminal.say("  " + t("not published: {error}", error=published.error), style="red")
    elif bus:
        terminal.say("  " + t("accepted by bus {bus} as {id}", bus=bus, id=published.id))
    elif not published.rules:
        terminal.say("  " + t("no rule is deployed"), style="yellow")
    for rule in published.rules:
        if not rule.matched:
            terminal.say("  " + t("rule {name} did not match: {why}", name=rule.rule, why=_why_not(rule.reasons)))
    for line, style in _attempts(published):
        terminal.say("  " + t("rule {line}", line=line), style=style)


def summary(published: Publication) -> None:
    """Print one published event and where it arrived, a line for each delivery attempt."""
    if published.error:
        terminal.say(f"  {published.source}: " + t("not published: {error}", error=published.error), style="red")
        return
    for line, style in _attempts(published):
        terminal.say(f"  {published.type} → {line}", style=style)
    if not any(rule.matched for rule in published.rules):
        terminal.say(f"  {published.type}: " + t("no rule matches"), style="red")


def _why_not(reasons: Sequence[str]) -> str:
    """The fields that failed; of a rule for another source, the source alone."""
    first = reasons[:1]
    return "; ".join(first if first and first[0].startswith("source:") else reasons)


def _attempts(published: Publication) -> Iterator[tuple[str, str]]:
    """A line for each delivery attempt, and its style."""
    for rule in published.rules:
        for delivery in rule.deliveries:
            for attempt in delivery.attempts:
                ok = eventbridge.succeeded(attempt)
                outcome = counts(eventbridge.response(attempt)) if ok else attempt.error
                yield f"{rule.rule} → {eventbridge.target(delivery)}: {outcome}", "" if ok else "red"


def total(results: Iterable[JsonValue]) -> str:
    """What several calls of functions counted together, without the zeros."""
    found: Counter[str] = Counter()
    for result in results:
        if isinstance(result, dict):
            found.update({name: n for name, n in result.items() if isinstance(n, int)})
    return counts(dict(found))


def counts(result: JsonValue) -> str:
    """Return the outcomes a function counted, without the zeros."""
    if not isinstance(result, dict):
        return str(result)
    shown = {name: n for name, n in result.items() if name != "received" and n}
    return ", ".join(f"{n} {name}" for name, n in shown.items()) or t("nothing received")
