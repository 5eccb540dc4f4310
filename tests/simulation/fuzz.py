"""Mutated payloads by the hundred thousand: none raises, all are recorded or kept as they came, all is escaped."""

from __future__ import annotations

import io
import json
import multiprocessing
import random
import re
from collections import Counter
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.simulation.memory_store import MemoryStore
from tests.simulation.mutate import corpus, mutate
from tests.simulation.plan import kinds_of

from opsledger import pipeline
from opsledger.deadline import Deadline, SystemClock
from opsledger.handlers import log
from opsledger.ledger import state
from opsledger.ledger.quarantine import read_quarantined
from opsledger.ledger.rows import read_ledger, read_record
from opsledger.store.tables import LEDGER, QUARANTINE, RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.ledger.quarantine import Quarantined
    from opsledger.ledger.record import Record
    from opsledger.pipeline import Entry

CHUNK = 1000
SHOWN_TOGETHER = 50
"""Records and refusals shown in one table, which takes time."""


class Finding(NamedTuple):
    """A payload that something is wrong with."""

    payload: bytes
    what: str


@dataclass
class Figures:
    """What was done, and what was found."""

    payloads: int = 0
    events: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Count `other` in."""
        self.payloads += other.payloads
        self.events += other.events
        self.ended.update(other.ended)
        self.forms.update(other.forms)
        self.findings += other.findings

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "payloads": self.payloads,
            "events": self.events,
            "ended": kinds_of(self.ended),
            "envelopes": kinds_of(self.forms),
            "violations": [{"payload": repr(f.payload[:200]), "what": f.what} for f in self.findings],
        }


def fuzz(seed: int, payloads: int, jobs: int = 1) -> Figures:
    """The figures of so many mutated payloads."""
    total = Figures()
    chunks = [(seed, start, min(CHUNK, payloads - start)) for start in range(0, payloads, CHUNK)]
    if jobs == 1 or len(chunks) == 1:
        for figures in map(work, chunks):
            total.add(figures)
        return total
    with multiprocessing.get_context("spawn").Pool(min(jobs, len(chunks))) as pool:
        for figures in pool.imap(work, chunks):
            total.add(figures)
    return total


def work(chunk: tuple[int, int, int]) -> Figures:
    """The figures of one chunk: a seed, the first payload's number, and how many."""
    seed, start, payloads = chunk
    rng = random.Random(f"fuzz {seed} {start}")  # noqa: S311 - chance that can be repeated is the point
    figures = Figures(payloads=payloads)
    records: list[Record] = []
    refusals: list[Quarantined] = []
    for _ in range(payloads):
        name, payload = rng.choice(corpus())
        figures.forms[name.rpartition(", ")[2]] += 1
        payload = mutate(rng, payload)
        figures.findings += [Finding(payload, what) for what in _try(payload, figures, records, refusals)]
    figures.findings += [Finding(b"", what) for what in shown(records, refusals)]
    return figures


def examine(payload: bytes) -> list[str]:
    """Everything that is wrong with what becomes of `payload`."""
    records: list[Record] = []
    refusals: list[Quarantined] = []
    return [*_try(payload, Figures(), records, refusals), *shown(records, refusals)]


def _try(payload: bytes, figures: Figures, records: list[Record], refusals: list[Quarantined]) -> list[str]:
    try:
        return list(_examine(payload, figures, records, refusals))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return [f"raised {type(error).__name__}: {error}"]


def _examine(payload: bytes, figures: Figures, records: list[Record], refusals: list[Quarantined]) -> Iterator[str]:
    store = MemoryStore()
    entries = pipeline.process(payload, store, Deadline(SystemClock(), 5.0), "fuzz").entries
    figures.events += len(entries)
    figures.ended.update(e.quarantined.reason if e.quarantined else e.disposition.value for e in entries)
    if not entries and not _empty(payload):
        yield "nothing became of it"
    kept = {entry.payload for entry in map(read_quarantined, store.walk(QUARANTINE, []))}
    stored = {record.key: record for record in map(read_record, store.walk(RECORDS, []))}
    told = {read_ledger(row).key for row in store.walk(LEDGER, [])}
    for entry in entries:
        if entry.quarantined is not None:
            refusals.append(entry.quarantined)
            if entry.quarantined.payload not in kept:
                yield "refused, and not in quarantine"
            elif not was_sent(entry.quarantined.payload, payload):
                yield f"kept as {entry.quarantined.payload!r}, which was not sent"
        elif entry.notification is None or entry.notification.record.key not in stored.keys() & told:
            yield "recorded, and not in the records and the ledger"
    records += stored.values()
    yield from logged(entries)


def _empty(payload: bytes) -> bool:
    """Whether it is an empty array, in a string or not."""
    try:
        value = json.loads(payload)
        return bool((json.loads(value) if isinstance(value, str) else value) == [])
    except ValueError:
        return False


# ----------------------------------------------------------------------------------------------- exact bytes
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def was_sent(kept: bytes, payload: bytes) -> bool:
    """Whether `kept` is `payload`, a part of its text, or the text in one of its strings."""
    if kept in payload:
        return True
    text = payload.decode(json.detect_encoding(payload), errors="surrogateescape")
    return any(kept in written for inner in _texts(text, 2) for written in _bytes(inner))


def _texts(text: str, depth: int) -> Iterator[str]:
    yield text
    for match in _STRING.finditer(text) if depth else ():
        with suppress(ValueError):
            yield from _texts(json.loads(match[0], strict=False), depth - 1)


def _bytes(text: str) -> Iterator[bytes]:
    for errors in ("surrogateescape", "surrogatepass"):
        with suppress(UnicodeEncodeError):
            yield text.encode(errors=errors)


# ----------------------------------------------------------------------------------------------- what is seen
def logged(entries: tuple[Entry, ...]) -> Iterator[str]:
    """What is wrong with the log lines of `entries`."""
    with redirect_stdout(io.StringIO()) as written:
        log.deliveries(entries, "fuzz")
    *lines, rest = written.getvalue().split("\n")
    if rest or len(lines) != len(entries):
        yield f"{len(lines)} log lines for {len(entries)} events"
    for line in lines:
        if not (line.isascii() and line.isprintable() and json.loads(line)["event"] == "delivery"):
            yield f"logged as {line!r}"


def shown(records: list[Record], refusals: list[Quarantined]) -> Iterator[str]:
    """What is wrong with the tables that show `records` and `refusals`."""
    from opsctl.cli import showing, terminal  # noqa: PLC0415 - the command line's libraries

    def refused(some: list[Quarantined]) -> None:
        rows = ((r.reason, r.type, r.form, r.digest, "; ".join(f"{p} {m}" for p, m in r.errors)) for r in some)
        terminal.table(("Reason", "Type", "Form", "Payload", "Errors"), rows)

    for some in _groups(records):
        yield from _printed(lambda: showing.records(some))  # noqa: B023 - called at once
    for record in records[:: SHOWN_TOGETHER // 2]:
        state.to_json(record)
        yield from _printed(lambda: showing.timeline(record))  # noqa: B023 - called at once
    for few in _groups(refusals):
        yield from _printed(lambda: refused(few))  # noqa: B023 - called at once


def _printed(show: Any) -> Iterator[str]:
    with redirect_stdout(io.StringIO()) as written:
        show()
    for line in written.getvalue().split("\n"):
        if not line.isprintable():
            yield f"shown as {line!r}"


def _groups(items: list[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while some := list(islice(rest, SHOWN_TOGETHER)):
        yield some
