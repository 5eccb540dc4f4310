"""The SQLite file: what an operation costs does not follow how much it holds, and files of earlier versions open."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from yunmock.storage import checkpoints
from yunmock.storage.sqlite import SqliteStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from yunmock.storage import Space

EARLIER = """
CREATE TABLE item (
    space TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (space, key)
) WITHOUT ROWID
"""
PAGE_BYTES = 4096
VALUE = bytes(1200)
"""As long as a record."""
FEW, MANY = 100, 5_000
PUTS = 200


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the state is kept."""
    return tmp_path / "state.sqlite"


@pytest.fixture
def storage(path: Path) -> Iterator[SqliteStorage]:
    """A storage that holds nothing yet."""
    with closing(SqliteStorage(path)) as storage:
        yield storage


def raw(storage: SqliteStorage, name: str = "rows") -> Space[bytes]:
    """A space of bytes."""
    return storage.space(name, bytes, bytes)


def fill(storage: SqliteStorage, numbers: range) -> None:
    """Put a value for each number, at keys that are hashes and so come in no order."""
    space = raw(storage)
    with storage.atomic():
        for number in numbers:
            space.put(sha256(b"%d" % number).digest(), VALUE)


def steps(storage: SqliteStorage, job: Callable[[], object]) -> int:
    """How many instructions SQLite's machine runs for `job`."""
    run: list[None] = []
    storage._db.set_progress_handler(lambda: run.append(None), 1)
    job()
    storage._db.set_progress_handler(None, 1)
    return len(run)


OPERATIONS: dict[str, Callable[[Space[bytes]], object]] = {
    "get": lambda space: space.get(b"m"),
    "get nothing": lambda space: space.get(b"n"),
    "put anew": lambda space: space.put(b"l", VALUE),
    "put over": lambda space: space.put(b"m", VALUE[1:]),
    "delete": lambda space: space.delete(b"m"),
    "the first": lambda space: next(iter(space.scan())),
    "the last": lambda space: next(iter(space.scan(reverse=True))),
    "a few from the middle": lambda space: list(space.scan(b"m", b"m\0")),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_no_operation_looks_at_rows_it_is_not_about(
    storage: SqliteStorage, operation: Callable[[Space[bytes]], object]
) -> None:
    """Beside five thousand rows SQLite takes as many steps as beside a hundred."""
    taken, space = [], raw(storage)
    for numbers in (range(FEW), range(FEW, MANY)):
        fill(storage, numbers)
        space.put(b"m", VALUE)
        space.delete(b"l")
        taken.append(steps(storage, lambda: operation(space)))

    assert taken[0] == taken[1] > 0


def test_values_do_not_widen_the_tree_of_keys(storage: SqliteStorage, path: Path) -> None:
    """A new row writes one page of keys and its share of a page of values, however many rows there are."""
    fill(storage, range(MANY))
    storage._checkpoints.wait()  # beside another one a checkpoint is refused, and the log left as it is
    ((refused, _, _),) = storage.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    fill(storage, range(MANY, MANY + PUTS))

    written = path.with_name(path.name + "-wal").stat().st_size / PAGE_BYTES
    assert not refused
    assert 0 < written < PUTS * (1 + 1.5 * len(VALUE) / PAGE_BYTES)


def test_the_file_is_little_larger_than_what_it_holds(storage: SqliteStorage) -> None:
    """A row takes its key twice and its value once, and less than half as much again for the trees."""
    fill(storage, range(MANY))

    ((pages,),) = storage.execute("SELECT page_count FROM pragma_page_count")
    assert int(pages) * PAGE_BYTES < 1.4 * MANY * (2 * 32 + len(VALUE))


def test_what_was_acknowledged_is_the_systems(storage: SqliteStorage) -> None:
    """Commits go to a log, synced before it goes into the file: a death loses none, a power cut ruins nothing."""
    assert storage.execute("PRAGMA journal_mode") == [("wal",)]
    assert storage.execute("PRAGMA synchronous") == [(1,)]  # NORMAL


def test_the_log_goes_into_the_file_beside_those_who_write(storage: SqliteStorage, path: Path) -> None:
    """Enough changes, far from where SQLite would make their writer do it, and the file has them."""
    before = path.stat().st_size
    fill(storage, range(checkpoints.CHANGES))
    storage._checkpoints.wait()

    assert storage.execute("PRAGMA wal_autocheckpoint") > storage.execute("PRAGMA page_count")
    assert path.stat().st_size > before + checkpoints.CHANGES * len(VALUE)


def test_the_log_begins_anew(storage: SqliteStorage, path: Path) -> None:
    """Once all of it is in the file it is written over, and so grows no longer."""
    log, sizes = path.with_name(path.name + "-wal"), []
    for round_ in range(3):
        fill(storage, range(round_ * FEW, (round_ + 1) * FEW))
        storage.checkpoint()
        sizes.append(log.stat().st_size)

    assert max(sizes) < 2 * sizes[0]


def test_a_file_that_is_gone_is_not_made_again(storage: SqliteStorage, path: Path) -> None:
    """A checkpoint of a file that somebody removed leaves it removed, and disturbs nobody."""
    path.unlink()
    fill(storage, range(checkpoints.CHANGES))
    storage._checkpoints.wait()

    assert not path.exists()


WRITER = """
import sys
from itertools import count
from pathlib import Path
from yunmock.storage import checkpoints
from yunmock.storage.sqlite import SqliteStorage

checkpoints.CHANGES = 20
space = SqliteStorage(Path(sys.argv[1])).space("rows", bytes, bytes)
for number in count():
    space.put(b"%d" % number, bytes(1200))
    print(number, flush=True)
"""


def test_a_kill_loses_nothing_that_was_acknowledged(path: Path) -> None:
    """Killed while it writes, with one checkpoint after another beside, a process leaves every row it told of."""
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(1_000)]
        process.kill()
        told.extend(int(line) for line in process.stdout if line.endswith("\n"))

    with closing(SqliteStorage(path)) as storage:
        assert [n for n in told if raw(storage).get(b"%d" % n) is None] == []
        assert storage.execute("PRAGMA integrity_check") == [("ok",)]


