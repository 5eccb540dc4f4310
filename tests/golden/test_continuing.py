"""What version 0.1.0 began is gone on with: deliveries, a backup, a round of the poller; see README.md."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from tests.golden.stored import (
    StandingClock,
    became,
    columns_of,
    different,
    filled,
    golden_rows,
    payloads,
    poll,
    rows_of,
    steps,
    unmarked,
    unpacked,
)
from tests.simulation.memory_store import MemoryStore

from opsctl import backup
from opsledger.deadline import Deadline
from opsledger.ledger.rows import read_record, record_columns
from opsledger.rpc import Page
from opsledger.store import Key, Row
from opsledger.store.tables import RECORDS

if TYPE_CHECKING:
    from collections.abc import Sequence


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
