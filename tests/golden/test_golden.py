"""What version 0.1.0 stored is read for ever: see README.md beside this file."""

from __future__ import annotations

import base64
import io
import json
import lzma
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.simulation.memory_store import MemoryStore

# -------------------------------------------------------------------------------------------------------------------
# All that this file asks of the product. When code moves or is renamed, change the lines up to the next rule alone.
from opsctl import backup, migration, quarantine
from opsctl.cli.at_once import STATE_FILE
from opsctl.cli.local import local
from opsledger import pipeline
from opsledger.deadline import Deadline
from opsledger.eci_poller.api import EciApi
from opsledger.eci_poller.poller import Poller
from opsledger.intake.understand import Refused, understand
from opsledger.ledger import former, queries
from opsledger.ledger.codec import read_transition
from opsledger.ledger.notification import Notification
from opsledger.ledger.quarantine import quarantine_columns, read_quarantined
from opsledger.ledger.rows import ledger_put, read_ledger, read_record, record_columns
from opsledger.rpc import Page
from opsledger.settings import read as read_settings
from opsledger.store import Key, Row
from opsledger.store.old_tables import OLD
from opsledger.store.tables import CURSORS, LEDGER, QUARANTINE, RECORDS
from yunmock.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

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
    return polled.pages, polled.groups, polled.finished


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the golden data folder."""
    (tmp_path / STATE_FILE).write_bytes(unpacked("data/cloud.sqlite.xz"))
    return tmp_path


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The local cloud's clock stands where the folder was made, so that no timer strikes."""
    monkeypatch.setattr(Clock, "now_ms", lambda _self: LAST_MS)


def test_the_folder_has_what_it_should() -> None:
    """The golden rows have every table and every special case that later code must go on reading."""
    rows = golden_rows()
    assert {name: len(own) for name, own in rows.items()} == {
        "ledger": 664,
        "records": 276,
        "quarantine": 13,
        "cursors": 4,
    }
    states = [json.loads(str(row.columns["state"])) for row in rows["records"].values()]
    assert any(state["truncated"] and len(state["transitions"]) == 100 for state in states)
    assert any(len(state.get("also", ())) == 2 for state in states)
    for column in ("overdue_since", "presumed_since"):
        assert any(column in row.columns for row in rows["records"].values()), column
    heads = [row for row in rows["quarantine"].values() if row.key.values[1] == 0]
    assert {str(row.columns["reason"]) for row in heads} == {*REASONS, "resolved:unknown_type"}
    assert any(row.columns["parts"] == 2 for row in heads)


def test_every_payload_is_understood_the_same() -> None:
    """Record, status, moment, owner and form of every sample are what they were, and so is every refusal."""
    understood_lines = lines("understood.jsonl.xz")
    assert len(understood_lines) == len(payloads()) > 600
    wrong = {}
    for line in understood_lines:
        expected = [{n: v for n, v in one.items() if n not in KEYS_OF_THEN} for one in line["found"]]
        expected = [one if "refused" not in one else old for one, old in zip(expected, line["found"], strict=True)]
        found = understood_as(payloads()[line["sha256"]])
        if found != expected:
            wrong[line["sha256"]] = [
                different(old, new) for old, new in zip(expected, found, strict=False) if old != new
            ] or f"{len(expected)} deliveries were understood, now {len(found)}"
    assert not wrong, f"{len(wrong)} payloads are understood otherwise, the first: {next(iter(wrong.items()))}"


def test_every_stored_step_is_known_again() -> None:
    """The key that a stored transition gets as it is read is that of the same event received now.

    Where the row has no content and the key needs a value that was not stored, the event says which key it had.
    """
    by_former = 0
    for line in lines("understood.jsonl.xz"):
        for old, new in zip(line["found"], understand(payloads()[line["sha256"]], RECEIVED_MS), strict=True):
            if isinstance(new, Refused):
                continue
            assert renewed_key(old["kind"], old["written"], new.content) == new.transition.key, old
            if renewed_key(old["kind"], old["written"], "") != new.transition.key:
                assert (old["kind"], former.present_keys([new])) == (
                    "system-event",
                    {old["transition"]: new.transition.key},
                )
                assert new.transition.status not in ("Inquiring", "Scheduled")
                by_former += 1
    assert by_former > 100


