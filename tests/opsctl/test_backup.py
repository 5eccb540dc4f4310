"""Export and import: a restored backup equals the original, after repeats and interruptions too."""

from __future__ import annotations

import base64
import io
import json
import random
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from opsctl.backup import BackupError, Copied, export, restore
from opsctl.rebuild import Which, rebuild
from opsledger.deadline import Deadline
from opsledger.store.tables import RECORDS, hashed, unhashed

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
        (b"[]", "line 1 is not JSON: not a JSON object"),
        (b'{"table":"records","key":["a"],"columns":{}}', "line 1 is not the first line of a backup"),
        (b'{"opsledger":9}', "line 1 says format 9"),
        (b'{"opsledger":1,"schema":99}', "line 1 says format 1, schema 99: import it with the version that made it"),
    ],
)
def test_a_file_that_is_not_a_backup_is_refused(harness: PipelineHarness, line: bytes, message: str) -> None:
    """Before any row of that batch is written, with the line number."""
    with pytest.raises(BackupError, match=message):
        restored(harness, line + b"\n")
    assert harness.dump() == {}


def bomb(line: dict[str, Any], size: int | None = None) -> None:
    """A few hundred KB that would unpack to 300 MB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(300)) + packer.flush()
    line["columns"]["bytes"] = {"base64": base64.b64encode(packed).decode()}
    line["columns"]["size"] = size or line["columns"]["size"]


def column(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Damage that replaces a column, or removes it if the value is None."""

    def replace(line: dict[str, Any]) -> None:
        line["columns"] = {n: v for n, v in {**line["columns"], name: value}.items() if v is not None}

    return replace


def key(position: int, value: Any) -> Callable[[dict[str, Any]], None]:
    """Damage that replaces a part of the key."""

    def replace(line: dict[str, Any]) -> None:
        line["key"][position] = value

    return replace


