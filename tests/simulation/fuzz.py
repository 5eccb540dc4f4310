"""Fuzzing: mutate good payloads and check what the pipeline does with them.

No payload raises an exception. Every event is recorded, or quarantined with the exact bytes that were sent. Logs and
tables escape what they show.
"""

from __future__ import annotations

import base64
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

from tests.simulation.counts import by_frequency
from tests.simulation.memory_store import MemoryStore
from tests.simulation.payload_mutator import corpus, mutate

from opsledger import pipeline
from opsledger.deadline import Deadline, SystemClock
from opsledger.handlers import log
from opsledger.ledger import state
from opsledger.ledger.enrichment import UNKNOWN
from opsledger.ledger.quarantine import read_quarantined
from opsledger.ledger.rows import read_ledger, read_record
from opsledger.store.tables import LEDGER, QUARANTINE, RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.ledger.quarantine import Quarantined
    from opsledger.ledger.record import Record
    from opsledger.pipeline import Entry

CHUNK = 1000
DEEPEST_TEXT = 6
"""Text in text: a record of a failed request with a message that holds an alert's text is four, a mutation adds one."""
SHORTEST_BASE64 = 16
ROWS_PER_TABLE = 50
"""Records or refusals in one table: printing a table takes time."""


class FuzzFinding(NamedTuple):
    """A payload, and what is wrong with the way it was handled."""

    payload: bytes
    what: str


@dataclass
class FuzzTotals:
    """What a fuzzing run did and found."""

    payloads: int = 0
    events: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    findings: list[FuzzFinding] = field(default_factory=list)

    def add(self, other: FuzzTotals) -> None:
        """Add `other` to these totals."""
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
            "ended": by_frequency(self.ended),
            "envelopes": by_frequency(self.forms),
            "violations": [{"payload": repr(f.payload[:200]), "what": f.what} for f in self.findings],
        }


def fuzz(seed: int, payloads: int, jobs: int = 1) -> FuzzTotals:
    """Mutate and process `payloads` payloads; `seed` decides which and how."""
    total = FuzzTotals()
    chunks = [(seed, start, min(CHUNK, payloads - start)) for start in range(0, payloads, CHUNK)]
    if jobs == 1 or len(chunks) == 1:
        for totals in map(run_chunk, chunks):
            total.add(totals)
        return total
    with multiprocessing.get_context("spawn").Pool(min(jobs, len(chunks))) as pool:
        for totals in pool.imap(run_chunk, chunks):
            total.add(totals)
    return total


def run_chunk(chunk: tuple[int, int, int]) -> FuzzTotals:
    """The totals of one chunk: a seed, the number of its first payload, and the number of payloads."""
    seed, start, payloads = chunk
    rng = random.Random(f"fuzz {seed} {start}")  # noqa: S311 - a seeded generator is the point
    totals = FuzzTotals(payloads=payloads)
    records: list[Record] = []
    refusals: list[Quarantined] = []
    for _ in range(payloads):
        name, payload = rng.choice(corpus())
        totals.forms[name.rpartition(", ")[2]] += 1
        payload = mutate(rng, payload)
        totals.findings += [FuzzFinding(payload, what) for what in _try(payload, totals, records, refusals)]
    totals.findings += [FuzzFinding(b"", what) for what in check_tables(records, refusals)]
    return totals


def examine(payload: bytes) -> list[str]:
    """What is wrong with the way `payload` is handled."""
    records: list[Record] = []
    refusals: list[Quarantined] = []
    return [*_try(payload, FuzzTotals(), records, refusals), *check_tables(records, refusals)]


def _try(payload: bytes, totals: FuzzTotals, records: list[Record], refusals: list[Quarantined]) -> list[str]:
    try:
        return list(_examine(payload, totals, records, refusals))
    except Exception as error:  # noqa: BLE001 - any exception is a finding
        return [f"raised {type(error).__name__}: {error}"]


