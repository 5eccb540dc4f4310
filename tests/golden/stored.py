"""What version 0.1.0 stored, read from the files beside this one, and all that the tests ask of the product."""

from __future__ import annotations

import base64
import json
import lzma
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.simulation.memory_store import MemoryStore

# -------------------------------------------------------------------------------------------------------------------
# All that this file asks of the product. When code moves or is renamed, change the lines up to the next rule alone.
from opsctl import migration
from opsctl.cli.local import local
from opsledger import pipeline
from opsledger.deadline import Deadline
from opsledger.eci_poller.poller import Poller
from opsledger.intake.understand import Refused, understand
from opsledger.ledger import former
from opsledger.ledger.codec import read_transition
from opsledger.ledger.quarantine import quarantine_columns, read_quarantined
from opsledger.ledger.rows import read_ledger, read_record, record_columns
from opsledger.store import Key, Row
from opsledger.store.old_tables import OLD
from opsledger.store.tables import CURSORS, LEDGER, QUARANTINE, RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opsledger.ledger.notification import Notification
    from opsledger.ledger.record import Record
    from opsledger.store import Store

TABLES = {"ledger": LEDGER, "records": RECORDS, "quarantine": QUARANTINE, "cursors": CURSORS}
"""Each table by the name that it had in version 0.1.0."""
NEW_COLUMNS = frozenset({"schema", "bucket", "move_by"})
"""Columns of records and quarantine entries that are not what they were: of the tables' new indexes."""
GONE_COLUMNS = frozenset({"due_key"})
"""Columns of an index that no longer exists."""


@contextmanager
def opened(folder: Path) -> Iterator[Any]:
    """The golden folder, opened by the local cloud, and its rows moved to the tables of this version."""
    with local(folder, migrating=True) as here:
        moved = migration.migrate(
            here.store, migration.old_tables(here.store), lambda: Deadline(StandingClock(), 30.0), "golden"
        )
        assert not moved.unreadable
        for name in ("ledger", "records", "quarantine"):
            old = {row.key.values: row.columns for row in here.store.after(OLD[TABLES[name]], ())}
            assert not different(columns_of(name), old), f"a row of the old table {name} was changed"
        yield here


def as_before(columns: Mapping[str, Any]) -> dict[str, Any]:
    """A moved row's columns, but those that a move changes."""
    left_out = NEW_COLUMNS | GONE_COLUMNS | {"revision", "writer"}
    return {name: value for name, value in columns.items() if name not in left_out}


def understood_as(payload: bytes) -> list[dict[str, Any]]:
    """What the present code understands in `payload`, in the words of `understood.jsonl`."""
    return [
        _refused(item) if isinstance(item, Refused) else _notified(item) for item in understand(payload, RECEIVED_MS)
    ]


def _refused(item: Refused) -> dict[str, Any]:
    entry = pipeline.quarantined(item, 0)
    return {"refused": entry.reason, "digest": entry.digest, "form": entry.form, "type": entry.type}


def _notified(item: Notification) -> dict[str, Any]:
    record, transition = item.record, item.transition
    return {
        "record": record.key,
        "kind": record.kind,
        "product": record.product,
        "resource_type": record.resource_type,
        "resource_id": record.resource_id,
        "account": record.account,
        "region": record.region,
        "status": transition.status,
        "type": transition.type,
        "at": transition.at,
        "form": item.form,
    }


KEYS_OF_THEN = ("transition", "written", "digest", "ledger")
"""What version 0.1.0 made of an event for its own tables: keys, digests and the JSON of the transition."""


def renewed_key(kind: str, written: str, content: str) -> str:
    """The key that a transition stored by 0.1.0 gets as its row is read, with its content or without."""
    return former.renewed(kind, read_transition(written), content).key


def locking(row: Row) -> Mapping[str, Any]:
    """The two columns that only `commit` knows."""
    return {name: row.columns[name] for name in ("revision", "writer")}


def record_again(row: Row) -> Mapping[str, Any]:
    """The columns of a record's row after it was read."""
    return {**record_columns(read_record(row)), **locking(row)}


def steps(record: Record) -> list[tuple[str, int | None]]:
    """The status and the moment of each transition of a record."""
    return sorted((t.status, t.moment) for t in record.transitions.values())


def ledger_again(row: Row) -> dict[str, Any]:
    """What a ledger row's `transition` and columns say after it was read."""
    stored = read_ledger(row)
    (transition,) = stored.transitions.values()
    return {
        "record": stored.key,
        "product": stored.product,
        "kind": stored.kind,
        "resource_type": stored.resource_type,
        "resource_id": stored.resource_id,
        "account": stored.account,
        "region": stored.region,
        "status": transition.status,
        "type": transition.type,
    }


