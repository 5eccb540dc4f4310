"""A backup holds what arrived; restored it is the same, as often as it is restored and wherever it was interrupted."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from opsctl.backup import BackupError, Copied, export, restore
from opsledger.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Desk, MakeDesk, MakeEvent

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"


def filled(desk: Desk, event: MakeEvent, things: int = 12) -> None:
    """Put something of everything into the tables."""
    for number in range(things):
        for status in ("Scheduled", "Executing"):
            desk.process(event(REBOOT, status, seed=str(number)))
    desk.process([7, {"no": "event"}])
    desk.process(b"\xff\x00 no text")


def exported(desk: Desk, before: bytes = b"", *, resume: bool = False) -> bytes:
    """A backup of the desk, going on with `before`."""
    file = io.BytesIO(before)
    export(desk.store, file, resume=resume, on_rows=lambda _share: None)  # type: ignore[arg-type]
    return file.getvalue()


def restored(desk: Desk, backup: bytes, on_bytes: Callable[[int], None] = lambda _at: None, start: int = 0) -> Copied:
    """Restore a backup into the desk."""
    file = io.BytesIO(backup)
    file.seek(start)
    return restore(desk.store, file, lambda: Deadline(desk.clock, 10), f"restore-{next(desk._requests)}", on_bytes)


def test_what_is_restored_is_what_was_backed_up(any_desk: Desk, make_desk: MakeDesk, event: MakeEvent) -> None:
    """Ledger and quarantine row by row, and the records that follow from the ledger."""
    filled(any_desk, event)
    other = make_desk()
    told = restored(other, exported(any_desk))

    assert other.dump() == any_desk.dump()
    assert other.ledger() == any_desk.ledger()
    assert dict(told.rows) == {"ledger": 24, "quarantine": 3}


def test_restoring_is_idempotent(desk: Desk, make_desk: MakeDesk, event: MakeEvent) -> None:
    """A second time writes nothing; into tables that have gone on since, only what is missing."""
    filled(desk, event)
    backup = exported(desk)
    other = make_desk()
    other.process(event(REBOOT, "Executed", seed="3"))
    restored(other, backup)
    rows = dict(other.store.rows)  # type: ignore[attr-defined]
    restored(other, backup)
    desk.process(event(REBOOT, "Executed", seed="3"))

    assert other.store.rows == rows  # type: ignore[attr-defined]
    assert other.records() == desk.records()


def test_an_interrupted_export_is_gone_on_with(desk: Desk, event: MakeEvent) -> None:
    """Cut off anywhere, also in the middle of a line, it ends as the one that was not interrupted."""
    filled(desk, event, things=3)
    whole = exported(desk)

    assert all(exported(desk, whole[:cut], resume=True) == whole for cut in range(0, len(whole) + 1, 97))


def test_an_interrupted_import_is_gone_on_with(desk: Desk, make_desk: MakeDesk, event: MakeEvent) -> None:
    """From where it said it stood, or from the beginning, it ends the same."""
    filled(desk, event, things=300)
    backup = exported(desk)
    stood: list[int] = []

    def crash(at: int) -> None:
        stood.append(at)
        raise KeyboardInterrupt

    for from_where_it_stood in (True, False):
        other = make_desk()
        with pytest.raises(KeyboardInterrupt):
            restored(other, backup, crash)
        assert 0 < len(other.ledger()) < len(desk.ledger())
        restored(other, backup, start=stood[-1] if from_where_it_stood else 0)
        assert other.dump() == desk.dump()


def test_a_backup_that_was_not_finished_says_so(desk: Desk, make_desk: MakeDesk, event: MakeEvent) -> None:
    """Its rows are restored all the same."""
    filled(desk, event, things=2)
    cut = exported(desk).rpartition(b'{"complete"')[0]
    other = make_desk()

    with pytest.raises(BackupError, match="not finished"):
        restored(other, cut)
    assert other.dump() == desk.dump()


def test_the_last_line_counts_the_rows(desk: Desk, event: MakeEvent) -> None:
    """Also those that an earlier run wrote."""
    filled(desk, event, things=2)
    whole = exported(desk)
    last = json.loads(exported(desk, whole[: len(whole) // 2], resume=True).splitlines()[-1])

    assert last == {"complete": {"ledger": 4, "quarantine": 3}}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"no json", "line 1 is not JSON"),
        (b"[]", "line 1 is not of a backup"),
        (b'{"table":"records","key":["a"],"columns":{}}', "line 1 is not of a backup"),
        (b'{"table":"ledger","key":["a"],"columns":{}}', "line 1 is not of a backup"),
        (b'{"opsledger":9}', "line 1: format 9"),
    ],
)
def test_what_is_no_backup_is_refused(desk: Desk, line: bytes, message: str) -> None:
    """Before anything of that part is written, with the number of the line."""
    with pytest.raises(BackupError, match=message):
        restored(desk, line + b"\n")
    assert desk.dump() == {}


def test_a_kind_that_the_catalogue_does_not_have_is_kept(desk: Desk, make_desk: MakeDesk, event: MakeEvent) -> None:
    """Its ledger row is restored, for a version that knows it; the rest is restored with its records."""
    filled(desk, event, things=2)
    lines = [json.loads(line) for line in exported(desk).splitlines()]
    strange = next(line for line in lines if line.get("table") == "ledger")
    strange["columns"]["kind"] = "from-the-future"
    other = make_desk()
    restored(other, b"".join(json.dumps(line).encode() + b"\n" for line in lines))

    assert len(other.ledger()) == len(desk.ledger())
    assert len(other.records()) == len(desk.records())


def test_progress_is_told_in_shares(desk: Desk, event: MakeEvent) -> None:
    """The hash before each key says how much of a table is done; shares never fall and end at the whole."""
    filled(desk, event, things=400)
    shares: list[Any] = []
    export(desk.store, io.BytesIO(), resume=False, on_rows=shares.append)  # type: ignore[arg-type]

    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert 0.0 < shares[0] < 0.5
