"""Rows of every version so far: read as they are, and written in today's."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.opsledger.ledger.present_rows import FOLDER, UNKNOWN, deliver
from tests.simulation.memory_store import MemoryStore

from opsctl import quarantine
from opsctl.rebuild import Which, rebuild
from opsledger import catalog
from opsledger.deadline import Deadline
from opsledger.ledger.codec import SCHEMA
from opsledger.store import Key
from opsledger.store.tables import LEDGER, QUARANTINE, RECORDS, TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.conftest import MakeHarness, PipelineHarness

VERSIONS = sorted(FOLDER.glob("*.json"))
PRESENT = FOLDER / f"{SCHEMA}.json"


def stored(file: Path) -> MemoryStore:
    """A store with the rows of one version."""
    store, tables = MemoryStore(), {table.name: table for table in TABLES}
    for row in json.loads(file.read_text(encoding="utf-8"))["rows"]:
        columns = {n: base64.b64decode(v["base64"]) if isinstance(v, dict) else v for n, v in row["columns"].items()}
        store.rows[Key(tables[row["table"]], tuple(row["key"]))] = columns
    return store


@pytest.fixture(params=VERSIONS, ids=lambda file: file.stem)
def old(request: pytest.FixtureRequest, make_harness: MakeHarness) -> PipelineHarness:
    """A harness on the rows of each version in turn."""
    return make_harness(stored(request.param))


def test_there_are_rows_of_the_present_version() -> None:
    """A new version adds its rows to the data."""
    assert PRESENT in VERSIONS
    assert len(VERSIONS) > SCHEMA


def test_the_present_version_has_the_columns_of_its_rows(
    make_harness: MakeHarness, vendor_samples: Sequence[dict[str, Any]]
) -> None:
    """To add, drop or rename a column, raise the version and add its rows."""
    harness = make_harness()
    for sample in (*vendor_samples, UNKNOWN):
        deliver(harness, sample)

    assert {key: set(columns) for key, columns in stored(PRESENT).rows.items()} == {
        key: set(columns)
        for key, columns in harness.store.rows.items()  # type: ignore[attr-defined]
    }


def test_old_rows_read_as_new_ones(
    old: PipelineHarness, make_harness: MakeHarness, vendor_samples: Sequence[dict[str, Any]]
) -> None:
    """A row of any version gives the record that today's code makes from the same events.

    The key of a step whose publish time was not stored is today's once the step is delivered again.
    """
    harness = make_harness()
    for sample in vendor_samples:
        deliver(harness, sample)

    assert without_keys(harness.records()) == without_keys(old.records())
    for sample in vendor_samples:
        deliver(old, sample)
    assert harness.records() == old.records()


def without_keys(records: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The records without the keys of their transitions."""
    return json.loads(json.dumps(records), object_hook=lambda value: {k: v for k, v in value.items() if k != "key"})  # type: ignore[no-any-return]


def test_a_redelivery_is_a_duplicate_of_an_old_row(
    old: PipelineHarness, vendor_samples: Sequence[dict[str, Any]]
) -> None:
    """It adds no transition to a record; the ledger gets at most one row more of each, under its present key."""
    before, rows = transitions(old), len(old.ledger())

    assert [deliver(old, sample) for sample in vendor_samples] == [{"duplicate": 1}] * len(vendor_samples)
    assert transitions(old) == before
    assert len(old.ledger()) <= rows + len(vendor_samples)
    after = len(old.ledger())
    for sample in vendor_samples:
        deliver(old, sample)
    assert len(old.ledger()) == after


def transitions(harness: PipelineHarness) -> dict[str, list[str]]:
    """The statuses of each record."""
    return {key: sorted(step["status"] for step in record["transitions"]) for key, record in harness.records().items()}


def test_the_next_write_upgrades_the_row(old: PipelineHarness, vendor_samples: Sequence[dict[str, Any]]) -> None:
    """A record that moves is written with today's version and all its columns."""
    (sample,) = (s for s in vendor_samples if s["name"] == "Instance:StateChange")
    content = {**sample["content"], "state": "Stopped"}
    moved = {**sample, "content": content, "eventTime": "20190410T121826.922+0800"}

    assert deliver(old, moved) == {"recorded": 1}
    (row,) = (r for r in old.store.walk(RECORDS, []) if r.columns["kind"] == "instance-state")
    assert row.columns["schema"] == SCHEMA
    assert {"status", "bucket", "last_seen", "terminal"} <= row.columns.keys()
    assert row.columns["status"] == "Stopped"


def test_rebuilding_upgrades_every_row(old: PipelineHarness) -> None:
    """After a rebuild the rows of every version are alike, with the same steps as before."""
    before = transitions(old)
    first = list(rebuild(old.store, Which(resource=old.stored()[0].resource_id), deadline(old), apply=True))
    again = list(rebuild(old.store, Which(), deadline(old)))

    assert not any(one.problem for one in first)
    assert transitions(old) == before
    assert len(again) == len(first) == len(old.stored())
    assert all(one.same for one in again)


def test_an_old_quarantine_entry_can_be_replayed(old: PipelineHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarantined payload of any version is whole, and is recorded once the catalogue knows its type."""
    spec, _ = catalog.find("ecs:Instance:PerformanceModeChange")
    monkeypatch.setitem(catalog._EVENT_TYPES, str(UNKNOWN["type"]), spec)
    (entry,) = old.quarantine()
    replayed = quarantine.replay(old.store, entry.digest, Deadline(old.clock, 10), "replay")

    assert json.loads(entry.payload) == UNKNOWN
    assert replayed.became[0].outcome == "quarantined"
    assert replayed.became[0].subject.startswith("malformed_content")
    (row,) = old.store.walk(QUARANTINE, [])
    assert (row.columns["schema"], row.columns["replays"], row.columns["reason"]) == (SCHEMA, 1, "malformed_content")


def test_ledger_rows_are_never_rewritten(old: PipelineHarness) -> None:
    """Neither by a redelivery nor by a rebuild."""
    before = [(row.key, dict(row.columns)) for row in old.ledger()]
    list(rebuild(old.store, Which(), deadline(old), apply=True))

    assert [(row.key, dict(row.columns)) for row in old.store.walk(LEDGER, [])] == before


def deadline(harness: PipelineHarness) -> Any:
    """Makes deadlines on the clock of the harness."""
    return lambda: Deadline(harness.clock, 10)