def _examine(payload: bytes, totals: FuzzTotals, records: list[Record], refusals: list[Quarantined]) -> Iterator[str]:
    store = MemoryStore()
    entries = pipeline.process(payload, store, Deadline(SystemClock(), 5.0), "fuzz").entries
    totals.events += len(entries)
    totals.ended.update(e.quarantined.reason if e.quarantined else e.disposition.value for e in entries)
    if not entries and not _empty(payload):
        yield "the payload has no result"
    kept = {entry.payload for entry in map(read_quarantined, store.walk(QUARANTINE, []))}
    stored = {record.key: record for record in map(read_record, store.walk(RECORDS, []))}
    in_ledger = {read_ledger(row).key for row in store.walk(LEDGER, [])}
    for entry in entries:
        if entry.quarantined is not None:
            refusals.append(entry.quarantined)
            if entry.quarantined.payload not in kept:
                yield "refused, but not in quarantine"
            elif not was_sent(entry.quarantined.payload, payload):
                yield f"kept as {entry.quarantined.payload!r}, which was not sent"
        elif entry.notification is None or entry.notification.record.key not in stored.keys() & in_ledger:
            yield "recorded, but not in both the records and the ledger"
    records += stored.values()
    yield from check_log(entries)


def _empty(payload: bytes) -> bool:
    """Whether `payload` may hold no event: it or a text in it has an empty array, or null in the place of one."""
    return any(_NO_EVENTS.search(text) for text in _texts(_decoded(payload), DEEPEST_TEXT))


_NO_EVENTS = re.compile(r"\[\s*\]|null")


# ----------------------------------------------------------------------------------------------- exact bytes
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def was_sent(kept: bytes, payload: bytes) -> bool:
    """Whether `kept` is `payload`, a part of its text, or a part of the text inside one of its strings."""
    if kept in payload:
        return True
    return any(kept in written for text in _sent(payload) for written in _bytes(text))


def _sent(payload: bytes) -> Iterator[str]:
    return _texts(_decoded(payload), DEEPEST_TEXT)


def _decoded(payload: bytes) -> str:
    encoding = json.detect_encoding(payload)
    return payload.decode(encoding, errors="surrogateescape" if encoding.startswith("utf-8") else "surrogatepass")


def _texts(text: str, depth: int) -> Iterator[str]:
    """`text`, and the text in each of its strings, also where that is base64."""
    yield text
    for match in _STRING.finditer(text) if depth else ():
        with suppress(ValueError):
            inner = json.loads(match[0], strict=False)
            yield from _texts(inner, depth - 1)
            if len(inner) >= SHORTEST_BASE64:
                yield from _texts(_decoded(base64.b64decode("".join(inner.split()), validate=True)), depth - 1)


def _bytes(text: str) -> Iterator[bytes]:
    for errors in ("surrogateescape", "surrogatepass"):
        with suppress(UnicodeEncodeError):
            yield text.encode(errors=errors)
    # Bytes that are not UTF-8 stand beside half a surrogate pair that was written as an escape.
    yield b"".join(c.encode(errors="surrogateescape" if _IS_BYTE.match(c) else "surrogatepass") for c in text)


_IS_BYTE = re.compile("[\udc80-\udcff]")
"""What `surrogateescape` makes of a byte that is not UTF-8."""


# -------------------------------------------------------------------------------------------- logs and tables
def check_log(entries: tuple[Entry, ...]) -> Iterator[str]:
    """What is wrong with the log lines of `entries`: each must be one line of printable ASCII."""
    with redirect_stdout(io.StringIO()) as written:
        log.deliveries(entries, "fuzz")
    *lines, rest = written.getvalue().split("\n")
    if rest or len(lines) != len(entries):
        yield f"{len(lines)} log lines for {len(entries)} events"
    for line in lines:
        if not (line.isascii() and line.isprintable() and json.loads(line)["event"] == "delivery"):
            yield f"logged as {line!r}"


def check_tables(records: list[Record], refusals: list[Quarantined]) -> Iterator[str]:
    """What is wrong with the tables that show `records` and `refusals`: every line must be printable."""
    from opsctl.cli import terminal  # noqa: PLC0415 - loads the command line's libraries
    from opsctl.cli.options import OutputForm  # noqa: PLC0415 - the same
    from opsctl.cli.render import records as render  # noqa: PLC0415 - the same

    def refused(some: list[Quarantined]) -> None:
        rows = ((r.reason, r.type, r.form, r.digest, "; ".join(f"{p} {m}" for p, m in r.errors)) for r in some)
        terminal.table(("Reason", "Type", "Form", "Payload", "Errors"), rows)

    for some in _groups(records):
        yield from _printed(lambda: render.listing([(one, UNKNOWN) for one in some], OutputForm.TABLE))  # noqa: B023 - called at once
    for record in records[:: ROWS_PER_TABLE // 2]:
        state.to_json(record)
        yield from _printed(lambda: render.timeline(record))  # noqa: B023 - called at once
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
    while some := list(islice(rest, ROWS_PER_TABLE)):
        yield some
