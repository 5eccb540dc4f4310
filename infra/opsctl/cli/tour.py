"""The tour: publish one event of each family, and show what the ledger then has."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from opsctl import notify
from opsctl.cli import display, eventbridge, moments, terminal
from opsctl.cli.cloudevents import read_events
from opsctl.cli.language import t
from opsctl.cli.options import OutputForm
from opsctl.cli.progress import counting
from opsctl.cli.render import notifications, publications, records
from opsctl.sample.recent import as_of_yesterday
from opsledger.ledger import queries, state
from opsledger.ledger.enrichment import UNKNOWN
from opsledger.notify.config import validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from opsctl.cli.cloudevents import Publication
    from opsctl.cli.local import LocalCloud
    from opsledger.ledger.record import Record

OUTCOMES = ("recorded", "duplicate", "out_of_order", "quarantined")
PUSHED = ("OOMKilled/OOMKilled.plain", "SpotToBeReleased/SpotToBeReleased")
SHOWN_KIND = "system-event"
"""The kind whose first record is shown with its timeline."""


def event_files(folder: Path) -> list[Path]:
    """Return the tour's events among those in `events/`."""
    pushed = [folder / "eci" / f"{name}.cloudevent.json" for name in PUSHED]
    return [*sorted((folder / "ecs" / "vendor").glob("*.json")), *pushed]


def run(here: LocalCloud, files: Sequence[Path]) -> bool:
    """Publish the events in `files`, and show the records; return whether all were delivered and recorded."""
    terminal.say(
        t("Published with the EventBridge SDK → matched by the rules → delivered to the function"), style="bold"
    )
    before = _records(here)
    published = list(_published(here, files))
    after = _records(here)
    terminal.say("")
    terminal.say(t("The records now, read back with the Tablestore SDK"), style="bold")
    _show(after)
    _show_message(after)
    totals = _totals(published)
    terminal.say(", ".join(f"{totals[name]} {name}" for name in OUTCOMES if totals[name]))
    if {record.key: record for record in after} == {record.key: record for record in before}:
        terminal.say(t("Every event was known already: nothing changed."), style="bold")
    return all(map(_delivered, published))


def _records(here: LocalCloud) -> list[Record]:
    return list(queries.records(here.store, queries.Filter()))


def _published(here: LocalCloud, files: Sequence[Path]) -> Iterator[Publication]:
    today = datetime.fromtimestamp(display.now_ms() / 1000, timezone.utc).date()
    texts = as_of_yesterday([file.read_text(encoding="utf-8") for file in files], today)
    events = [event for file, text in zip(files, texts, strict=True) for event in read_events(text, file.name)]
    with counting("tour", len(events)) as advance:
        for published in eventbridge.publish_locally(here, events):
            publications.summary(published)
            advance()
            yield published


def _show(found: Sequence[Record]) -> None:
    records.listing([(record, UNKNOWN) for record in found], OutputForm.TABLE)
    first = next((record for record in found if record.kind == SHOWN_KIND), None)
    if first is not None:
        records.timeline(first)


def _show_message(found: Sequence[Record]) -> None:
    """What a person would have got, had a channel been configured."""
    config = validate(notify.example(display.current().language))
    for record in found:
        status_at = state.summarize(record).status_at
        moment = display.now_ms() if status_at is None else status_at
        sent = notify.preview([(record, UNKNOWN)], config, moment)
        shown = next((one for one in sent if not one.intent.after), None)
        if shown is not None:
            terminal.say("")
            heading = "The message that a channel would have got at {time} (docs/notifications.md)"
            terminal.say(t(heading, time=moments.local(moment)), style="bold")
            for line in notifications.text_of(shown.message).split("\n"):
                terminal.say(f"  {line}" if line else "")
            return


def _delivered(published: Publication) -> bool:
    attempts = list(eventbridge.attempts(published))
    return not published.error and bool(attempts) and all(map(eventbridge.succeeded, attempts))


def _totals(published: Sequence[Publication]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for attempt in (attempt for one in published for attempt in eventbridge.attempts(one)):
        counts = eventbridge.response(attempt) if eventbridge.succeeded(attempt) else None
        if isinstance(counts, dict):
            totals.update({name: n for name, n in counts.items() if isinstance(n, int)})
    return totals