def ends_are_tied(record: Record) -> bool:
    """Whether several ends are of the last moment."""
    moves = record.catalog_kind().lifecycle.moves
    ends = [t.moment or 0 for t in record.transitions.values() if not moves[t.status]]
    return ends.count(max(ends)) > 1


@cache
def decided_otherwise() -> frozenset[str]:
    """The records to which present rules give another status, by key."""
    records = {read_record(row).key: row for row in golden_rows()["records"].values()}
    return frozenset(k for k, row in records.items() if record_again(row)["status"] != row.columns["status"])


DEADLINE = {"not_before", "due"}
TIED = {"status", "type", "severity", "outcome"}


def test_a_record_is_written_as_it_was_read() -> None:
    """Every stored record is read, and written again gives the same columns but where the rules have changed.

    An ended event keeps the deadline of its announcement, not that of its end. Of two ends at one moment the later in
    the lifecycle's table counts, not the one with the greater key. One id for several resources is an anomaly.
    """
    changed: list[frozenset[str]] = []
    for row in golden_rows()["records"].values():
        again = {name: value for name, value in record_again(row).items() if value is not None}
        old = {name: value for name, value in row.columns.items() if name not in GONE_COLUMNS}
        assert all(type(again[name]) is type(value) for name, value in old.items()), row.key.values
        assert read_record(Row(row.key, again)) == read_record(row)
        names = different(old, again).keys() - {"state"} - NEW_COLUMNS
        if names <= DEADLINE:
            assert not names or row.columns["terminal"]
        elif names <= DEADLINE | TIED | {"anomalies"} and names & TIED:
            assert ends_are_tied(read_record(row))
        else:
            assert names == {"anomalies"}
            assert read_record(row).also
        changed.append(frozenset(names))
    assert [changed.count(frozenset(names)) for names in ((), DEADLINE, {"anomalies"})] == [258, 11, 1]


@pytest.mark.parametrize(("table", "again"), [("ledger", ledger_again), ("quarantine", quarantine_again)])
def test_a_row_is_written_as_it_was_read(table: str, again: Callable[[Row], Mapping[str, Any]]) -> None:
    """Every stored row is read, and written again gives the very same columns."""
    for row in golden_rows()[table].values():
        if table == "quarantine" and row.key.values[1] != 0:
            continue  # the rest of a payload has no facts of its own
        found = {n: value for n, value in again(row).items() if value is not None and n not in NEW_COLUMNS}
        old = {name: value for name, value in row.columns.items() if name not in NEW_COLUMNS | GONE_COLUMNS}
        kept = {name: old[name] for name in found if name in old}
        assert not different(kept, found), row.key.values
        assert all(type(found[name]) is type(value) for name, value in kept.items()), row.key.values
        rest = old.keys() - found.keys()
        assert (
            rest
            <= {
                "ledger": {"transition", "content", "form", "received", "request_id"},
                "quarantine": {"size", "parts", "bytes"},
            }[table]
        ), row.key.values


def test_a_ledger_row_reads_as_its_payload() -> None:
    """Every ledger row that a payload wrote gives the transition that the payload gives now."""
    made: dict[tuple[str, str], dict[str, Notification]] = {}
    for payload in payloads().values():
        for item in understand(payload, RECEIVED_MS):
            if isinstance(item, Notification):
                made.setdefault((item.record.key, item.content), {})[item.transition.key] = item
    compared = 0
    for row in golden_rows()["ledger"].values():
        by_key = made.get((str(row.columns["record"]), str(row.columns["content"])))
        if by_key is not None:
            (stored,) = read_ledger(row).transitions.values()
            now = by_key[stored.key]
            assert stored.join(now.transition)._replace(issued_at=None) == stored._replace(issued_at=None)
            assert ledger_put(now, "").key.values[0] == row.key.values[0]
            compared += 1
    assert compared > 500


