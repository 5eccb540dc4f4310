"""How many rows each query reads, counted where Tablestore answers, on tables with very many rows.

`python -m tests.simulation.rows_read --records 1000000` fills the tables of a local cloud in a SQLite file, runs every
query, asks for every page of the console, prints what each read and what it may read, and ends with 1 if one read more.
With `--write` the figures go to `rows_read.json`, which `docs/tables.md` is made from. `make test-long` runs it.

The records are copies of a few hundred, which the pipeline recorded: several kinds and statuses, in every bucket, at
many moments, some of them overdue. A copy has its own ids of the same length and the hash prefixes of those ids. So the
bytes in the file are what the pipeline would have written, in a hundredth of the time.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
from contextlib import ExitStack, closing
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.conftest import NOW_MS, FakeClock, PipelineHarness, make_event, tablestore_on, wire_on
from tests.simulation import console_rows
from tests.simulation.console_rows import FILTERED, INDEXED

from opsledger import catalog
from opsledger.deadline import Deadline
from opsledger.ledger import overdue, queries, refused
from opsledger.ledger.listing import MAX_ROWS_READ
from opsledger.ledger.queries import Filter
from opsledger.ledger.settlement import MAX_ROWS
from opsledger.store import READ_ROWS
from opsledger.store.tables import BUCKETS, bucket, hashed
from yunmock import local_cloud, mock_aliyun
from yunmock.storage.sqlite import PUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from opsledger.store.calls import Client, KeyRange, PrimaryKey, RangePage, Refusal, RowFound
    from opsledger.store.remote import RemoteStore

RESULTS = Path(__file__).with_name("rows_read.json")
SHOWN = 50
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
MOMENTS = 8
"""Each kind of record was seen at so many moments."""
COPIES_PER_TRANSACTION = 10_000
REBOOT, STATE = "ecs:Instance:SystemMaintenance.Reboot", "ecs:Instance:StateChange"
VARIANTS: tuple[tuple[str, str, int], ...] = (
    (REBOOT, "Scheduled", 0),
    (REBOOT, "Scheduled", -30),
    (REBOOT, "Executing", 0),
    (REBOOT, "Executed", -20),
    (REBOOT, "Avoided", -10),
    (STATE, "Running", 0),
    (STATE, "Stopped", -1),
)
"""The records: event type, status, and when they were last seen, in days from now. Those of 30 days ago are overdue."""


class Template(NamedTuple):
    """A record that the pipeline recorded, to be copied."""

    record: str
    entity: str
    instance: str


class RowsRead(NamedTuple):
    """What a query read.

    Attributes:
        query: what it asks for.
        through: the index or table that it reads.
        reads: how many rows it may read, in words; most: the same as a number.
        shown: how many rows or records it gave; read: how many rows Tablestore answered with.
    """

    query: str
    through: str
    reads: str
    shown: int
    read: int
    most: int


class CountingClient:
    """Counts the rows in the answers that a client of a store gets."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.batch_write_row = client.batch_write_row
        self.rows = 0

    def get_range(self, asked: KeyRange, limit: int) -> RangePage:
        """As the client; each row of the page counts."""
        page = self._client.get_range(asked, limit)
        self.rows += len(page.rows)
        return page

    def batch_get_row(
        self, tables: Mapping[str, Sequence[PrimaryKey]]
    ) -> Mapping[str, Sequence[RowFound | Refusal | None]]:
        """As the client; each row that exists counts."""
        answers = self._client.batch_get_row(tables)
        self.rows += sum(row is not None for rows in answers.values() for row in rows)
        return answers


# ------------------------------------------------------------------------------------------------------- filling
def instance(number: int) -> str:
    """The instance of record `number`."""
    return f"i-bp1{number:015d}"


def entity(number: int, type_: str) -> str:
    """What identifies record `number`: its event, or the instance itself."""
    return instance(number) if type_ == STATE else f"e-bp1{number:015d}"


def record_of(number: int, type_: str) -> str:
    """The key of record `number`."""
    return f"{catalog.find(type_)[0].kind.record_prefix}:{entity(number, type_)}"


