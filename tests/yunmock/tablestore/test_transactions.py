"""Local transactions: seen by themselves, then by all or by nobody."""

from __future__ import annotations

from typing import Any

import pytest
from tablestore import (
    INF_MAX,
    INF_MIN,
    PK_AUTO_INCR,
    BatchWriteRowRequest,
    Condition,
    DeleteRowItem,
    PutRowItem,
    Row,
    SecondaryIndexMeta,
    TableInBatchWriteRowItem,
)

IGNORE = Condition("IGNORE")
KEY = [("place", "STRING"), ("at", "INTEGER")]


def key(at: int, place: str = "a") -> list[Any]:
    """The key of a row."""
    return [("place", place), ("at", at)]


@pytest.fixture
def table(make_table: Any, client: Any) -> str:
    """A table with an index, and one row at ("a", 1)."""
    name: str = make_table(
        "places", key=KEY, defined=[("x", "INTEGER")], indexes=[SecondaryIndexMeta("by_x", ["x"], [])]
    )
    client.put_row(name, Row(key(1), [("x", 1)]))
    return name


@pytest.fixture
def transaction(client: Any, table: str) -> str:
    """A transaction open on partition "a"."""
    name: str = client.start_local_transaction(table, [("place", "a")])
    return name


def seen(client: Any, table: str, transaction: str | None = None) -> dict[int, int]:
    """What partition "a" holds: at -> x."""
    span = [[("place", "a"), ("at", end)] for end in (INF_MIN, INF_MAX)]
    rows = client.get_range(table, "FORWARD", *span, transaction_id=transaction)[2]
    return {row.primary_key[1][1]: row.attribute_columns[0][1] for row in rows}


def test_writes_appear_with_the_commit(client: Any, table: str, transaction: str) -> None:
    """Until it commits, a transaction's puts, updates and deletions are its own; then they are everyone's."""
    client.put_row(table, Row(key(2), [("x", 2)]), IGNORE, transaction_id=transaction)
    client.update_row(table, Row(key(3), {"PUT": [("x", 3)]}), IGNORE, transaction_id=transaction)
    client.delete_row(table, key(1), IGNORE, transaction_id=transaction)
    assert (seen(client, table), seen(client, table, transaction)) == ({1: 1}, {2: 2, 3: 3})
    assert client.get_row(table, key(1), transaction_id=transaction)[1] is None
    assert client.get_row(table, key(1))[1] is not None
    client.commit_transaction(transaction)

    assert seen(client, table) == {2: 2, 3: 3}
    low, high = ([("x", end), ("place", end), ("at", end)] for end in (INF_MIN, INF_MAX))
    rows = client.get_range("by_x", "FORWARD", low, high)[2]
    assert [row.primary_key[0][1] for row in rows] == [2, 3]


def test_an_abort_leaves_nothing(client: Any, table: str, transaction: str) -> None:
    """What an aborted transaction wrote was never there."""
    client.put_row(table, Row(key(2), [("x", 2)]), IGNORE, transaction_id=transaction)
    client.abort_transaction(transaction)

    assert seen(client, table) == {1: 1}


def test_a_batch_belongs_to_a_transaction(client: Any, table: str, transaction: str) -> None:
    """BatchWriteRow with a transaction's id writes in it."""
    request = BatchWriteRowRequest()
    items = [PutRowItem(Row(key(2), [("x", 2)]), IGNORE), DeleteRowItem(Row(key(1)), IGNORE)]
    request.add(TableInBatchWriteRowItem(table, items))
    request.set_transaction_id(transaction)
    assert client.batch_write_row(request).is_all_succeed()
    assert seen(client, table) == {1: 1}
    client.commit_transaction(transaction)

    assert seen(client, table) == {2: 2}


def test_conditions_see_the_transactions_writes(client: Any, table: str, transaction: str, refused: Any) -> None:
    """A row written in the transaction exists for its later writes."""
    client.put_row(table, Row(key(2), [("x", 2)]), Condition("EXPECT_NOT_EXIST"), transaction_id=transaction)

    with refused("OTSConditionCheckFail", "Row exists which is expected nonexistent"):
        client.put_row(table, Row(key(2), [("x", 2)]), Condition("EXPECT_NOT_EXIST"), transaction_id=transaction)


