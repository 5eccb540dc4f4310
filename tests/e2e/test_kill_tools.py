"""`kill -9` in the middle of an import and of a rebuild: run again, they end as if nothing had happened."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from opsctl import backup
from opsctl.cli import backup_file
from opsctl.cli.local import local
from opsctl.rebuild import Which, rebuild
from opsledger.deadline import Deadline, SystemClock
from opsledger.store import Put
from opsledger.store.tables import LEDGER, QUARANTINE, RECORDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeEvent, PipelineHarness

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
RECORDS_MADE = 60
KILLED_AFTER = (3, 1, 4)
"""After so many batches, or records, in one run after the other."""

IMPORT = """
import sys
from pathlib import Path
from opsctl import backup_lines
from opsctl.cli import backup_file, progress
from opsctl.cli.local import local
from contextlib import contextmanager
backup_lines.BATCH_ROWS = 10
@contextmanager
def printed(label):
    yield lambda share: print(share, flush=True)
backup_file.progress = printed
with local(Path(sys.argv[1])) as here:
    backup_file.restore(here.store, Path(sys.argv[2]), resume=True)
"""
REBUILD = """
import sys
from pathlib import Path
from opsctl.cli import deadlines
from opsctl.cli.local import local
from opsctl.rebuild import Which, rebuild
with local(Path(sys.argv[1])) as here:
    for one in rebuild(here.store, Which(), deadlines.deadline, apply=True, after=sys.argv[2]):
        print(one.key, flush=True)
"""


def killed(program: str, *arguments: str, lines: int) -> list[str]:
    """Run a program until it has printed so many lines, and kill it; what it printed."""
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:  # noqa: S603 - our own program
        assert process.stdout is not None
        with closing(process.stdout):
            printed = [process.stdout.readline().strip() for _ in range(lines)]
            process.kill()
            process.wait()
    assert process.returncode < 0  # it was killed
    return printed


def rows(folder: Path) -> dict[str, Any]:
    """Every row, less the columns about how it was written."""
    with local(folder) as here:
        return {
            f"{table.name} {row.key.values}": {n: v for n, v in row.columns.items() if n not in ("revision", "writer")}
            for table in (LEDGER, RECORDS, QUARANTINE)
            for row in here.store.after(table, ())
        }


@pytest.fixture
def file(harness: PipelineHarness, event: MakeEvent, tmp_path: Path) -> Path:
    """A backup."""
    for number in range(RECORDS_MADE):
        harness.process([event(REBOOT, status, seed=str(number)) for status in ("Scheduled", "Executing")])
    harness.process(b"no event")
    made = io.BytesIO()
    backup.export(harness.store, made, resume=False, on_rows=lambda _share: None)  # type: ignore[arg-type]
    file = tmp_path / "backup.jsonl"
    file.write_bytes(made.getvalue())
    return file


@pytest.fixture
def whole(file: Path, tmp_path: Path) -> dict[str, Any]:
    """The rows after an import that nothing interrupts."""
    with local(tmp_path / "whole") as here:
        backup_file.restore(here.store, file, resume=False)
    return rows(tmp_path / "whole")


def test_an_import_that_is_killed_loses_nothing(file: Path, whole: dict[str, Any], tmp_path: Path) -> None:
    """Each run goes on where the one before was killed; at the end every row is there, and no position is left."""
    folder, shares = tmp_path / "killed", []
    for batches in KILLED_AFTER:
        shares.append(float(killed(IMPORT, str(folder), str(file), lines=batches)[-1]))
        assert 0 < len(rows(folder)) < len(whole)
    with local(folder) as here:
        backup_file.restore(here.store, file, resume=True)

    assert shares == sorted(set(shares))
    assert rows(folder) == whole
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".imported")] == []


def test_a_rebuild_that_is_killed_loses_nothing(file: Path, whole: dict[str, Any], tmp_path: Path) -> None:
    """Behind the last record it named, or from the beginning: at the end every record is as the ledger has it."""
    folder = tmp_path / "killed"
    with local(folder) as here:
        backup_file.restore(here.store, file, resume=False)
        for row in list(here.store.after(RECORDS, ())):
            revision = int(row.columns["revision"])
            here.store.write([Put(row.key, {**row.columns, "severity": "info", "revision": revision + 1}, revision)])
    after = ""
    for records in KILLED_AFTER:
        after = killed(REBUILD, str(folder), after, lines=records)[-1]
        assert rows(folder) != whole
    with local(folder) as here:
        found = list(rebuild(here.store, Which(), lambda: Deadline(SystemClock(), 30), apply=True, after=after))
        again = list(rebuild(here.store, Which(), lambda: Deadline(SystemClock(), 30)))

    assert len(found) == RECORDS_MADE - sum(KILLED_AFTER)
    assert all(one.same for one in again)
    assert rows(folder) == whole