def record_templates(store: RemoteStore) -> dict[tuple[int, str], list[Template]]:
    """Record one event for each variant, bucket and moment; the templates by variant and bucket."""
    found: dict[tuple[int, str], list[Template]] = {}
    made = []
    numbers = count(10**14)  # far above those of the copies
    for variant, (type_, status, days) in enumerate(VARIANTS):
        own: dict[str, list[Template]] = {name: [] for name in BUCKETS}
        while any(len(templates) < MOMENTS for templates in own.values()):
            number = next(numbers)
            key = record_of(number, type_)
            templates = own[bucket(hashed(key))]
            if len(templates) < MOMENTS:
                at = NOW_MS + days * DAY_MS - len(templates) * HOUR_MS
                ids = {"instanceId": instance(number), "eventId": entity(number, type_)}
                fields = {"resourceId": instance(number)} if type_ == STATE else ids
                made.append(make_event(type_, status, now_ms=at, **fields))
                templates.append(Template(key, entity(number, type_), instance(number)))
        found.update({(variant, name): templates for name, templates in own.items()})
    harness = PipelineHarness(store)
    for start in range(0, len(made), 100):
        assert set(harness.counts(made[start : start + 100])) == {"recorded"}
    return found


def fill(file: Path, store: RemoteStore, records: int) -> None:
    """Fill the tables with about so many records, and mark those that are overdue."""
    templates = record_templates(store)
    overdue.sweep(store, Deadline(FakeClock(), 1e6), "fill")
    with closing(sqlite3.connect(file, isolation_level=None, timeout=60)) as db:
        db.execute("PRAGMA synchronous=OFF")
        items = _items(db, [template for own in templates.values() for template in own])
        for start in range(0, records, COPIES_PER_TRANSACTION):
            db.execute("BEGIN IMMEDIATE")
            for number in range(start, min(start + COPIES_PER_TRANSACTION, records)):
                variant = number % len(VARIANTS)
                key = record_of(number, VARIANTS[variant][0])
                own = templates[variant, bucket(hashed(key))]
                template = own[number // len(VARIANTS) % len(own)]
                db.executemany(PUT, _copied(items[template.record], template, number, VARIANTS[variant][0]))
            db.execute("COMMIT")


def _items(db: sqlite3.Connection, templates: Sequence[Template]) -> Mapping[str, list[tuple[int, bytes, bytes]]]:
    """The rows of each template, as they are in the file: each row's key has the template's entity or instance."""
    found: dict[str, list[tuple[int, bytes, bytes]]] = {template.record: [] for template in templates}
    owner = {name.encode(): t.record for t in templates for name in (t.entity, t.instance)}
    for space, key, value in db.execute("SELECT space, key, value FROM entry").fetchall():
        for name in {key[at : at + 20] for at in range(len(key) - 19)} & owner.keys():
            found[owner[name]].append((space, key, value))
            break
    return found


def _copied(
    items: Iterable[tuple[int, bytes, bytes]], template: Template, number: int, type_: str
) -> Iterator[tuple[int, bytes, bytes]]:
    old = (hashed(template.record), hashed(f"ecs:instance:{template.instance}"), template.entity, template.instance)
    new = (
        hashed(record_of(number, type_)),
        hashed(f"ecs:instance:{instance(number)}"),
        entity(number, type_),
        instance(number),
    )
    pairs = [(a.encode(), b.encode()) for a, b in zip(old, new, strict=True)]
    for space, key, value in items:
        for a, b in pairs:
            key, value = key.replace(a, b), value.replace(a, b)  # noqa: PLW2901 - both ids are replaced in turn
        yield space, key, value


# ----------------------------------------------------------------------------------------------------- measuring
def measure(store: RemoteStore, records: int, *, most: int) -> list[RowsRead]:
    """Run every query that may read no more than `most` rows to show nothing, and count the rows that it reads."""
    client = store._client = CountingClient(store._client)
    found = []
    for query, through, reads, allowed, run in [*_queries(store, records), *_of_console(store, records)]:
        if allowed(0) > most:
            continue
        client.rows = 0
        shown = run()
        assert client.rows or not shown, f"{query}: rows are shown that nobody counted"
        found.append(RowsRead(query, through, reads, shown, client.rows, allowed(shown)))
    return found


Query = tuple[str, str, str, "Callable[[int], int]", "Callable[[], int]"]


def _queries(store: Any, records: int) -> list[Query]:
    def listed(found: Iterable[Any]) -> Callable[[], int]:
        return lambda: sum(1 for _ in found)

    def indexed(shown: int) -> int:
        return len(BUCKETS) + 2 * shown

    def filtered(_shown: int) -> int:
        return MAX_ROWS_READ * 3 // 2 + READ_ROWS

    kinds = len(queries.kinds_of(None))
    number = _middle(records)
    event, resource = entity(number, REBOOT), instance(number)
    by_status = Filter(status="Scheduled")
    one = queries.by_id(store, event)[0]
    until = NOW_MS + 40 * DAY_MS
    return [
        ("records --status S", "by_status", INDEXED, indexed, listed(queries.records(store, by_status, limit=SHOWN))),
        (
            "records --kind K",
            "by_kind",
            INDEXED,
            indexed,
            listed(queries.records(store, Filter(kind=REBOOT), limit=SHOWN)),
        ),
        (
            "records",
            "by_kind, kind after kind",
            f"{len(BUCKETS)} × kinds + 2 × shown",
            lambda shown: len(BUCKETS) * kinds + 2 * shown,
            listed(queries.records(store, Filter(), limit=SHOWN)),
        ),
        (
            "records --resource R",
            "by_resource",
            "2 × shown",
            lambda shown: 2 * shown,
            listed(queries.records(store, Filter(resource=resource), limit=SHOWN)),
        ),
        ("records --due-within H", "open", INDEXED, indexed, listed(queries.due(store, until, limit=SHOWN))),
        ("records --overdue", "open", INDEXED, indexed, listed(queries.overdue(store, limit=SHOWN))),
        ("show: an event's id", "records", "shown", lambda shown: shown, lambda: len(queries.by_id(store, event))),
        (
            "find: a resource's id",
            "records, by_resource",
            f"3 × shown, at most {queries.MAX_FOUND} shown",
            lambda shown: 3 * shown,
            lambda: len(queries.find(store, resource)),
        ),
        (
            "records --status S --kind K",
            "by_status, filtered",
            FILTERED,
            filtered,
            listed(queries.records(store, Filter(status="Running", kind=REBOOT), limit=SHOWN)),
        ),
        (
            "records --region R",
            "by_kind, filtered",
            FILTERED,
            filtered,
            listed(queries.records(store, Filter(region="mars"), limit=SHOWN)),
        ),
        (
            "the timeline of a record",
            "ledger",
            "the ledger's rows of its resource",
            lambda _shown: 2,
            lambda: len(list(queries.history(store, one))),
        ),
        (
            "quarantine list --reason R",
            "by_reason",
            INDEXED,
            indexed,
            lambda: len(list(islice(refused.entries(store, ["not_json"]), SHOWN))),
        ),
        (
            "a sweep, nothing newly due",
            "open",
            (
                f"2 × newly due + 2; to settle records, 4 × open, of at most {MAX_ROWS:,}, "
                "and 4 × interruptions and releases of two days"
            ),
            lambda shown: 2 * shown + 2 + 4 * MAX_ROWS,
            lambda: overdue.sweep(store, Deadline(FakeClock(), 1e6), "measure").looked,
        ),
    ]


def _of_console(store: Any, records: int) -> Iterator[Query]:
    number = _middle(records)
    asked = console_rows.queries(record_of(number, REBOOT), instance(number))
    console_rows.check_complete(asked)
    for one in asked:
        name = f"console: /{one.path}" + (f"?{one.query}" if one.query else "")
        yield name, one.through, one.reads, one.most, lambda one=one: console_rows.run(store, one)  # type: ignore[misc]


def _middle(records: int) -> int:
    """The number of a copy of the first variant: a scheduled reboot."""
    return records // len(VARIANTS) // 2 * len(VARIANTS)


def measured(records: int, folder: Path, *, most: int = sys.maxsize) -> list[RowsRead]:
    """What every query reads on so many records; or those that may read no more than `most` rows to show nothing."""
    file = folder / "cloud.sqlite"
    with ExitStack() as stack:
        cloud = local_cloud(data=file)
        stack.callback(cloud.close)
        stack.enter_context(mock_aliyun(cloud))
        tablestore_on(cloud)
        store = wire_on(cloud)
        fill(file, store, records)
        console_rows.fill_beside(store)
        return measure(store, records, most=most)


def main() -> int:
    """Measure, print, and say whether a query read too much."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.rows_read", description=__doc__)
    parser.add_argument("--records", type=int, default=10**6)
    parser.add_argument("--write", action="store_true", help=f"write the figures to {RESULTS.name}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(options.records, Path(folder))
    for one in found:
        sys.stdout.write(f"{one.read:>8} of {one.most:>8}, {one.shown:>4} shown: {one.query} ({one.through})\n")
    if options.write:
        result = {"records": options.records, "queries": [one._asdict() for one in found]}
        RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(any(one.read > one.most for one in found))


if __name__ == "__main__":
    sys.exit(main())
