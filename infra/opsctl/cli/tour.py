"""What `make run` shows: one event of every family on its real way, and what the ledger then knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import publishing, showing, terminal
from opsledger.ledger import queries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opsctl.cli.local import Local

OUTCOMES = ("recorded", "duplicate", "out_of_order", "quarantined")


def run(here: Local, files: Sequence[Path], shown: str) -> bool:
    """Publish `files`, show the records and the timeline of the record of type `shown`; whether all went well."""
    terminal.say(
        "Published with the EventBridge SDK → matched by the rules of s.yaml → delivered to the function", style="bold"
    )
    before = {record.key: record for record in queries.records(here.store, queries.Filter())}
    totals, well = dict.fromkeys(OUTCOMES, 0), True
    events = (pair for file in files for pair in publishing.read_events(file.read_text(), file.name))
    for told in publishing.publish(here.cloud, events):
        showing.way(told)
        attempts = [a for rule in told.rules for d in rule["deliveries"] for a in d["attempts"]]
        well = well and not told.error and bool(attempts) and all(a["ok"] for a in attempts)
        for attempt in attempts:
            for name in OUTCOMES:
                totals[name] += attempt["result"].get(name, 0) if attempt["ok"] else 0
    found = list(queries.records(here.store, queries.Filter()))
    terminal.say("")
    terminal.say("What the ledger knows now, read back with the Tablestore SDK", style="bold")
    showing.records(found)
    for record in found:
        if record.kind == shown:
            showing.timeline(record)
            break
    terminal.say(", ".join(f"{n} {name}" for name, n in totals.items() if n))
    if {record.key: record for record in found} == before:
        terminal.say("Every event was known already: nothing changed.", style="bold")
    return well
