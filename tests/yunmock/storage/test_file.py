"""The SQLite file: the cost of an operation does not depend on the file's size, and files of earlier versions open."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from yunmock.__main__ import main
from yunmock.errors import DataFileError
from yunmock.storage import checkpoints, sqlite
from yunmock.storage.data_file import APPLICATION_ID, REMEDIES
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
    """The file with the state."""
    return tmp_path / "state.sqlite"


@pytest.fixture
def storage(path: Path) -> Iterator[SqliteStorage]:
    """An empty storage."""
    with closing(SqliteStorage(path)) as storage:
        yield storage


def raw(storage: SqliteStorage, name: str = "rows") -> Space[bytes]:
    """A space of bytes."""
    return storage.space(name, bytes, bytes)


def fill(storage: SqliteStorage, numbers: range) -> None:
    """Put a value for each number, at hashed keys, which have no order."""
    space = raw(storage)
    with storage.atomic():
        for number in numbers:
            space.put(sha256(b"%d" % number).digest(), VALUE)


def steps(storage: SqliteStorage, job: Callable[[], object]) -> int:
    """How many instructions SQLite's virtual machine runs for `job`."""
    run: list[None] = []
    storage._db.set_progress_handler(lambda: run.append(None), 1)
    job()
    storage._db.set_progress_handler(None, 1)
    return len(run)


OPERATIONS: dict[str, Callable[[Space[bytes]], object]] = {
    "get": lambda space: space.get(b"m"),
    "get nothing": lambda space: space.get(b"n"),
    "put again": lambda space: space.put(b"l", VALUE),
    "put over": lambda space: space.put(b"m", VALUE[1:]),
    "delete": lambda space: space.delete(b"m"),
    "the first": lambda space: next(iter(space.scan())),
    "the last": lambda space: next(iter(space.scan(reverse=True))),
    "a few from the middle": lambda space: list(space.scan(b"m", b"m\0")),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_cost_does_not_depend_on_other_rows(
    storage: SqliteStorage, operation: Callable[[Space[bytes]], object]
) -> None:
    """With five thousand other rows SQLite takes as many steps as with a hundred."""
    taken, space = [], raw(storage)
    for numbers in (range(FEW), range(FEW, MANY)):
        fill(storage, numbers)
        space.put(b"m", VALUE)
        space.delete(b"l")
        taken.append(steps(storage, lambda: operation(space)))

    assert taken[0] == taken[1] > 0


def test_a_new_row_writes_few_pages(storage: SqliteStorage, path: Path) -> None:
    """A new row writes one page of keys and its share of a page of values, at any number of rows."""
    fill(storage, range(MANY))
    storage._checkpoints.wait()  # beside another one a checkpoint is refused, and the log left as it is
    ((refused, _, _),) = storage.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    fill(storage, range(MANY, MANY + PUTS))

    written = path.with_name(path.name + "-wal").stat().st_size / PAGE_BYTES
    assert not refused
    assert 0 < written < PUTS * (1 + 1.5 * len(VALUE) / PAGE_BYTES)


def test_file_size(storage: SqliteStorage) -> None:
    """A row takes twice its key, once its value, and less than half as much again for the trees."""
    fill(storage, range(MANY))

    ((pages,),) = storage.execute("SELECT page_count FROM pragma_page_count")
    assert int(pages) * PAGE_BYTES < 1.4 * MANY * (2 * 32 + len(VALUE))


def test_commits_are_synced_to_the_log(storage: SqliteStorage) -> None:
    """Commits go to a log that is synced before a checkpoint: a crash loses none, and a power cut corrupts nothing."""
    assert storage.execute("PRAGMA journal_mode") == [("wal",)]
    assert storage.execute("PRAGMA synchronous") == [(1,)]  # NORMAL


def test_checkpoints_run_in_the_background(storage: SqliteStorage, path: Path) -> None:
    """After enough changes a checkpoint copies them to the file, well before SQLite would make the writer do it."""
    before = path.stat().st_size
    fill(storage, range(checkpoints.CHANGES))
    storage._checkpoints.wait()

    assert storage.execute("PRAGMA wal_autocheckpoint") > storage.execute("PRAGMA page_count")
    assert path.stat().st_size > before + checkpoints.CHANGES * len(VALUE)


def test_the_log_is_reused(storage: SqliteStorage, path: Path) -> None:
    """After a checkpoint the log is reused, so it does not grow."""
    log, sizes = path.with_name(path.name + "-wal"), []
    for round_ in range(3):
        fill(storage, range(round_ * FEW, (round_ + 1) * FEW))
        storage.checkpoint()
        sizes.append(log.stat().st_size)

    assert max(sizes) < 2 * sizes[0]


def test_a_deleted_file_is_not_created_again(storage: SqliteStorage, path: Path) -> None:
    """A checkpoint of a deleted file does not create it again and raises nothing."""
    path.unlink()
    fill(storage, range(checkpoints.CHANGES))
    storage._checkpoints.wait()

    assert not path.exists()


WRITER = """
import sys
from itertools import count
from pathlib import Path
from yunmock.__main__ import main
from yunmock.errors import DataFileError
from yunmock.storage import checkpoints
from yunmock.storage.sqlite import SqliteStorage

checkpoints.CHANGES = 20
space = SqliteStorage(Path(sys.argv[1])).space("rows", bytes, bytes)
for number in count():
    space.put(b"%d" % number, bytes(1200))
    print(number, flush=True)
"""


def test_a_kill_loses_nothing_that_was_acknowledged(path: Path) -> None:
    """A process that is killed during writes and checkpoints leaves every row that it acknowledged."""
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(1_000)]
        process.kill()
        acknowledged.extend(int(line) for line in process.stdout if line.endswith("\n"))

    with closing(SqliteStorage(path)) as storage:
        assert [n for n in acknowledged if raw(storage).get(b"%d" % n) is None] == []
        assert storage.execute("PRAGMA integrity_check") == [("ok",)]