def test_a_quarantined_payload_is_whole() -> None:
    """Every quarantined payload is found by its digest with its exact bytes, one in two parts among them."""
    store = filled()
    digests = [str(key.values[0])[5:] for key in golden_rows()["quarantine"] if key.values[1] == 0]
    entries = [quarantine.find(store, digest) for digest in digests]
    refused = {
        found["digest"] for line in lines("understood.jsonl.xz") for found in line["found"] if "refused" in found
    }
    resolved = [entry for entry in entries if entry.resolved is not None]
    assert [entry.became[0][0] for entry in resolved] == ["recorded"]
    assert {entry.digest for entry in entries if entry.resolved is None} == refused
    assert max(len(entry.payload) for entry in entries) == 1_800_000
    for entry in entries:
        found = understood_as(entry.payload)
        if entry.resolved is None:
            assert (found[0]["refused"], found[0]["digest"]) == (entry.reason, entry.digest)


def test_delivering_everything_again_is_known() -> None:
    """Every payload delivered again is a duplicate: no record gets a step, and no stored row of the ledger changes.

    The ledger gets a row under the present key the first time, and none the second time.
    """
    store = filled()
    before = {name: rows_of(store, name) for name in ("ledger", "records", "cursors")}
    for name, payload in payloads().items():
        assert became(payload, store) <= {"duplicate", "quarantined"}, name
    once = rows_of(store, "ledger")
    assert not different(before["ledger"], {key: once[key] for key in before["ledger"]})
    assert not different(before["cursors"], rows_of(store, "cursors"))
    for key, columns in rows_of(store, "records").items():
        old, new = (read_record(Row(Key(RECORDS, key), some)) for some in (before["records"][key], columns))
        assert steps(old) == steps(new), key
        assert record_columns(new)["status"] == record_columns(old)["status"]
    for payload in payloads().values():
        became(payload, store)
    assert not different(once, rows_of(store, "ledger"))
    assert rows_of(store, "quarantine").keys() == columns_of("quarantine").keys()


def test_the_backup_is_imported() -> None:
    """The backup gives an empty store the same ledger, quarantine and records, but for the sweeper's marks."""
    store = MemoryStore()
    backup.restore(
        store,
        io.BytesIO(unpacked("backup.jsonl.xz")),
        lambda: Deadline(StandingClock(), 30.0),
        "golden",
        lambda _at: None,
    )
    for table in ("ledger", "quarantine"):
        found = {key: {n: v for n, v in row.items() if n != "bucket"} for key, row in rows_of(store, table).items()}
        assert not different(columns_of(table), found), table
    heads = [(key[0], row["bucket"]) for key, row in rows_of(store, "quarantine").items() if key[1] == 0]
    assert all(name.startswith(bucket) for name, bucket in heads)
    expected = {key.values: unmarked(row) for key, row in golden_rows()["records"].items()}
    records = {key.values: unmarked(Row(key, columns)) for key, columns in store.rows.items() if key.table == RECORDS}
    # The ledger has every account of one id, a record of 0.1.0 only one.
    several = {key.values for key, row in golden_rows()["records"].items() if read_record(row).also}
    for key in several:
        assert different(expected.pop(key), records.pop(key)).keys() <= {"anomalies"}
    assert not different(expected, records)


def test_a_backup_of_the_rows_is_the_backup() -> None:
    """What is exported of the golden rows is the golden backup, line for line."""
    file = io.BytesIO()
    backup.export(filled(), file, resume=False, on_rows=lambda _share: None)
    found, expected = file.getvalue().splitlines(), unpacked("backup.jsonl.xz").splitlines()
    as_read = [[json.loads(line) for line in text] for text in (found, expected)]
    assert as_read[0][1:] == as_read[1][1:]
    assert as_read[0][0].keys() == as_read[1][0].keys()
    assert as_read[0][0]["opsledger"] == as_read[1][0]["opsledger"]  # the format is still that of 0.1.0