def test_others_cannot_write_meanwhile(client: Any, table: str, transaction: str, refused: Any) -> None:
    """While a transaction holds a partition key, writes and transactions of others on it conflict."""
    with refused("OTSRowOperationConflict", "Data is being modified by the other request.", 409):
        client.put_row(table, Row(key(9), [("x", 9)]))
    with refused("OTSRowOperationConflict", status=409):
        client.start_local_transaction(table, [("place", "a")])
    client.put_row(table, Row(key(9, "b"), [("x", 9)]))
    client.commit_transaction(transaction)
    client.put_row(table, Row(key(9), [("x", 9)]))

    assert seen(client, table) == {1: 1, 9: 9}


def test_a_transaction_lasts_a_minute(client: Any, cloud: Any, table: str, refused: Any) -> None:
    """After 60 seconds a transaction is over, its writes are gone and its partition key is free."""
    cloud.clock.freeze()
    transaction = client.start_local_transaction(table, [("place", "a")])
    client.put_row(table, Row(key(2), [("x", 2)]), IGNORE, transaction_id=transaction)
    cloud.clock.advance(60)

    with refused("OTSSessionNotExist"):
        client.commit_transaction(transaction)
    client.put_row(table, Row(key(3), [("x", 3)]))
    assert seen(client, table) == {1: 1, 3: 3}


@pytest.mark.parametrize("end", ["commit_transaction", "abort_transaction"])
def test_a_transaction_ends_once(client: Any, transaction: str, refused: Any, end: str) -> None:
    """What is over can be neither committed nor aborted; what never was is refused in other words."""
    getattr(client, end)(transaction)

    with refused("OTSSessionNotExist"):
        getattr(client, end)(transaction)
    with refused("OTSParameterInvalid", "TransactionID is invalid.", 400):
        getattr(client, end)("no such transaction")


def test_a_transaction_is_within_its_partition_and_table(
    client: Any, make_table: Any, table: str, transaction: str, refused: Any
) -> None:
    """Rows of another partition key or another table are out of a transaction's reach."""
    other = make_table("other", key=KEY)

    with refused("OTSParameterInvalid", "The partition key of the row differs from that of the transaction."):
        client.put_row(table, Row(key(2, "b"), [("x", 2)]), IGNORE, transaction_id=transaction)
    with refused("OTSParameterInvalid", "The table of the row differs from that of the transaction."):
        client.put_row(other, Row(key(2), [("x", 2)]), IGNORE, transaction_id=transaction)


def test_a_range_in_a_transaction_is_within_its_partition(
    client: Any, table: str, transaction: str, refused: Any
) -> None:
    """A range that leaves the partition key is out of a transaction's reach."""
    with refused("OTSParameterInvalid", "The partition key of the row differs from that of the transaction."):
        client.get_range(table, "FORWARD", key(0), key(0, "b"), transaction_id=transaction)


def test_a_transaction_goes_with_its_table(
    client: Any, make_table: Any, table: str, transaction: str, refused: Any
) -> None:
    """Deleting the table ends the transaction; a table made under the same name is free of it."""
    client.delete_table(table)
    make_table(table, key=KEY)
    client.put_row(table, Row(key(1), [("x", 5)]))

    with refused("OTSSessionNotExist"):
        client.commit_transaction(transaction)
    assert seen(client, table) == {1: 5}


def test_a_transactions_size_is_limited(client: Any, service: Any, table: str, transaction: str, refused: Any) -> None:
    """A transaction holds 4 MB; what does not fit is refused and the rest stays."""
    assert service.limits.transaction_bytes == 4 * 1024 * 1024
    service.limits.transaction_bytes = 100
    client.put_row(table, Row(key(2), [("x", 2)]), IGNORE, transaction_id=transaction)

    with refused("OTSParameterInvalid"):
        client.put_row(table, Row(key(3), [("text", "x" * 100)]), IGNORE, transaction_id=transaction)
    assert seen(client, table, transaction) == {1: 1, 2: 2}


def test_where_transactions_are_not_to_be_had(client: Any, service: Any, make_table: Any, refused: Any) -> None:
    """A table with auto-increment has none, and a service may be set to have none at all."""
    counted = make_table("counted", key=[("id", "STRING"), ("n", "INTEGER", PK_AUTO_INCR)])
    with refused("OTSParameterInvalid"):
        client.start_local_transaction(counted, [("id", "a")])
    service.settings.local_transactions = False
    plain = make_table("plain")
    message = "Try to call method using explicit transaction on explicit-transaction-disabled table."
    with refused("OTSParameterInvalid", message):
        client.start_local_transaction(plain, [("id", "a")])
