"""Export and import: a restored backup equals the original, after repeats and interruptions too."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from opsctl.backup import BackupError, Copied, export, restore
from opsledger.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import MakeEvent, MakeHarness, PipelineHarness

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"


def fill(harness: PipelineHarness, event: MakeEvent, records: int = 12) -> None:
    """Put rows of every kind into the tables."""
    for number in range(records):
        for status in ("Scheduled", "Executing"):
            harness.process(event(REBOOT, status, seed=str(number)))
    harness.process([7, {"no": "event"}])
    harness.process(b"\xff\x00 no text")


def exported(harness: PipelineHarness, before: bytes = b"", *, resume: bool = False) -> bytes:
    """Export the harness, continuing with `before`."""
    file = io.BytesIO(before)
    export(harness.store, file, resume=resume, on_rows=lambda _share: None)  # type: ignore[arg-type]
    return file.getvalue()


def restored(
    harness: PipelineHarness, backup: bytes, on_bytes: Callable[[int], None] = lambda _at: None, start: int = 0
) -> Copied:
    """Restore a backup into the harness."""
    file = io.BytesIO(backup)
    file.seek(start)
    return restore(
        harness.store, file, lambda: Deadline(harness.clock, 10), f"restore-{next(harness._requests)}", on_bytes
    )


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


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"not json", "line 1 is not JSON"),
        (b"[]", "line 1 is not a line of a backup"),
        (b'{"table":"records","key":["a"],"columns":{}}', "line 1 is not a line of a backup"),
        (b'{"table":"ledger","key":["a"],"columns":{}}', "line 1 is not a line of a backup"),
        (b'{"opsledger":9}', "line 1: format 9"),
    ],
)
def test_a_file_that_is_not_a_backup_is_refused(harness: PipelineHarness, line: bytes, message: str) -> None:
    """Before any row of that batch is written, with the line number."""
    with pytest.raises(BackupError, match=message):
        restored(harness, line + b"\n")
    assert harness.dump() == {}


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
