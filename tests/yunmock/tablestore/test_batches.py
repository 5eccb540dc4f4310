"""Batches: every row answers for itself, the whole is refused only as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from tablestore import (
    BatchGetRowRequest,
    BatchWriteRowRequest,
    ComparatorType,
    Condition,
    DeleteRowItem,
    PutRowItem,
    ReturnType,
    Row,
    SecondaryIndexMeta,
    SingleColumnCondition,
    TableInBatchGetRowItem,
    TableInBatchWriteRowItem,
    UpdateRowItem,
)

IGNORE = Condition("IGNORE")


def put(name: str, value: Any = 1, condition: Any = IGNORE, **options: Any) -> PutRowItem:
    """A put of one row with one column."""
    return PutRowItem(Row([("id", name)], [("x", value)]), condition, **options)


def write(client: Any, table: str, *items: Any) -> Any:
    """Write the rows in one batch."""
    request = BatchWriteRowRequest()
    request.add(TableInBatchWriteRowItem(table, list(items)))
    return client.batch_write_row(request)


def get(client: Any, table: str, *names: str, **options: Any) -> list[Any]:
    """Read the rows in one batch."""
    request = BatchGetRowRequest()
    keys = [[("id", name)] for name in names]
    request.add(TableInBatchGetRowItem(table, keys, **{"max_version": 1, **options}))
    found: list[Any] = client.batch_get_row(request).get_result_by_table(table)
    return found


def found(client: Any, table: str, *names: str) -> list[Any]:
    """The value of each row's column; None where there is none."""
    rows = [item.row for item in get(client, table, *names)]
    return [row.attribute_columns[0][1] if row and row.attribute_columns else None for row in rows]


@pytest.mark.parametrize("native", [True, False])
def test_writes_of_every_kind(make_client: Any, table: str, native: bool) -> None:  # noqa: FBT001 - parameter
    """Puts, updates and deletions go together; each answers its capacity, and its key when asked."""
    client = make_client(enable_native=native)
    write(client, table, put("gone"), put("changed"))

    answer = write(
        client,
        table,
        put("new", 1, IGNORE, return_type=ReturnType.RT_PK),
        UpdateRowItem(Row([("id", "changed")], {"PUT": [("x", 2)]}), Condition("EXPECT_EXIST")),
        DeleteRowItem(Row([("id", "gone")]), IGNORE),
    )

    assert answer.is_all_succeed()
    puts, updates = answer.get_put()[0], answer.get_update()[0]
    assert puts[0].row.primary_key == [("id", "new")]
    assert (updates[0].consumed.read, updates[0].consumed.write) == (1, 1)
    assert found(client, table, "new", "changed", "gone") == [1, 2, None]


def test_rows_are_judged_alone(client: Any, table: str) -> None:
    """A row that is refused does not stop the others, and its answer is in its place."""
    write(client, table, put("old"))

    answer = write(
        client,
        table,
        put("a"),
        put("old", 2, Condition("EXPECT_NOT_EXIST")),
        PutRowItem(Row([("name", "x")], [("x", 1)]), IGNORE),
        put("old2", 1, Condition("IGNORE", SingleColumnCondition("x", 1, ComparatorType.EQUAL, False))),  # noqa: FBT003 - the SDK's signature
        put("z"),
    )

    items = answer.table_of_put[table]
    assert [item.error_code for item in items] == [
        None,
        "OTSConditionCheckFail",
        "OTSInvalidPK",
        "OTSConditionCheckFail",
        None,
    ]
    assert items[2].error_message == "Validate PK name fail. Input: name, Meta: id."
    assert (items[3].consumed.read, items[3].consumed.write) == (1, 1)
    assert found(client, table, "a", "old", "old2", "z") == [1, 1, None, 1]


@pytest.mark.parametrize("native", [True, False])
def test_reads_come_back_in_order(make_client: Any, table: str, native: bool) -> None:  # noqa: FBT001 - parameter
    """BatchGetRow answers each key in its place, with nothing where there is no row."""
    client = make_client(enable_native=native)
    write(client, table, put("a", 1), put("c", 3))

    items = get(client, table, "c", "b", "a")

    assert [item.is_ok for item in items] == [True] * 3
    assert [item.row.primary_key if item.row else None for item in items] == [[("id", "c")], None, [("id", "a")]]


def test_several_tables_at_once(client: Any, make_table: Any) -> None:
    """One request writes to and reads from several tables."""
    first, second = make_table("first"), make_table("second")
    request = BatchWriteRowRequest()
    request.add(TableInBatchWriteRowItem(first, [put("a", 1)]))
    request.add(TableInBatchWriteRowItem(second, [put("a", 2)]))
    client.batch_write_row(request)
    read = BatchGetRowRequest()
    for name in (first, second):
        read.add(TableInBatchGetRowItem(name, [[("id", "a")]], max_version=1))

    answer = client.batch_get_row(read)

    assert [answer.get_result_by_table(name)[0].row.attribute_columns[0][1] for name in (first, second)] == [1, 2]


