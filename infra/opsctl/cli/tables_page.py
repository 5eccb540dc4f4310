"""The page `docs/tables.md`: the tables and indexes from their definition, and what each query reads, as measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from opsledger.ledger.listing import MAX_ROWS_READ
from opsledger.store.tables import BUCKETS, REPLACED_BY, TABLES
from opsledger.variables import DEFAULT_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opsledger.store.tables import Table

ROWS_READ = "tests/simulation/rows_read.json"
"""What `python -m tests.simulation.rows_read --write` measured."""


def page(root: Path) -> str:
    """The page, below its header."""
    file = root / ROWS_READ
    found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"records": 0, "queries": []}
    parts = (*_introduction(), *(line for table in TABLES for line in _table(table)), *_queries(found), *_sizes())
    return "\n".join(parts) + "\n"


def _introduction() -> Iterator[str]:
    yield "# The tables\n"
    yield f"""\
The wide-column tables of one Tablestore instance, each name behind `OPSLEDGER_TABLE_PREFIX` (`{DEFAULT_PREFIX}`), with
one version per cell. The first key column begins with four hex digits of a hash of the rest, so that neighbours do not
share a partition.

All rows with one value in the first column of a table or index stay in one partition, and a partition should stay below
10 GB ([table design](https://www.alibabacloud.com/help/en/tablestore/use-cases/table-design)). An index that began with
a status would put all records of that status there. So it begins with a **bucket**: the first digit of the hash of the
row's key, one of {len(BUCKETS)}. A query reads all buckets and merges them.

A row is in an index only if it has all of its columns. So a closed record is not in the index of the open ones. Indexes
follow their table a moment later.
"""
    old = ", ".join(f"`{table.stored_as}`" for table in REPLACED_BY)
    yield f"Version 0.1 had other tables: {old}. [Upgrading](upgrading.md) says how to move their rows.\n"


def _table(table: Table) -> Iterator[str]:
    yield f"## {table.stored_as}\n"
    yield f"{table.holds}\n"
    yield f"Key: {', '.join(f'`{name}` {type_}' for name, type_ in table.key)}.\n"
    if table.indexes:
        yield "| index | columns before the key | serves |\n|---|---|---|"
        for index in table.indexes:
            columns = ", ".join(f"`{name}` {type_}" for name, type_ in index.columns)
            yield f"| `{index.name}` | {columns} | {index.serves} |"
        yield ""
    if table.expires:
        yield _EXPIRY


_EXPIRY = """\
Its rows are kept for ever unless the table was made with `opsledger init-tables --remote
--ledger-days N`. Then a row expires so many days after it was written. What follows:

- A record keeps its transitions, also those whose ledger rows have expired. `rebuild` reports them as *only the record
  has*, and never removes them; a record whose rows have all expired is reported as without rows.
- `rebuild --from-content` reads only what has not expired, and so does an export.
- A delivery of an expired notification adds its row again, and is a duplicate for the record. If the service still
  counts an expired row that it has not purged, the row is not added. Both are harmless, and both are tested. Which of
  them the service does is not documented.
- A table with an index may have a time to live only if its rows are never updated, only put ([source][expiry]).
  OpsLedger only puts rows, and makes the table so.

[expiry]: https://www.alibabacloud.com/help/doc-detail/352075.htm
"""


def _queries(found: dict[str, Any]) -> Iterator[str]:
    yield "## What a query reads\n"
    yield f"""\
No query scans a table. Where an index has only what is asked for, a query reads one row for each bucket at most, and
for each record shown its row in the index and its own. Where another filter drops rows, a listing stops after
{MAX_ROWS_READ:,} rows, prints what it found, and says how to go on (`--after`).

Measured on {found["records"]:,} records, counted in the answers of the local Tablestore:
`python -m tests.simulation.rows_read`, a part of `make test-long`. `make test` asks less of 1,000 records. On the
console's pages, a known name of a resource is one more row for each record shown.
"""
    yield "| query | reads | rows at most | shown | rows read |\n|---|---|---|---|---|"
    for one in found["queries"]:
        yield f"| {one['query']} | {one['through']} | {one['reads']} | {one['shown']:,} | {one['read']:,} |"
    yield """
`rebuild --record` and the timeline of a record read all ledger rows of the record's resource: the ledger is grouped by
resource, and a row that the record lacks may be anywhere among them. A backup and a migration are the only operations
that read whole tables.
"""


def _sizes() -> Iterator[str]:
    share, made = len(BUCKETS), sum(1 + len(table.indexes) for table in TABLES)
    yield f"""\
## How far it goes

Nothing above a million records was measured. For 10⁸ records, by counting keys and bytes:

- **Tables.** The first key column is different for each record and each resource, so rows spread over as many
  partitions as Tablestore makes. The ledger rows of one resource share a value: at 1.5 KB each, 10 GB are seven million
  events of one resource.
- **Indexes in buckets.** A row has at most about 150 bytes: 10⁸ ÷ {share} × 150 bytes = 0.9 GB for each bucket, and a
  thousand events a second are {1000 // share} a second for each.
- **Sparse indexes.** Only what is open, or waits to be sent, is in them.
- **A query** reads what the table above says, whatever the number of records.

Tablestore allows five indexes a table, four key columns an index with the table's own, and 64 tables and indexes an
instance; these are {made}."""