def earlier(path: Path) -> dict[str, list[tuple[bytes, bytes]]]:
    """Make a file as earlier versions did; what it holds."""
    held = {name: [(b"%03d" % n, name.encode() * n) for n in range(200)] for name in ("one", "tablestore/x/rows/y")}
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(EARLIER)
        for name, items in held.items():
            db.executemany("INSERT INTO item VALUES (?,?,?)", [(name, k, v) for k, v in items])
    return held


def test_a_file_of_an_earlier_version_opens(path: Path) -> None:
    """All it holds is found where it was, at this opening and the next."""
    held = earlier(path)

    for _ in range(2):
        with closing(SqliteStorage(path)) as storage:
            assert {name: list(raw(storage, name).scan()) for name in held} == held
            assert storage.execute("SELECT name FROM sqlite_master WHERE name='item'") == []


def test_several_open_a_file_of_an_earlier_version(path: Path) -> None:
    """Whoever comes first brings it up to date, and the others find all of it."""
    held, gate, found = earlier(path), threading.Barrier(4), []

    def look() -> None:
        gate.wait()
        with closing(SqliteStorage(path)) as storage:
            found.append({name: list(raw(storage, name).scan()) for name in held})

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [held] * 4


def test_a_restored_snapshot_is_seen_by_all_who_have_the_file(storage: SqliteStorage, path: Path) -> None:
    """Another that has the file open, and has read it, finds the snapshot's state too, and can go on from there."""
    with closing(SqliteStorage(path)) as other:
        raw(storage).put(b"a", b"1")
        taken = storage.snapshot()
        raw(other).put(b"a", b"2")
        raw(other, "late").put(b"b", b"3")
        storage.restore(taken)

        assert (raw(other).get(b"a"), raw(other, "late").get(b"b")) == (b"1", None)
        raw(other, "later").put(b"c", b"4")
        assert raw(storage, "later").get(b"c") == b"4"