def earlier(path: Path) -> dict[str, list[tuple[bytes, bytes]]]:
    """Make a file as earlier versions did; returns its content."""
    held = {name: [(b"%03d" % n, name.encode() * n) for n in range(200)] for name in ("one", "tablestore/x/rows/y")}
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(EARLIER)
        for name, items in held.items():
            db.executemany("INSERT INTO item VALUES (?,?,?)", [(name, k, v) for k, v in items])
    return held


def test_a_file_of_an_earlier_version_opens(path: Path) -> None:
    """All its content is there, at this opening and the next."""
    held = earlier(path)

    for _ in range(2):
        with closing(SqliteStorage(path)) as storage:
            assert {name: list(raw(storage, name).scan()) for name in held} == held
            assert storage.execute("SELECT name FROM sqlite_master WHERE name='item'") == []


def test_several_open_a_file_of_an_earlier_version(path: Path) -> None:
    """The first to open it converts it, and the others find all of its content."""
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


def test_restore_is_seen_by_other_connections(storage: SqliteStorage, path: Path) -> None:
    """Another connection to the file, which has read it, sees the restored state and can go on."""
    with closing(SqliteStorage(path)) as other:
        raw(storage).put(b"a", b"1")
        taken = storage.snapshot()
        raw(other).put(b"a", b"2")
        raw(other, "late").put(b"b", b"3")
        storage.restore(taken)

        assert (raw(other).get(b"a"), raw(other, "late").get(b"b")) == (b"1", None)
        raw(other, "later").put(b"c", b"4")
        assert raw(storage, "later").get(b"c") == b"4"


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough for a header", b"SQLite format 3\0" + bytes(200), None]
)
def test_a_file_that_cannot_keep_the_state(
    path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no SQLite file, or a folder, is refused by its name, and is not changed; `serve` says so in one line."""
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)

    with pytest.raises(DataFileError, match=r"state\.sqlite: cannot keep the state: "):
        SqliteStorage(path)
    assert main(["serve", "--data", str(path)]) == 2

    error = capsys.readouterr().err
    assert (error.count("\n"), error.startswith(f"yunmock: {path}: ")) == (1, True)
    assert content is None or path.read_bytes() == content


def test_a_file_of_another_program_is_not_changed(path: Path) -> None:
    """Whether it has a table called as one of ours, or says whose it is; not one byte changes."""
    for statements in (
        ["CREATE TABLE item (id INTEGER, price REAL)", "INSERT INTO item VALUES (1, 2.5)"],
        [EARLIER, "CREATE TABLE theirs (a)"],
        ["PRAGMA application_id=7"],
        ["CREATE VIEW theirs AS SELECT 1 AS a"],
    ):
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            for statement in statements:
                db.execute(statement)
        before = path.read_bytes()

        with pytest.raises(DataFileError, match="belongs to another program: name another folder or file"):
            SqliteStorage(path)

        assert path.read_bytes() == before
        assert [file.name for file in path.parent.iterdir()] == [path.name]
        path.unlink()


def test_a_file_says_that_it_is_ours(path: Path) -> None:
    """Also one of an earlier version, once it was opened."""
    earlier(path)
    with closing(SqliteStorage(path)) as storage:
        assert storage.execute("PRAGMA application_id") == [(APPLICATION_ID,)]


def test_a_full_disk_undoes_what_was_not_acknowledged(storage: SqliteStorage, path: Path) -> None:
    """The error says what to do; what was there is there, and after more space the same storage goes on."""
    raw(storage).put(b"kept", VALUE)
    ((pages,),) = storage.execute("PRAGMA page_count")
    storage.execute(f"PRAGMA max_page_count={pages + 2}")

    with pytest.raises(DataFileError, match=r"state\.sqlite: .* is full: free some space"):
        fill(storage, range(FEW))
    with closing(SqliteStorage(path)) as other:
        assert [key for key, _ in raw(other).scan()] == [b"kept"]

    storage.execute(f"PRAGMA max_page_count={MANY}")
    fill(storage, range(FEW))
    assert len(list(raw(storage).scan())) == FEW + 1


def test_a_disk_that_refuses_to_grow_the_file(path: Path) -> None:
    """A quota ends in one error of ours, and what was acknowledged before it can be read."""
    with subprocess.Popen([sys.executable, "-c", LIMITED, str(path)], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        lines, _ = process.communicate()
    *acknowledged, last = lines.splitlines()

    assert last == f"{path}: cannot keep the state: disk I/O error: {REMEDIES['disk I/O error']}"
    assert len(acknowledged) > FEW / 2
    with closing(SqliteStorage(path)) as storage:
        assert [n for n in acknowledged if raw(storage).get(n.encode()) is None] == []


LIMITED = (
    """
import resource
from yunmock.errors import DataFileError
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
"""
    + WRITER.replace("for number in count():", "try:\n  for number in count():")
    .replace("    space.put", "      space.put")
    .replace("    print", "      print")
    + """
except DataFileError as error:
    print(error)
"""
)


def test_a_damaged_file_ends_in_one_error(path: Path) -> None:
    """Pages that were overwritten are found when they are read, if not when the file is opened."""
    with closing(SqliteStorage(path)) as storage:
        fill(storage, range(MANY))
        storage.checkpoint()
    with path.open("r+b") as file:
        file.seek(PAGE_BYTES)
        file.write(b"\xff" * 200 * PAGE_BYTES)

    with pytest.raises(DataFileError, match="malformed: it is damaged"), closing(SqliteStorage(path)) as storage:
        list(raw(storage).scan())


@pytest.mark.parametrize("read", [lambda space: space.get(b"key"), lambda space: list(space.scan())])
def test_a_damaged_value_says_so(path: Path, read: Callable[[Any], object]) -> None:
    """SQLite notices damage to its own structure alone."""
    with closing(SqliteStorage(path)) as storage:
        raw(storage).put(b"key", b"\xff")
        texts = storage.space("rows", str.encode, bytes.decode)

        with pytest.raises(DataFileError, match=r"cannot be read \(UnicodeDecodeError\): it is damaged: move it away"):
            read(texts)


def test_a_locked_file_says_so(storage: SqliteStorage, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may hold the file for a while; after that the error names it."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0)
    with (
        closing(SqliteStorage(path)) as other,
        storage.atomic(),
        pytest.raises(DataFileError, match="database is locked: another program has held it"),
    ):
        raw(other).put(b"a", b"1")
    raw(storage).put(b"a", b"1")
