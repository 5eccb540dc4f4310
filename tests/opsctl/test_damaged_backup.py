"""Import of damaged backups: a damaged line is named and refused, and what is whole is imported."""

from __future__ import annotations

import base64
import json
import random
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from tests.opsctl.backups import exported, fill, restored

from opsctl.backup import BackupError
from opsctl.rebuild import Which, rebuild
from opsledger.deadline import Deadline
from opsledger.store.tables import hashed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import MakeEvent, MakeHarness, PipelineHarness


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
