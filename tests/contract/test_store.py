"""The contract of a store: one suite that runs on every store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsledger.store import Key, Put, Written
from opsledger.store.buckets import Paging, walk_buckets
from opsledger.store.tables import BY_KIND, BY_RESOURCE, BY_STATUS, LEDGER, QUARANTINE, RECORDS, bucket, hashed

if TYPE_CHECKING:
    from opsledger.store import Store

ONE, TWO = Key(RECORDS, ("0001:one",)), Key(RECORDS, ("0002:two",))
INDEXED: dict[str, Any] = {"kind": "k", "last_seen": 5, "status": "s", "resource_id": "i-1", "bucket": "0"}


def put(key: Key, revision: int | None = None, **columns: Any) -> Put:
    """A put of the revision after `revision`."""
    return Put(key, {"revision": (revision or 0) + 1, **columns}, revision)


def test_row_is_read_as_it_was_written(any_store: Store) -> None:
    """Text, numbers, booleans and bytes keep their value and type."""
    columns: dict[str, Any] = {
        "text": "重启 \x00 🙂",
        "empty": "",
        "number": -(2**63),
        "large": 2**63 - 1,
        "yes": True,
        "no": False,
        "bytes": bytes(range(256)),
        "nothing": b"",
    }

    assert any_store.write([put(ONE, **columns)]) == [Written.LANDED]

    row = any_store.read([ONE])[ONE]
    assert (row.key, dict(row.columns)) == (ONE, {"revision": 1, **columns})
    assert [type(row.columns[name]) for name in columns] == [type(value) for value in columns.values()]


def test_read_returns_only_existing_rows(any_store: Store) -> None:
    """A key without a row is left out, and no keys give no rows."""
    any_store.write([put(ONE)])

    assert set(any_store.read([ONE, TWO])) == {ONE}
    assert dict(any_store.read([])) == {}
    assert list(any_store.write([])) == []


def test_put_without_revision_fails_if_the_row_exists(any_store: Store) -> None:
    """A second `Put` without a revision fails and changes nothing."""
    any_store.write([put(ONE, name="first")])

    assert any_store.write([put(ONE, name="second")]) == [Written.CONDITION_FAILED]
    assert any_store.read([ONE])[ONE].columns["name"] == "first"


def test_row_without_revision_is_never_overwritten(any_store: Store) -> None:
    """A ledger row, which has no revision, is written once."""
    key = Key(LEDGER, ("0001:i-1", 5, "digest"))
    any_store.write([Put(key, {"content": "first"})])

    assert any_store.write([Put(key, {"content": "second"})]) == [Written.CONDITION_FAILED]
    assert any_store.write([Put(key, {"content": "second"}, revision=1)]) == [Written.CONDITION_FAILED]
    assert any_store.read([key])[key].columns["content"] == "first"


def test_put_with_the_stored_revision_replaces_the_row(any_store: Store) -> None:
    """The new row replaces all columns, also those that it does not have."""
    any_store.write([put(ONE, name="first", old=1)])

    assert any_store.write([put(ONE, 1, name="second")]) == [Written.LANDED]
    assert dict(any_store.read([ONE])[ONE].columns) == {"revision": 2, "name": "second"}


@pytest.mark.parametrize("revision", [0, 2, 99])
def test_put_with_another_revision_fails(any_store: Store, revision: int) -> None:
    """A writer that read another revision does not overwrite the row."""
    any_store.write([put(ONE, name="first")])

    assert any_store.write([put(ONE, revision, name="second")]) == [Written.CONDITION_FAILED]
    assert any_store.read([ONE])[ONE].columns["name"] == "first"


def test_put_with_revision_fails_if_there_is_no_row(any_store: Store) -> None:
    """A `Put` that expects a row does not create one."""
    assert any_store.write([put(ONE, 1)]) == [Written.CONDITION_FAILED]
    assert dict(any_store.read([ONE])) == {}


def test_rows_of_a_batch_succeed_or_fail_separately(any_store: Store) -> None:
    """A batch may mix tables, and its outcomes are in the order of the puts."""
    ledger, refused = Key(LEDGER, ("0001:i-1", 5, "d")), Key(QUARANTINE, ("0001:x", 0))
    any_store.write([put(ONE)])

    written = any_store.write([put(TWO), Put(ledger, {"a": 1}), put(ONE), put(refused)])

    assert written == [Written.LANDED, Written.LANDED, Written.CONDITION_FAILED, Written.LANDED]
    assert set(any_store.read([ONE, ledger, TWO, refused])) == {ONE, TWO, ledger, refused}


def test_table_is_walked_in_key_order(any_store: Store) -> None:
    """A walk sorts by each part of the key, forwards or backwards, from any prefix."""
    keys = [Key(LEDGER, (r, at, d)) for r in ("0001:a", "0001:b") for at in (9, 10, 100) for d in ("x", "y")]
    any_store.write([Put(key, {"a": 1}) for key in reversed(keys)])

    assert [row.key for row in any_store.walk(LEDGER, [])] == keys
    assert [row.key for row in any_store.walk(LEDGER, [], reverse=True)] == keys[::-1]
    assert [row.key for row in any_store.walk(LEDGER, ["0001:b"])] == keys[6:]
    assert [row.key for row in any_store.walk(LEDGER, ["0001:b", 10], reverse=True)] == keys[9:7:-1]
    assert [row.key for row in any_store.walk(LEDGER, ["0001"])] == []


def test_table_walk_returns_complete_rows(any_store: Store) -> None:
    """A walk of a table returns all columns."""
    any_store.write([put(ONE, name="x", bytes=b"\x00")])

    (row,) = any_store.walk(RECORDS, [])
    assert dict(row.columns) == {"revision": 1, "name": "x", "bytes": b"\x00"}


def test_index_is_walked_in_the_order_of_its_columns(any_store: Store) -> None:
    """A walk of an index sorts by its columns and then by the key, and returns only its columns."""
    times = {"a": 30, "b": 10, "c": 20, "d": 10}
    any_store.write([put(Key(RECORDS, (n,)), **{**INDEXED, "last_seen": at}) for n, at in times.items()])
    any_store.write([put(Key(RECORDS, ("e",)), **{**INDEXED, "kind": "other"})])

    found = list(any_store.walk(BY_KIND, ["0", "k"]))

    assert [row.key.values[0] for row in found] == ["b", "d", "c", "a"]
    assert [row.key.table for row in found] == [RECORDS] * 4
    assert dict(found[0].columns) == {"bucket": "0", "kind": "k", "last_seen": 10}
    assert [row.key.values[0] for row in any_store.walk(BY_KIND, ["0", "k"], reverse=True)] == ["a", "c", "d", "b"]
    assert [row.key.values[0] for row in any_store.walk(BY_KIND, ["0", "k", 10])] == ["b", "d"]


def test_walk_begins_and_ends_where_the_caller_says(any_store: Store) -> None:
    """The start is included and the end is not, in either direction; the first columns of each are enough."""
    keys = [Key(LEDGER, ("0001:a", at, d)) for at in (9, 10, 100) for d in ("x", "y")]
    any_store.write([Put(key, {"a": 1}) for key in keys])

    def walked(**bounds: Any) -> list[Key]:
        return [row.key for row in any_store.walk(LEDGER, ["0001:a"], **bounds)]

    assert walked(start=(10,)) == keys[2:]
    assert walked(start=(10, "y")) == keys[3:]
    assert walked(end=(10,)) == keys[:2]
    assert walked(start=(9, "y"), end=(100, "y")) == keys[1:5]
    assert walked(start=(10,), reverse=True) == keys[3::-1]
    assert walked(start=(10, "x"), reverse=True) == keys[2::-1]
    assert walked(end=(10,), reverse=True) == keys[:3:-1]
    assert walked(start=(100, "x"), end=(9, "x"), reverse=True) == keys[4:0:-1]
    assert walked(start=(101,)) == walked(end=(9,)) == []


def test_pages_have_the_size_that_is_asked_for(any_store: Store) -> None:
    """Whatever it is, a walk repeats and misses no row."""
    keys = [Key(LEDGER, ("0001:a", n, "d")) for n in range(20)]
    any_store.write([Put(key, {"a": 1}) for key in keys])
    sizes = iter([1, 1, 7, 2, *[5] * 10])

    assert [row.key for row in any_store.walk(LEDGER, ["0001:a"], page=lambda: next(sizes))] == keys


def test_buckets_are_merged_in_the_order_of_the_index(any_store: Store) -> None:
    """As if the index had none: by what follows the prefix, and by the key; from any start to any end."""
    names = [hashed(str(n)) for n in range(60)]
    rows = sorted((n // 3, name) for n, name in enumerate(names))
    any_store.write(
        [put(Key(RECORDS, (name,)), **{**INDEXED, "bucket": bucket(name), "last_seen": at}) for at, name in rows]
    )

    def walked(**options: Any) -> list[tuple[Any, Any]]:
        found = walk_buckets(any_store, BY_KIND, ["k"], **options)
        return [(row.columns["last_seen"], row.key.values[0]) for row in found]

    assert len({bucket(name) for name in names}) > 10
    assert walked() == rows
    assert walked(reverse=True, page=Paging(5)) == rows[::-1]
    assert walked(start=rows[20], end=rows[40]) == rows[20:40]
    assert walked(start=rows[20], end=(2,), reverse=True) == rows[20:8:-1]


def test_index_follows_changes_of_its_row(any_store: Store) -> None:
    """A changed column moves the row in the index, and a row without an indexed column is not in the index."""
    any_store.write([put(ONE, **INDEXED)])
    any_store.write([put(ONE, 1, **{**INDEXED, "status": "t"}), put(TWO, status="t")])

    assert list(any_store.walk(BY_STATUS, ["0", "s"])) == []
    assert [row.key for row in any_store.walk(BY_STATUS, ["0", "t"])] == [ONE]
    assert [row.key for row in any_store.walk(BY_RESOURCE, ["i-1"])] == [ONE]


def test_long_walk_returns_every_row_once(any_store: Store) -> None:
    """A walk over several pages repeats and misses no row."""
    keys = [Key(LEDGER, ("0001:a", n, "d")) for n in range(1100)]
    for start in range(0, len(keys), 200):
        any_store.write([Put(key, {"a": 1}) for key in keys[start : start + 200]])

    assert [row.key for row in any_store.walk(LEDGER, ["0001:a"])] == keys


def test_hundred_rows_are_read_and_two_hundred_written_at_once(any_store: Store) -> None:
    """The store accepts the batch sizes that `commit` uses."""
    keys = [Key(RECORDS, (f"{n:04}",)) for n in range(200)]

    assert set(any_store.write([put(key) for key in keys])) == {Written.LANDED}
    assert set(any_store.read(keys[:100])) == set(keys[:100])
