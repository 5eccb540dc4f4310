"""Secondary indexes: kept in step, sparse, read by their name, never written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tablestore import (
    INF_MAX,
    INF_MIN,
    BatchGetRowRequest,
    Condition,
    Row,
    SecondaryIndexMeta,
    SecondaryIndexType,
    TableInBatchGetRowItem,
    TableOptions,
)

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = [("place", "STRING"), ("id", "STRING")]
DEFINED = [("status", "STRING"), ("due", "INTEGER"), ("note", "STRING"), ("open", "BOOLEAN"), ("size", "DOUBLE")]
BY_STATUS = SecondaryIndexMeta("by_status", ["status", "due"], ["note"])
WITHIN_PLACE = SecondaryIndexMeta("within_place", ["place", "due"], ["note"], SecondaryIndexType.LOCAL_INDEX)
BOTH = [BY_STATUS, WITHIN_PLACE]
KEYS = {"by_status": ["status", "due", "place", "id"], "within_place": ["place", "due", "id"]}


@pytest.fixture
def table(make_table: Any) -> str:
    """A table with a global and a local index."""
    name: str = make_table("records", key=KEY, defined=DEFINED, indexes=BOTH)
    return name


def put(client: Any, name: str, **columns: Any) -> None:
    """Put one row at place p."""
    client.put_row("records", Row([("place", "p"), ("id", name)], list(columns.items())))


def entries(client: Any, index: str = "by_status") -> list[Any]:
    """The index's keys, in order, without their names."""
    low, high = ([(name, end) for name in KEYS[index]] for end in (INF_MIN, INF_MAX))
    rows = client.get_range(index, "FORWARD", low, high)[2]
    assert all([name for name, _ in row.primary_key] == KEYS[index] for row in rows)
    return [tuple(value for _, value in row.primary_key) for row in rows]


def test_rows_are_found_in_the_indexes_order(client: Any, table: str) -> None:
    """An index orders rows by its columns, then by what is left of the table's key."""
    put(client, "1", status="open", due=2)
    put(client, "2", status="open", due=-1)
    put(client, "3", status="done", due=5)

    assert table == "records"
    assert entries(client) == [("done", 5, "p", "3"), ("open", -1, "p", "2"), ("open", 2, "p", "1")]
    assert entries(client, "within_place") == [("p", -1, "2"), ("p", 2, "1"), ("p", 5, "3")]


@pytest.mark.usefixtures("table")
def test_an_index_has_its_columns_and_their_timestamps(client: Any) -> None:
    """An index's row holds the columns it was given, with the table's timestamps, and no others."""
    put(client, "1", status="open", due=2, note="n", other="o")
    base = client.get_row("records", [("place", "p"), ("id", "1")])[1]
    key = [("status", "open"), ("due", 2), ("place", "p"), ("id", "1")]

    row = client.get_row("by_status", key)[1]

    assert row.primary_key == key
    assert row.attribute_columns == [column for column in base.attribute_columns if column[0] == "note"]
    request = BatchGetRowRequest()
    request.add(TableInBatchGetRowItem("by_status", [key], max_version=1))
    assert client.batch_get_row(request).get_result_by_table("by_status")[0].row.primary_key == key


@pytest.mark.usefixtures("table")
def test_indexes_follow_updates_and_deletions(client: Any) -> None:
    """A changed column moves the entry, a removed one and a deleted row take it away."""
    key = [("place", "p"), ("id", "1")]
    put(client, "1", status="open", due=2, note="n")
    client.update_row("records", Row(key, {"PUT": [("status", "done")]}), Condition("EXPECT_EXIST"))
    assert entries(client) == [("done", 2, "p", "1")]
    client.update_row("records", Row(key, {"DELETE_ALL": ["due"]}), Condition("EXPECT_EXIST"))
    assert entries(client) == []
    put(client, "1", status="open", due=3)
    assert entries(client) == [("open", 3, "p", "1")]
    client.delete_row("records", key, Condition("IGNORE"))

    assert (entries(client), entries(client, "within_place")) == ([], [])