def test_a_repeated_row_refuses_the_batch(client: Any, table: str, refused: Any) -> None:
    """Two plain writes to one row refuse the whole batch, as the documentation has it."""
    with refused("OTSParameterInvalid", "Repeated rows are not supported in BatchModify.", 400):
        write(client, table, put("b"), put("a", 1), put("a", 2))
    assert found(client, table, "a", "b") == [None, None]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (
            put("a", 2, Condition("EXPECT_EXIST")),
            "Repeated rows do not support row exist expectation check in BatchModify.",
        ),
        (
            put("a", 2, Condition("IGNORE", SingleColumnCondition("x", 1, ComparatorType.EQUAL))),
            "Repeated rows do not support row condition check in BatchModify.",
        ),
        (
            UpdateRowItem(Row([("id", "a")], {"INCREMENT": [("n", 1)]}), IGNORE),
            "Repeated rows do not support INCREMENT in BatchModify.",
        ),
    ],
)
def test_repeated_rows_have_their_own_messages(client: Any, table: str, refused: Any, item: Any, message: str) -> None:
    """A row that is written twice under a condition, or counted twice, refuses the whole batch and says why."""
    with refused("OTSParameterInvalid", message, 400):
        write(client, table, put("a"), put("b"), item)
    assert found(client, table, "a", "b") == [None, None]


def test_repeated_rows_are_refused_on_an_indexed_table(client: Any, make_table: Any, refused: Any) -> None:
    """A table with an index takes each row once a batch."""
    name = make_table(defined=[("x", "INTEGER")], indexes=[SecondaryIndexMeta("by_x", ["x"], [])])

    with refused("OTSParameterInvalid"):
        write(client, name, put("a", 1), put("a", 2))


def test_the_number_of_rows_is_limited(client: Any, table: str, refused: Any) -> None:
    """200 rows can be written and 100 read at once, and not one more."""
    names = [f"{n:03}" for n in range(201)]

    with refused("OTSParameterInvalid", "Rows count exceeds the upper limit: 200.", 400):
        write(client, table, *[put(name) for name in names])
    assert write(client, table, *[put(name) for name in names[:200]]).is_all_succeed()
    with refused("OTSParameterInvalid", "Rows count exceeds the upper limit: 100.", 400):
        get(client, table, *names[:101])
    assert len(get(client, table, *names[:100])) == 100


def test_the_size_of_a_batch_is_limited(client: Any, table: str, refused: Any) -> None:
    """More than 4 MB of names and values refuse the batch, with both sizes in the words."""
    rows = [put(name, "x" * (2 * 1024 * 1024)) for name in "ab"]
    message = "The total data size of BatchWriteRow request exceeds the limit, limit size: 4194304, data size: 4194312."

    with refused("OTSParameterInvalid", message, 400):
        write(client, table, *rows)


def test_an_empty_batch_is_refused(client: Any, table: str, refused: Any) -> None:
    """A batch without tables says which call it was; one of writes says for which table there are none."""
    with refused("OTSParameterInvalid", "No row is specified in BatchWriteRow."):
        client.batch_write_row(BatchWriteRowRequest())
    with refused("OTSParameterInvalid", f"No operation is specified for table: '{table}'."):
        write(client, table)
    with refused("OTSParameterInvalid", "No row specified in the request of BatchGetRow."):
        client.batch_get_row(BatchGetRowRequest())
    assert get(client, table) == []


def test_a_missing_table_refuses_the_batch(client: Any, refused: Any) -> None:
    """A batch that names no table of the instance is refused whole."""
    with refused("OTSObjectNotExist", "Requested table does not exist.", 404):
        write(client, "nowhere", put("a"))
    with refused("OTSObjectNotExist", "Requested table does not exist.", 404):
        get(client, "nowhere", "a")


def test_a_batch_of_reads_needs_a_version_condition(client: Any, table: str, refused: Any) -> None:
    """The SDK gives BatchGetRow no default, and the service wants one."""
    with refused("OTSParameterInvalid", "No version condition is specified while querying row."):
        get(client, table, "a", max_version=None)


def test_a_wrong_key_is_its_rows_refusal(client: Any, table: str) -> None:
    """A read of a wrong key is refused alone."""
    request = BatchGetRowRequest()
    request.add(TableInBatchGetRowItem(table, [[("id", 1)], [("id", "a")]], max_version=1))

    items = client.batch_get_row(request).get_result_by_table(table)

    assert [(item.is_ok, item.error_code) for item in items] == [(False, "OTSInvalidPK"), (True, None)]
