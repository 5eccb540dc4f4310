"""The catalogue: event types, lifecycles and advice."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from opsctl import sample
from opsctl.cli import display, terminal
from opsctl.cli.columns import Column
from opsctl.cli.language import t
from opsledger.catalog.advice import advice_by_name, title

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsledger.catalog import EventType, Kind, Lifecycle
    from opsledger.catalog.advice import Advice
    from opsledger.strict_json import JsonObject


def types(specs: Iterable[EventType], *, wide: bool = False) -> None:
    """Print the table of event types."""
    terminal.table(
        (
            Column(t("Type"), whole=True),
            Column(t("Severity"), minimum=8, rank=2),
            Column(t("Kind"), minimum=12, rank=3),
            Column(t("Identified by"), rank=6),
            Column(t("Statuses"), rank=4),
            Column(t("Content"), rank=5),
            Column(t("About"), rank=1),
        ),
        (
            (
                spec.type,
                spec.level,
                spec.kind.name,
                spec.kind.identified_by,
                " ".join(_statuses(spec)),
                t("documented") if spec.source.content else t("as it comes"),
                title(spec.type, display.current().language),
            )
            for spec in specs
        ),
        wide=wide,
    )


def lifecycles(kinds: Iterable[Kind], *, wide: bool = False) -> None:
    """Print the table of each lifecycle's statuses and moves."""
    by_name = {kind.lifecycle.name: kind.lifecycle for kind in kinds}
    rows = [
        (lifecycle.name, status, lifecycle.outcomes[status].value, " ".join(sorted(moves)) or t("(end)"))
        for lifecycle in by_name.values()
        for status, moves in lifecycle.moves.items()
    ]
    columns = (
        Column(t("Lifecycle"), minimum=12),
        Column(t("Status"), whole=True),
        Column(t("Means"), minimum=8, rank=2),
        Column(t("May move to"), rank=1),
    )
    terminal.table(columns, rows, wide=wide)


def advice(specs: Iterable[EventType], lang: str) -> None:
    """Print what each type means, and what to do about it."""
    for spec in specs:
        terminal.say(f"{spec.type}  {spec.level}", style="bold")
        for text in _messages(spec).values():
            terminal.say(f"  “{text}”")
        page = {"title": spec.source.title, "url": f"https://{spec.source.url}"}
        if spec.source.content:
            terminal.say("  " + t("content: documented in “{title}”, {url}", **page))
        else:
            terminal.say("  " + t("content: kept as it comes; “{title}” names the type, {url}", **page))
        what_to_do(spec, lang)


def what_to_do(spec: EventType, lang: str) -> None:
    """Print what an event of a type means, what to do, and whether the trouble passes by itself."""
    found = _advice(spec, lang)
    if found:
        terminal.say("  " + t("means: {text}", text=found.means))
        terminal.say("  " + t("do: {text}", text=found.do))
        terminal.say("  " + t("heals itself: {heals} ({why})", heals=found.heals, why=found.heals_why))


def to_json(spec: EventType, lang: str | None = None) -> JsonObject:
    """Return what `--json` prints for one event type; with advice if a language is given."""
    messages = _messages(spec)
    return {
        "type": spec.type,
        "product": spec.kind.product,
        "title": title(spec.type),
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
