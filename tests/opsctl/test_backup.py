"""Export and import: a restored backup equals the original, after repeats and interruptions too."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.opsctl.backups import REBOOT, exported, fill, restored

from opsctl.backup import BackupError, export
from opsledger.store.tables import RECORDS, unhashed

if TYPE_CHECKING:
    from tests.conftest import MakeEvent, MakeHarness, PipelineHarness


def test_an_import_restores_everything(
    any_harness: PipelineHarness, make_harness: MakeHarness, event: MakeEvent
) -> None:
    """The ledger and the quarantine row by row, and the records made from the ledger."""
    fill(any_harness, event)
    other = make_harness()
    copied = restored(other, exported(any_harness))

    assert other.dump() == any_harness.dump()
    assert other.ledger() == any_harness.ledger()
    assert dict(copied.rows) == {"ledger": 24, "quarantine": 3}


def test_an_import_can_be_repeated(harness: PipelineHarness, make_harness: MakeHarness, event: MakeEvent) -> None:
    """A second import writes nothing; in tables that have changed since, it writes only missing rows."""
    fill(harness, event)
    backup = exported(harness)
    other = make_harness()
    other.process(event(REBOOT, "Executed", seed="3"))
    restored(other, backup)
    rows = dict(other.store.rows)  # type: ignore[attr-defined]
    restored(other, backup)
    harness.process(event(REBOOT, "Executed", seed="3"))

    assert other.store.rows == rows  # type: ignore[attr-defined]
    assert other.records() == harness.records()


def test_an_interrupted_export_is_resumed(harness: PipelineHarness, event: MakeEvent) -> None:
    """Cut off anywhere, even inside a line, it gives the same file as without interruption."""
    fill(harness, event, records=3)
    whole = exported(harness)

    assert all(exported(harness, whole[:cut], resume=True) == whole for cut in range(0, len(whole) + 1, 97))


def test_an_interrupted_import_is_resumed(
    harness: PipelineHarness, make_harness: MakeHarness, event: MakeEvent
) -> None:
    """From the last position or from the beginning, it gives the same tables."""
    fill(harness, event, records=300)
    backup = exported(harness)
    stood: list[int] = []

    def crash(at: int) -> None:
        stood.append(at)
        raise KeyboardInterrupt

    for from_where_it_stood in (True, False):
        other = make_harness()
        with pytest.raises(KeyboardInterrupt):
            restored(other, backup, crash)
        assert 0 < len(other.ledger()) < len(harness.ledger())
        restored(other, backup, start=stood[-1] if from_where_it_stood else 0)
        assert other.dump() == harness.dump()


def test_an_unfinished_backup_is_an_error(
    harness: PipelineHarness, make_harness: MakeHarness, event: MakeEvent
) -> None:
    """Its rows are restored nevertheless."""
    fill(harness, event, records=2)
    cut = exported(harness).rpartition(b'{"complete"')[0]
    other = make_harness()

    with pytest.raises(BackupError, match="not finished"):
        restored(other, cut)
    assert other.dump() == harness.dump()


def test_the_last_line_counts_the_rows(harness: PipelineHarness, event: MakeEvent) -> None:
    """Including the rows of an earlier run."""
    fill(harness, event, records=2)
    whole = exported(harness)
    last = json.loads(exported(harness, whole[: len(whole) // 2], resume=True).splitlines()[-1])

    assert last == {"complete": {"ledger": 4, "quarantine": 3}}


@pytest.mark.parametrize("content", [b"shopping list", b"milk\n", b'{"a": 1}\n{"b": 2}\n', b"\n", b'{"opsledger":2}\n'])
def test_an_export_continues_no_other_file(harness: PipelineHarness, event: MakeEvent, content: bytes) -> None:
    """A file that is no backup stays as it is, byte for byte."""
    fill(harness, event, records=1)
    file = io.BytesIO(content)
    with pytest.raises(BackupError, match="is not a backup"):
        export(harness.store, file, resume=True, on_rows=lambda _share: None)  # type: ignore[arg-type]

    assert file.getvalue() == content


def test_an_export_continues_no_backup_of_another_ledger(
    harness: PipelineHarness, make_harness: MakeHarness, event: MakeEvent
) -> None:
    """Its last row is not in this ledger; a backup with a damaged line is not continued either."""
    fill(harness, event, records=2)
    lines = exported(harness).splitlines(keepends=True)
    file = io.BytesIO(b"".join(lines[:3]))
    with pytest.raises(BackupError, match="of another ledger"):
        export(make_harness().store, file, resume=True, on_rows=lambda _share: None)  # type: ignore[arg-type]
    assert file.getvalue() == b"".join(lines[:3])

    with pytest.raises(BackupError, match="line 3 is not JSON"):
        exported(harness, b"".join([*lines[:2], b"{\n", *lines[3:5]]), resume=True)


def test_memory_does_not_grow_with_the_backup(
    harness: PipelineHarness, make_harness: MakeHarness, event: MakeEvent
) -> None:
    """An import takes lines in batches that end at a number of bytes too."""
    padding = json.dumps(event(REBOOT, "Scheduled", padding="x" * 100_000))
    for number in range(200):
        harness.process(padding.replace('"eventId": "', f'"eventId": "{number}'))
    backup, sizes = exported(harness), list[int]()
    stood = [0]

    def on_bytes(at: int) -> None:
        sizes.append(at - stood[0])
        stood[0] = at

    restored(make_harness(), backup, on_bytes)

    assert len(backup) > 20_000_000
    assert max(sizes) < 9_000_000


def test_rows_of_an_unknown_kind_are_kept(
    harness: PipelineHarness, make_harness: MakeHarness, event: MakeEvent
) -> None:
    """The ledger row is restored for a version that knows the kind; the other rows get their records."""
    fill(harness, event, records=2)
    lines = [json.loads(line) for line in exported(harness).splitlines()]
    strange = next(line for line in lines if line.get("table") == "ledger")
    strange["columns"]["kind"] = "from-the-future"
    other = make_harness()
    restored(other, b"".join(json.dumps(line).encode() + b"\n" for line in lines))

    assert len(other.ledger()) == len(harness.ledger())
    assert len(other.records()) == len(harness.records())


def test_progress_is_given_in_shares(harness: PipelineHarness, event: MakeEvent) -> None:
    """Shares never fall, and end at 1; they come from the hash before each key."""
    fill(harness, event, records=400)
    shares: list[Any] = []
    export(harness.store, io.BytesIO(), resume=False, on_rows=shares.append)  # type: ignore[arg-type]

    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert 0.0 < shares[0] < 0.5


def due(harness: PipelineHarness) -> set[str]:
    """The records that are due for the notifier."""
    rows = harness.store.walk(RECORDS, [])
    return {unhashed(str(row.key.values[0])) for row in rows if "notify_at" in row.columns}


def test_what_only_an_import_adds_is_due(harness: PipelineHarness, make_harness: MakeHarness, event: MakeEvent) -> None:
    """Where a handler died between the tables, its redelivery is a duplicate: the import makes the record due."""
    fill(harness, event)
    other, later = make_harness(), make_harness()
    later.clock.now += 5 * 86_400_000
    restored(other, exported(harness))
    restored(later, exported(harness))

    assert due(other) == due(harness) != set()
    assert due(later) == set()
