"""`opsledger migrate` on the folder that version 0.1 left, and what the other commands say before."""

from __future__ import annotations

import lzma
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from opsctl.cli.at_once import STATE_FILE
from opsctl.cli.local import local
from opsctl.cli.options import DONE, FAILED
from opsledger.store.tables import LEDGER, OLD_LEDGER, OLD_QUARANTINE, OLD_RECORDS, QUARANTINE, RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.e2e.conftest import Ran

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

ROWS = {"ledger": 664, "records": 276, "quarantine": 13}
NEW = {"ledger": LEDGER, "records": RECORDS, "quarantine": QUARANTINE}
OLD = {"ledger": OLD_LEDGER, "records": OLD_RECORDS, "quarantine": OLD_QUARANTINE}
KILLED_AFTER = (1, 2, 3)
"""So many batches are noted when the migration is killed."""


@pytest.fixture
def folder(tmp_path: Path, root: Path) -> Path:
    """The data folder of version 0.1, in `tests/golden`."""
    data = tmp_path / "data"
    data.mkdir()
    packed = (root / "tests" / "golden" / "data" / "cloud.sqlite.xz").read_bytes()
    (data / STATE_FILE).write_bytes(lzma.decompress(packed))
    return data


def said(verb: str, moved: Mapping[str, int], there: Mapping[str, int]) -> list[str]:
    """What a migration prints."""
    return [f"{name}: {moved.get(name, 0)} {verb}, {there.get(name, 0)} there already" for name in ROWS]


def test_rows_are_moved_and_commands_go_on(run: Callable[..., Ran], folder: Path) -> None:
    """Before, every command says what to do; a dry run changes nothing; afterwards all records are listed."""
    refused = run("records", data=folder)
    dry = run("migrate", "--dry-run", data=folder)
    still = run("quarantine", "list", data=folder)
    done = run("migrate", data=folder)

    assert (refused.code, still.code) == (FAILED, FAILED)
    assert "opsledger migrate" in refused.err
    assert dry.out.splitlines() == said("would be moved", ROWS, {})
    assert (done.code, done.out.splitlines()) == (DONE, said("moved", ROWS, {}))
    assert len(run("records", "--json", data=folder).json) == ROWS["records"]
    assert "0 differ" in run("rebuild", "--resource", "i-bp1w7gg0zkp4a2zdds", data=folder).out
    dry = run("migrate", "--dry-run", data=folder)
    assert dry.out.splitlines() == said("would be moved", {}, ROWS)


def test_a_folder_without_old_tables_needs_no_migration(run: Callable[..., Ran]) -> None:
    """And says so."""
    assert run("records").code == DONE
    assert run("migrate").out == "there are no tables of version 0.1\n"


def rows(folder: Path) -> dict[str, Any]:
    """Every row of the new tables, less the columns about how it was written."""
    with local(folder, migrating=True) as here:
        return {
            f"{name} {row.key.values}": {n: v for n, v in row.columns.items() if n not in ("revision", "writer")}
            for name, table in NEW.items()
            for row in here.store.after(table, ())
        }


@contextmanager
def migrating(folder: Path, *, resume: bool) -> Iterator[subprocess.Popen[str]]:
    """A migration in another process, in small batches; it prints a line for each."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from opsctl import migration\n"
        "from opsctl.cli import deadlines\n"
        "from opsctl.cli.local import local\n"
        "migration.BATCH_ROWS = 50\n"
        "def say(share): print(share, flush=True)\n"
        "with local(Path(sys.argv[1]), migrating=True) as here:\n"
        "    tables = migration.old_tables(here.store)\n"
        "    migration.migrate(here.store, tables, deadlines.deadline, deadlines.writer(),\n"
        "                      resume=bool(int(sys.argv[2])), on_share=say)\n"
    )
    command = [sys.executable, "-c", program, str(folder), str(int(resume))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:  # noqa: S603 - our own program
        try:
            yield process
        finally:
            process.kill()


def test_a_migration_that_is_killed_loses_nothing(run: Callable[..., Ran], folder: Path, tmp_path: Path) -> None:
    """`kill -9` again and again, then once to the end: the tables are those of a migration that nothing interrupted."""
    whole = tmp_path / "whole"
    whole.mkdir()
    (whole / STATE_FILE).write_bytes((folder / STATE_FILE).read_bytes())
    assert run("migrate", data=whole).code == DONE

    seen = []
    for number, batches in enumerate(KILLED_AFTER):
        with migrating(folder, resume=number > 0) as process:
            assert process.stdout is not None
            shares = [float(process.stdout.readline()) for _ in range(batches)]
        assert process.returncode < 0  # it was killed
        seen.append(shares[-1])
        assert run("records", data=folder).code == FAILED  # not done, so the other commands still refuse
    assert seen == sorted(set(seen))  # each went on where the one before was killed
    assert run("migrate", "--resume", data=folder).code == DONE

    assert rows(folder) == rows(whole)
    assert len(rows(whole)) == sum(ROWS.values())
    with local(folder) as here:
        assert {name: sum(1 for _ in here.store.after(table, ())) for name, table in OLD.items()} == ROWS