def quarantine_again(row: Row) -> Mapping[str, Any]:
    """The columns of a quarantine row's first part after it was read, but the payload's."""
    return {**quarantine_columns(read_quarantined(row)), **locking(row)}


def unmarked(row: Row) -> Mapping[str, Any]:
    """A record's columns without the sweeper's mark, which no backup has, and without who wrote it."""
    columns = record_columns(read_record(row)._replace(overdue_at=None))
    return {name: value for name, value in columns.items() if name not in ("revision", "writer", "state")}


def poll(api: Any, store: Store, clock: StandingClock) -> tuple[int, int, bool]:
    """Poll the region of `api` once: pages, container groups, and whether the round came to its end."""
    polled = Poller(api, store, Deadline(clock, 60.0), account="1000000000000001", request_id="golden-poll").poll()
    return polled.pages, polled.groups, polled.progress.finished


def became(payload: bytes, store: Store) -> set[str]:
    """Deliver `payload` and return its events' dispositions.

    A record that keeps its newest hundred transitions does not know an older one again: that is late, each time.
    """
    report = pipeline.process(payload, store, Deadline(StandingClock(), 30.0), "golden-again")
    outcomes = [(e.disposition.value, e.notification.record.key if e.notification else "") for e in report.entries]
    return {word for word, key in outcomes if (word, key) != ("out_of_order", TRUNCATED)}


# -------------------------------------------------------------------------------------------------------------------

HERE = Path(__file__).parent
RECEIVED_MS = 1_767_571_261_000
"""A minute after the folder was made."""
LAST_MS = 1_767_571_201_000
"""The cloud's clock when the folder was made, at the end."""
REASONS = ("not_json", "unknown_envelope", "unknown_type", "unknown_status", "malformed_content", "oversize")
"""Why version 0.1.0 refused a payload."""
TRUNCATED = "ecs:state:i-bp1w7gg0zkp4a2zdds"
"""The record with more transitions than it keeps."""
ACCOUNT_KEYS = {
    "OTS_ENDPOINT": "https://local.cn-hangzhou.ots.aliyuncs.com",
    "OTS_INSTANCE": "local",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "yunmock-access-key-id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "yunmock-access-key-secret",
}


class StandingClock:
    """Time that does not pass."""

    def now_ms(self) -> int:
        """Just after the folder was made."""
        return LAST_MS + 60_000

    def monotonic(self) -> float:
        """Always the same."""
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Nothing here should have to wait."""
        raise AssertionError(f"waited {seconds} s")

    def jitter(self) -> float:
        """Always the same."""
        return 0.5


def unpacked(name: str) -> bytes:
    """The bytes of one of the golden files."""
    return lzma.decompress((HERE / name).read_bytes())


def lines(name: str) -> list[dict[str, Any]]:
    """Every line of a golden file of JSON Lines."""
    return [json.loads(line) for line in unpacked(name).splitlines()]


def _value(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value


@cache
def golden_rows() -> dict[str, dict[Key, Row]]:
    """Every stored row, by table."""
    found: dict[str, dict[Key, Row]] = {name: {} for name in TABLES}
    for line in lines("rows.jsonl.xz"):
        key = Key(TABLES[line["table"]], tuple(line["key"]))
        found[line["table"]][key] = Row(key, {name: _value(value) for name, value in line["columns"].items()})
    return found


@cache
def payloads() -> dict[str, bytes]:
    """Every payload that was delivered, by the SHA-256 of its bytes."""
    payload_lines = lines("payloads.jsonl.xz")
    return {
        one["sha256"]: one["text"].encode() if "text" in one else base64.b64decode(one["base64"])
        for one in payload_lines
    }


def filled() -> MemoryStore:
    """A store in memory with every golden row."""
    store = MemoryStore()
    for own in golden_rows().values():
        store.rows.update({key: row.columns for key, row in own.items()})
    return store


def different(expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> dict[Any, tuple[Any, Any]]:
    """Where two tables of values differ: what was expected, and what was found."""
    names = {**expected, **found}
    return {n: (expected.get(n), found.get(n)) for n in names if expected.get(n) != found.get(n)}


def rows_of(store: Any, name: str) -> dict[Any, Mapping[str, Any]]:
    """Every row of a table in `store`."""
    return {row.key.values: row.columns for row in store.after(TABLES[name], ())}


def columns_of(name: str) -> dict[Any, Mapping[str, Any]]:
    """Every golden row of a table."""
    return {key.values: row.columns for key, row in golden_rows()[name].items()}


@cache
def decided_otherwise() -> frozenset[str]:
    """The records to which present rules give another status, by key."""
    records = {read_record(row).key: row for row in golden_rows()["records"].values()}
    return frozenset(k for k, row in records.items() if record_again(row)["status"] != row.columns["status"])