class Region:
    """A region of ECI that keeps which pages it was asked for; it has two more."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.asked: list[str | None] = []

    def container_groups(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
        """An empty page, and the token of another after the first."""
        if ids:  # a group that is no longer listed is asked for once more
            return Page([{"containerGroupId": group, "status": "Running"} for group in ids], None)
        self.asked.append(next_token)
        return Page([], "the-last-page" if len(self.asked) == 1 else None)

    def events(self, ids: Sequence[str], *, since_s: int | None, next_token: str | None = None) -> Page:
        """Nothing happened."""
        del ids, since_s, next_token
        return Page([], None)


@pytest.mark.parametrize("region", ["cn-shanghai", "cn-shenzhen"])
def test_a_poll_goes_on_from_its_cursor(region: str) -> None:
    """A round that version 0.1.0 began is taken up at its next page, and dated by when it began."""
    (old,) = [row.columns for row in golden_rows()["cursors"].values() if str(row.key.values[0]).endswith(region)]
    store, api = filled(), Region(region)
    assert poll(api, store, StandingClock()) == (2, 0, True)
    assert api.asked == [old["next_token"], "the-last-page"]
    (new,) = [columns for key, columns in rows_of(store, "cursors").items() if str(key[0]).endswith(region)]
    assert new["high_water"] == old["round_began"]
    assert not {"round_began", "next_token"} & new.keys()


@pytest.mark.usefixtures("still")
def test_the_folder_opens(folder: Path) -> None:
    """The local cloud opens the folder, and the tables in it have every row, by key and through their indexes."""
    with opened(folder) as here:
        assert not different(columns_of("ledger"), rows_of(here.store, "ledger"))
        for name, again in (("records", record_again), ("quarantine", quarantine_again)):
            moved = {k: as_before(c) for k, c in rows_of(here.store, name).items()}
            old = {
                key.values: as_before(again(row) if "revision" in row.columns else row.columns)
                for key, row in golden_rows()[name].items()
            }
            assert not different(old, {k: {n: c[n] for n in old[k]} for k, c in moved.items()}), name
        found: list[Record] = list(queries.records(here.store, queries.Filter()))
        records = {key: row.columns for key, row in golden_rows()["records"].items()}
        assert sorted(record.key for record in found) == sorted(str(key.values[0])[5:] for key in records)
        assert len(decided_otherwise()) < 10
        for status in {str(columns["status"]).lower() for columns in records.values()}:
            wanted = {
                str(k.values[0])[5:] for k, columns in records.items() if str(columns["status"]).lower() == status
            }
            listed = {record.key for record in queries.records(here.store, queries.Filter(status=status))}
            assert listed - decided_otherwise() == wanted - decided_otherwise(), status
        late = {str(key.values[0])[5:] for key, columns in records.items() if "overdue_since" in columns}
        assert {record.key for record in queries.overdue(here.store)} == late


@pytest.mark.usefixtures("still")
def test_the_folder_is_gone_on_with(folder: Path) -> None:
    """On the folder itself, what comes again is known, and a round of the poller goes on to its end."""
    with opened(folder) as here:
        for payload in list(payloads().values())[::25]:
            if len(payload) < 1_000_000:
                assert became(payload, here.store) <= {"duplicate", "quarantined"}, payload[:200]
        stored = rows_of(here.store, "ledger")
        assert not different(columns_of("ledger"), {key: stored[key] for key in columns_of("ledger")})
        api = EciApi(read_settings(None, ACCOUNT_KEYS), "cn-shenzhen")
        # Of its 41 groups on three pages, version 0.1.0 read the first page.
        assert poll(api, here.store, StandingClock()) == (2, 21, True)


@pytest.mark.usefixtures("still")
def test_the_command_line_lists_every_record(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`opsledger --data FOLDER records --json` tells every record of the golden folder."""
    from opsctl.cli import main  # noqa: PLC0415 - the command line reads its words as it starts

    with opened(folder):
        pass
    monkeypatch.setattr("sys.argv", ["opsledger", "--data", str(folder), "records", "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    listed = json.loads(capsys.readouterr().out)
    assert sorted(one["record"] for one in listed) == sorted(str(key.values[0])[5:] for key in golden_rows()["records"])