@pytest.mark.usefixtures("table")
def test_indexes_are_sparse(client: Any) -> None:
    """A row that lacks a column of an index, or has it of another type, is not in that index."""
    put(client, "1", due=1)
    put(client, "2", status="open")
    put(client, "3", status=7, due=1)

    assert entries(client) == []
    assert entries(client, "within_place") == [("p", 1, "1"), ("p", 1, "3")]


@pytest.mark.usefixtures("table")
def test_indexes_cannot_be_written(client: Any, refused: Any) -> None:
    """What changes a table is refused for the table behind an index."""
    row = Row([("status", "s"), ("due", 1), ("place", "p"), ("id", "1")], [("note", "n")])
    changes: list[Callable[[], Any]] = [
        lambda: client.put_row("by_status", row),
        lambda: client.delete_row("by_status", row.primary_key, Condition("IGNORE")),
        lambda: client.delete_table("by_status"),
        lambda: client.update_table("by_status", TableOptions(-1, 1)),
        lambda: client.create_secondary_index("by_status", BY_STATUS, include_base_data=False),
        lambda: client.start_local_transaction("by_status", [("status", "s")]),
    ]
    for change in changes:
        with refused("OTSParameterInvalid", "Can't write index table directly.", 400):
            change()


def test_an_index_can_be_made_and_dropped_later(client: Any, make_table: Any, refused: Any) -> None:
    """CreateIndex takes in what is there when asked to; DropIndex removes the index and its rows."""
    make_table("records", key=KEY, defined=DEFINED)
    put(client, "1", status="open", due=2)
    client.create_secondary_index("records", BY_STATUS, include_base_data=False)
    assert entries(client) == []
    client.delete_secondary_index("records", "by_status")
    assert client.describe_table("records").secondary_indexes == []
    with refused("OTSObjectNotExist"):
        entries(client)
    client.create_secondary_index("records", BY_STATUS, include_base_data=True)

    assert entries(client) == [("open", 2, "p", "1")]


def test_dropping_what_is_no_index_is_refused(client: Any, table: str, refused: Any) -> None:
    """DropIndex of an unknown name is refused."""
    with refused("OTSObjectNotExist", status=404):
        client.delete_secondary_index(table, "nothing")


def test_a_global_index_can_lag(client: Any, cloud: Any, service: Any, table: str) -> None:
    """A lagging global index shows changes when the clock has passed them; a local one at once."""
    assert table == "records"
    cloud.clock.freeze()
    service.settings.index_lag_ms = 500
    put(client, "1", status="open", due=2)
    cloud.clock.advance(0.3)
    put(client, "1", status="done", due=2)
    assert (entries(client), entries(client, "within_place")) == ([], [("p", 2, "1")])
    cloud.clock.advance(0.2)
    assert entries(client) == [("open", 2, "p", "1")]
    cloud.clock.advance(0.3)
    assert entries(client) == [("done", 2, "p", "1")]


@pytest.mark.usefixtures("table")
def test_a_lowered_lag_keeps_the_order_of_changes(client: Any, cloud: Any, service: Any) -> None:
    """What was on its way when the lag was taken away arrives before what comes after it."""
    service.settings.index_lag_ms = 10_000
    put(client, "1", status="open", due=2)
    service.settings.index_lag_ms = 0
    put(client, "1", status="done", due=2)

    assert entries(client) == [("done", 2, "p", "1")]
    cloud.clock.advance(20)
    assert entries(client) == [("done", 2, "p", "1")]