def step(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Damage that replaces a field of a ledger row's transition."""

    def replace(line: dict[str, Any]) -> None:
        fields = {**json.loads(line["columns"]["transition"]), name: value}
        line["columns"]["transition"] = json.dumps(fields)

    return replace


DAMAGE: dict[str, tuple[str, Callable[[dict[str, Any]], None], str]] = {
    "no columns": ("ledger", lambda line: line.update(columns=7), "has no columns"),
    "another table": ("ledger", lambda line: line.update(table="records"), "is not a line of a backup"),
    "a short key": ("ledger", lambda line: line["key"].pop(), "is not a line of a backup"),
    "a text for a time": ("ledger", key(1, "1"), "has a key that ledger cannot have"),
    "true for a time": ("ledger", key(1, value=True), "has a key that ledger cannot have"),
    "a huge time": ("ledger", key(1, 2**63), "has a key that ledger cannot have"),
    "a wrong hash": ("ledger", key(0, "zzzz:ecs:instance:i"), "has a key that ledger cannot have"),
    "another resource": ("ledger", key(0, hashed("ecs:instance:i")), "under the key of another resource"),
    "no transition": ("ledger", column("transition", None), "without the right transition"),
    "a broken transition": ("ledger", column("transition", "{"), "is a damaged row of ledger: NotJsonError"),
    "an empty transition": ("ledger", column("transition", "{}"), "is a damaged row of ledger: TypeError"),
    "a number for a status": ("ledger", column("status", 3), "without the right status"),
    "a null column": ("ledger", lambda line: line["columns"].update(region=None), "a column 'region' that no row"),
    "a fraction": ("ledger", column("received", 1.5), "a column 'received' that no row"),
    "half a pair": ("ledger", column("region", "\ud800"), "is not JSON: not text"),
    "no base64": ("quarantine", column("bytes", {"base64": "*"}), "a column 'bytes' that is not base64"),
    "bytes as text": ("quarantine", column("bytes", "abc"), "without the right bytes"),
    "no revision": ("quarantine", column("revision", None), "without the right revision"),
    "errors that are none": ("quarantine", column("errors", "[[1,2,3]]"), "is a damaged row of quarantine"),
    "other bytes": ("quarantine", column("bytes", {"base64": "eJwDAAAAAAE="}), "do not unpack to the"),
    "not packed": ("quarantine", column("bytes", {"base64": "AAAA"}), "quarantine are damaged"),
    "another digest": ("quarantine", key(0, hashed("0" * 64)), "under the digest of another"),
    "a bomb": ("quarantine", bomb, "do not unpack to the"),
    "a bomb that says so": (
        "quarantine",
        lambda line: bomb(line, 300_000_000),
        "is a payload of 300000000 bytes in 1 parts, which no function can have received",
    ),
    "refused for no reason": ("quarantine", column("reason", "moon"), "was refused for 'moon', which is no reason"),
    "first received in 1970": ("quarantine", column("first_received", 0), "of a moment that cannot be"),
    "last received in 33658": ("quarantine", column("last_received", 10**15), "of a moment that cannot be"),
    "resolved in 33658": ("quarantine", column("resolved", 10**15), "of a moment that cannot be"),
    "received in 33658": ("ledger", column("received", 10**15), "is a row of ledger of a moment that cannot be"),
    "a content that is none": ("ledger", column("content", "[]"), "is a damaged row of ledger: NotJsonError"),
    "a step in 33658": ("ledger", step("at", 10**15), "is a damaged row of ledger: OverflowError"),
    "a million parts": ("quarantine", column("parts", 10**6), "bytes in 1000000 parts"),
}


@pytest.mark.parametrize(("table", "damage", "message"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_row_is_refused(
    harness: PipelineHarness,
    make_harness: MakeHarness,
    event: MakeEvent,
    table: str,
    damage: Callable[[dict[str, Any]], None],
    message: str,
) -> None:
    """The error names the line; what was imported before can be listed, and memory stays bounded."""
    fill(harness, event, records=2)
    lines = [json.loads(line) for line in exported(harness).splitlines()]
    number = max(n for n, line in enumerate(lines) if line.get("table") == table and line["key"][-1] != 1)
    damage(lines[number])
    other = make_harness()
    tracemalloc.start()
    with pytest.raises(BackupError, match=message) as refused:
        restored(other, b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert str(refused.value).startswith(f"line {number + 1} ")
    assert other.dump() == {}
    assert peak < 20_000_000


@pytest.mark.parametrize(
    ("part", "damage"),
    [
        (1, column("bytes", {"base64": "AA=="})),
        (2, column("bytes", {"base64": ""})),
        (0, column("size", 4_000_001)),
        (0, column("size", 3_999_999)),
    ],
)
def test_a_payload_of_several_rows_is_checked_as_a_whole(
    harness: PipelineHarness, make_harness: MakeHarness, part: int, damage: Callable[[dict[str, Any]], None]
) -> None:
    """Each of its rows could be right: the last one, or the first that cannot be, is refused."""
    harness.process(random.Random(5).randbytes(4_000_000))  # noqa: S311 - data that cannot be compressed
    lines = [json.loads(line) for line in exported(harness).splitlines()]
    damage(next(line for line in lines if line.get("key", [""])[-1] == part))
    damaged = b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    with pytest.raises(BackupError, match=r"line [34] is a part of a payload in quarantine that does not fit"):
        restored(make_harness(), damaged)
    restored(make_harness(), exported(harness))


def test_a_damaged_line_leaves_earlier_batches(
    harness: PipelineHarness, make_harness: MakeHarness, event: MakeEvent
) -> None:
    """They are whole rows, which every command can read; the repaired file gives the rest, from where it stopped."""
    fill(harness, event, records=300)
    good = exported(harness).splitlines(keepends=True)
    other, stood = make_harness(), list[int]()
    with pytest.raises(BackupError, match="line 550 is not JSON"):
        restored(other, b"".join([*good[:549], b"{\n", *good[550:]]), stood.append)

    assert len(other.ledger()) == 499
    assert all(one.same for one in rebuild(other.store, Which(), lambda: Deadline(other.clock, 10)))
    with pytest.raises(BackupError, match="line 550 is not JSON"):
        restored(other, b"".join([*good[:549], b"{\n", *good[550:]]), start=stood[-1])
    restored(other, b"".join(good), start=stood[-1])
    assert other.dump() == harness.dump()


def test_a_backup_that_was_cut_gives_the_rows_it_has(
    harness: PipelineHarness, make_harness: MakeHarness, event: MakeEvent
) -> None:
    """Cut inside a line, too; its position is before that line, so that the continued file can be imported on."""
    fill(harness, event, records=2)
    whole = exported(harness)
    cut = len(whole) // 2
    other, stood = make_harness(), list[int]()
    with pytest.raises(BackupError, match="not finished"):
        restored(other, whole[:cut], stood.append)

    assert len(other.ledger()) == whole[:cut].count(b"\n") - 1
    assert stood == [whole.rindex(b"\n", 0, cut) + 1]
    restored(other, whole, start=stood[0])
    assert other.dump() == harness.dump()


@pytest.mark.parametrize(("content", "message"), [(b"milk", "is not a backup"), (b'{"opsledger"', "not finished")])
def test_a_file_without_a_whole_line_is_taken_for_what_it_is(
    make_harness: MakeHarness, content: bytes, message: str
) -> None:
    """For a backup only if it begins like one: of any other file, nothing "was imported"."""
    with pytest.raises(BackupError, match=message):
        restored(make_harness(), content)


def test_a_missing_line_is_noticed(harness: PipelineHarness, make_harness: MakeHarness, event: MakeEvent) -> None:
    """The last line counts the rows; what is there is imported."""
    fill(harness, event, records=2)
    lines = exported(harness).splitlines(keepends=True)
    other = make_harness()
    with pytest.raises(BackupError, match="some are missing"):
        restored(other, b"".join(lines[:2] + lines[3:]))

    assert len(other.ledger()) == len(harness.ledger()) - 1


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
