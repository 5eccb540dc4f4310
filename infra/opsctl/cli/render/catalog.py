"""The catalogue: event types, lifecycles and advice."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from opsctl import sample
from opsctl.cli import terminal
from opsledger.catalog.advice import advice_by_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsledger.catalog import EventType, Kind, Lifecycle
    from opsledger.catalog.advice import Advice
    from opsledger.strict_json import JsonObject


DOCUMENTED, KEPT = "documented", "as it comes"
"""Whether the vendor documents the content of a type, or it is kept as it comes."""


def types(specs: Iterable[EventType]) -> None:
    """Print the table of event types."""
    terminal.table(
        ("Type", "Level", "Kind", "Identified by", "Statuses", "Content", "About"),
        (
            (
                spec.type,
                spec.level,
                spec.kind.name,
                spec.kind.identified_by,
                " ".join(_statuses(spec)),
                DOCUMENTED if spec.source.content else KEPT,
                spec.title,
            )
            for spec in specs
        ),
    )


def lifecycles(kinds: Iterable[Kind]) -> None:
    """Print the table of each lifecycle's statuses and moves."""
    by_name = {kind.lifecycle.name: kind.lifecycle for kind in kinds}
    rows = [
        (lifecycle.name, status, lifecycle.outcomes[status].value, " ".join(sorted(moves)) or "(end)")
        for lifecycle in by_name.values()
        for status, moves in lifecycle.moves.items()
    ]
    terminal.table(("Lifecycle", "Status", "Means", "May move to"), rows)


def advice(specs: Iterable[EventType], lang: str) -> None:
    """Print what each type means, and what to do about it."""
    for spec in specs:
        terminal.say(f"{spec.type}  {spec.level}", style="bold")
        for text in _messages(spec).values():
            terminal.say(f"  “{text}”")
        content = "documented" if spec.source.content else "kept as it comes; the type is named"
        terminal.say(f"  content: {content} in “{spec.source.title}”, https://{spec.source.url}")
        found = _advice(spec, lang)
        if found:
            terminal.say(f"  means: {found.means}")
            terminal.say(f"  do: {found.do}")
            terminal.say(f"  heals itself: {found.heals} ({found.heals_why})")


def to_json(spec: EventType, lang: str | None = None) -> JsonObject:
    """Return what `--json` prints for one event type; with advice if a language is given."""
    messages = _messages(spec)
    return {
        "type": spec.type,
        "product": spec.kind.product,
        "title": spec.title,
        "kind": spec.kind.name,
        "resource_type": spec.kind.resource_type,
        "identified_by": spec.kind.identified_by,
        "severity": spec.level,
        "statuses": list(_statuses(spec)),
        "content_documented": spec.source.content,
        "source": {"title": spec.source.title, "url": f"https://{spec.source.url}"},
        "lifecycle": _lifecycle_json(spec.kind.lifecycle),
        **({"messages": {**messages}} if messages else {}),
        **({"advice": asdict(found) if (found := _advice(spec, lang)) else None} if lang else {}),
    }


def _lifecycle_json(lifecycle: Lifecycle) -> JsonObject:
    return {
        "name": lifecycle.name,
        "order": lifecycle.order.value,
        "starts": [status for status in lifecycle.moves if status in lifecycle.starts],
        "moves": {status: [s for s in lifecycle.moves if s in moves] for status, moves in lifecycle.moves.items()},
        "outcomes": {status: outcome.value for status, outcome in lifecycle.outcomes.items()},
    }


def _statuses(spec: EventType) -> tuple[str, ...]:
    return tuple(spec.statuses or spec.kind.lifecycle.moves)


def _messages(spec: EventType) -> dict[str, str]:
    return {case.template.id: case.template.text for case in sample.cases(spec) if case.template}


def _advice(spec: EventType, lang: str) -> Advice | None:
    return advice_by_name(spec.kind.product, lang).get(spec.advice_key)
