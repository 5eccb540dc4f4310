"""The local cloud's file fails: one line that says what to do, exit code 1, and nothing is lost or changed."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from opsctl.cli.at_once import STATE_FILE
from opsctl.cli.options import DONE, FAILED, USAGE
from opsledger.store.tablestore import LOGGER
from yunmock.storage import sqlite
from yunmock.storage.data_file import REMEDIES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import MakeEvent
    from tests.e2e.conftest import Ran

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
COMMANDS = (("records",), ("rebuild",), ("quarantine", "list"), ("publish",))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_of_another_program_is_left_alone(
    run: Callable[..., Ran], event: MakeEvent, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Its folder gets no file of ours, and its table stays."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    with closing(sqlite3.connect(theirs / STATE_FILE)) as db:
        db.execute("CREATE TABLE item (price)")
    before = (theirs / STATE_FILE).read_bytes()

    ran = run(*command, given=event(), data=theirs)

    assert (ran.code, ran.out, ran.err.count("\n")) == (FAILED, "", 1)
    assert "it belongs to another program: name another folder or file" in ran.err
    assert [path.name for path in theirs.iterdir()] == [STATE_FILE]
    assert (theirs / STATE_FILE).read_bytes() == before


@pytest.mark.parametrize("command", COMMANDS)
def test_damaged_values(run: Callable[..., Ran], event: MakeEvent, tmp_path: Path, command: tuple[str, ...]) -> None:
    """Whatever reads them first: the file is named, and what to do."""
    run("publish", given=event())
    (file,) = tmp_path.rglob(STATE_FILE)
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE entry SET value = x'ff'")

    ran = run(*command, given=event(REBOOT, "Executing"))

    assert (ran.code, ran.err.count("\n")) == (FAILED, 1), ran.err
    assert f"{file}: cannot keep the state: a value in it cannot be read" in ran.err


def test_a_failure_of_the_store_is_one_line(
    run: Callable[..., Ran], event: MakeEvent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK logs the failure too; Python writes errors that no handler takes to standard error."""
    monkeypatch.setattr(logging.getLogger(LOGGER), "handlers", [])
    run("publish", given=event())
    (file,) = tmp_path.rglob(STATE_FILE)
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE entry SET value = x'ff' WHERE instr(value, CAST('ecs:event:' AS BLOB))")

    ran = run("records")

    assert (ran.code, ran.out, ran.err.count("\n")) == (FAILED, "", 1), ran.err
    assert "opsledger: Tablestore answered OTSInternalServerError: " in ran.err


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_where_the_folder_should_be(
    run: Callable[..., Ran], event: MakeEvent, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """The error names the option."""
    (tmp_path / "file").write_bytes(b"mine")
    ran = run(*command, given=event(), data=tmp_path / "file")

    assert (ran.code, ran.err) == (
        FAILED,
        f"opsledger: {tmp_path / 'file'}: this is a file: name a folder with --data\n",
    )
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_a_full_disk(
    run: Callable[..., Ran], event: MakeEvent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line says what to do; with more space the same command is done, and what was there is there."""
    assert run("publish", given=event(REBOOT, "Scheduled")).code == DONE
    pages = (tmp_path / "data" / STATE_FILE).stat().st_size // 4096
    full = f"PRAGMA max_page_count={pages + 1}"
    events = [event(REBOOT, "Scheduled", seed=str(number)) for number in range(40)]
    with monkeypatch.context() as patched:
        patched.setattr(sqlite, "SETTINGS", (*sqlite.SETTINGS, full))
        ran = run("publish", given=events)

        assert ran.code == FAILED
        assert f"is full: {REMEDIES['disk is full']}" in ran.err + ran.out
        assert "Traceback" not in ran.err
    assert run("publish", given=events).code == DONE
    assert len(run("records", "--json").json) == 41
    assert "0 differ" in run("rebuild").out


def test_an_export_continues_no_other_file(run: Callable[..., Ran], event: MakeEvent, tmp_path: Path) -> None:
    """It is not changed."""
    run("publish", given=event())
    (tmp_path / "list").write_bytes(b"milk\nbread\n")
    ran = run("export", "--resume", str(tmp_path / "list"))

    assert (ran.code, "is not a backup" in ran.err) == (FAILED, True)
    assert (tmp_path / "list").read_bytes() == b"milk\nbread\n"


@pytest.mark.parametrize("place", ["999999999999", "50", "0", "", "27 ", "²", "9" * 30])
def test_an_import_goes_on_at_no_other_place(
    run: Callable[..., Ran], event: MakeEvent, tmp_path: Path, place: str
) -> None:
    """Such as that in a longer file of the same name, which it would look for without end."""
    run("publish", given=event())
    run("export", str(tmp_path / "backup"))
    (tmp_path / "backup.imported").write_text(place)

    ran = run("import", "--resume", str(tmp_path / "backup"))

    assert (ran.code, ran.out) == (USAGE, "")
    assert "backup.imported does not say where the import stopped" in ran.err


def test_the_place_of_an_import_is_never_half_written(
    run: Callable[..., Ran], event: MakeEvent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is killed while it writes it leaves the place before."""
    run("publish", given=event())
    run("export", str(tmp_path / "backup"))
    first_line = (tmp_path / "backup").read_bytes().index(b"\n") + 1
    (tmp_path / "backup.imported").write_text(str(first_line))

    def killed(path: Path, text: str) -> None:
        path.write_bytes(b"")
        raise KeyboardInterrupt(text)

    with monkeypatch.context() as patched:
        patched.setattr(type(tmp_path), "write_text", killed)
        stopped = run("import", "--resume", str(tmp_path / "backup"))
    resumed = run("import", "--resume", str(tmp_path / "backup"))

    assert (stopped.code, resumed.code) == (130, 0)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["backup"]


def test_a_rebuild_goes_on_behind_a_record(run: Callable[..., Ran], event: MakeEvent) -> None:
    """Of all records only."""
    run("publish", given=[event(seed=seed) for seed in "abc"])
    keys = sorted(one["record"] for one in run("records", "--json").json)
    compared = [run("rebuild", "--json", "--after", key).json["compared"] for key in keys]

    assert sorted(compared) == [0, 1, 2]
    assert run("rebuild", "--after", keys[0], "--kind", REBOOT).code == USAGE


def test_the_page_has_every_failure(root: Path) -> None:
    """What SQLite may say and what to do is in docs/operations.md as it is printed."""
    page = (root / "docs" / "operations.md").read_text(encoding="utf-8")
    for said, remedy in REMEDIES.items():
        assert f"| `{said}` | {remedy.partition('; what was')[0]} |" in page