def test_an_index_is_not_read_while_it_is_built(
    client: Any, cloud: Any, service: Any, make_table: Any, refused: Any
) -> None:
    """An index over existing rows takes as long to build as a global index lags, and is refused until then."""
    cloud.clock.freeze()
    make_table("records", key=KEY, defined=DEFINED)
    put(client, "1", status="open", due=2)
    service.settings.index_lag_ms = 1000
    client.create_secondary_index("records", BY_STATUS, include_base_data=True)

    with refused("OTSParameterInvalid", "Disallow read index table in building base state"):
        entries(client)
    cloud.clock.advance(1)
    assert entries(client) == [("open", 2, "p", "1")]


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (SecondaryIndexMeta("i", ["unknown"], []), "Column does not exist:unknown."),
        (SecondaryIndexMeta("i", ["status"], ["unknown"]), "Column does not exist:unknown."),
        (SecondaryIndexMeta("i", ["size"], []), "Invalid column type, only STRING,INTEGER,BINARY is allowed."),
        (SecondaryIndexMeta("i", ["open"], []), "Invalid column type, only STRING,INTEGER,BINARY is allowed."),
        (SecondaryIndexMeta("i", [], []), "The number of index columns must be in range: [1, 4]."),
        (
            SecondaryIndexMeta("i", ["status", "due", "note", "place", "id"], []),
            "The number of index columns must be in range: [1, 4].",
        ),
        (SecondaryIndexMeta("i", ["status"], ["status"]), "Duplicated index column name: 'status'."),
        (SecondaryIndexMeta("1", ["status"], []), "Invalid table name: '1'."),
        (
            SecondaryIndexMeta("i", ["due"], [], SecondaryIndexType.LOCAL_INDEX),
            "The first primary key of a local index must be the first primary key of the table.",
        ),
    ],
)
def test_an_index_that_breaks_a_rule_is_refused(
    client: Any, make_table: Any, refused: Any, index: Any, message: str
) -> None:
    """Each rule about indexes has its own words, when the table is made and later."""
    with refused("OTSParameterInvalid", message, 400):
        make_table("records", key=KEY, defined=DEFINED, indexes=[index])
    make_table("records", key=KEY, defined=DEFINED)
    with refused("OTSParameterInvalid", message, 400):
        client.create_secondary_index("records", index, include_base_data=False)


def test_a_table_has_five_indexes_at_most(client: Any, make_table: Any, refused: Any) -> None:
    """The sixth index is refused."""
    indexes = [SecondaryIndexMeta(f"i{n}", ["due"], []) for n in range(5)]
    make_table("records", key=KEY, defined=DEFINED, indexes=indexes)

    with refused("OTSParameterInvalid", "The number of indexes on one table exceeds the limit: 5."):
        client.create_secondary_index("records", BY_STATUS, include_base_data=False)


def test_an_indexed_table_has_one_version(client: Any, make_table: Any, refused: Any) -> None:
    """Indexes and several versions exclude each other, in either order."""
    message = "Max versions must be 1 on a table with secondary indexes."
    with refused("OTSParameterInvalid", message):
        make_table("records", key=KEY, defined=DEFINED, indexes=BOTH, max_version=2)
    make_table("records", key=KEY, defined=DEFINED, indexes=BOTH)
    with refused("OTSParameterInvalid", message):
        client.update_table("records", TableOptions(-1, 2))


def test_an_indexed_table_takes_no_timestamps(client: Any, cloud: Any, table: str, refused: Any) -> None:
    """A write to an indexed table cannot name a version."""
    row = Row([("place", "p"), ("id", "1")], [("status", "open", cloud.clock.now_ms())])

    with refused("OTSParameterInvalid", "Timestamp cannot be given on a table with secondary indexes."):
        client.put_row(table, row)


def test_both_kinds_of_index_cost_a_read(client: Any, table: str) -> None:
    """A write to a table with a local and a global index reads one unit even without a condition."""
    units, _ = client.put_row(table, Row([("place", "p"), ("id", "1")], [("status", "open")]))

    assert (units.read, units.write) == (1, 1)


def test_deleting_the_table_deletes_its_indexes(client: Any, table: str, refused: Any) -> None:
    """An index goes with its table, and its name is free again."""
    client.delete_table(table)

    with refused("OTSObjectNotExist"):
        entries(client)
