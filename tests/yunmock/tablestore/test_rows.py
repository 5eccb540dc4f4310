"""Single rows: put, updated, deleted, read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tablestore import INF_MIN, PK_AUTO_INCR, Condition, ReturnType, Row

if TYPE_CHECKING:
    from collections.abc import Callable

ALL_TYPES = [
    ("binary", bytearray(b"\x00\xff")),
    ("boolean", False),
    ("double", -1.5),
    ("integer", -(2**63)),
    ("string", "naïve 事件 \U0001f600"),
]


def values(row: Any) -> dict[str, Any]:
    """The row's columns and their newest values."""
    return {name: value for name, value, _ in reversed(row.attribute_columns)}


@pytest.mark.parametrize("native", [True, False])
def test_a_row_comes_back_as_it_was_put(make_client: Any, table: str, native: bool) -> None:  # noqa: FBT001 - parameter
    """Every type survives the way there and back, through the native codec where there is one and without."""
    client = make_client(enable_native=native)
    client.put_row(table, Row([("id", "é/1")], ALL_TYPES))

    _, row, _ = client.get_row(table, [("id", "é/1")])

    assert row.primary_key == [("id", "é/1")]
    assert [(name, value) for name, value, _ in row.attribute_columns] == ALL_TYPES


def test_every_key_type_works(client: Any, make_table: Any) -> None:
    """INTEGER, STRING and BINARY columns make a key together."""
    name = make_table(key=[("i", "INTEGER"), ("s", "STRING"), ("b", "BINARY")])
    key = [("i", -5), ("s", ""), ("b", bytearray(b"\x00\x01"))]
    client.put_row(name, Row(key, [("x", 1)]))

    assert client.get_row(name, key)[1].primary_key == key
    assert client.get_row(name, [("i", -5), ("s", ""), ("b", bytearray(b"\x00"))])[1] is None


def test_a_row_that_is_not_there_is_none(client: Any, table: str) -> None:
    """GetRow of no row answers None, at the cost of one read."""
    units, row, _ = client.get_row(table, [("id", "nobody")])

    assert row is None
    assert (units.read, units.write) == (1, 0)


def test_a_put_replaces_the_whole_row(client: Any, table: str) -> None:
    """What a second put does not name is gone."""
    client.put_row(table, Row([("id", "a")], [("x", 1), ("y", 2)]))
    client.put_row(table, Row([("id", "a")], [("y", 3)]))

    assert values(client.get_row(table, [("id", "a")])[1]) == {"y": 3}


def test_a_put_without_columns_leaves_a_row(client: Any, table: str) -> None:
    """A row may have a key and nothing else."""
    client.put_row(table, Row([("id", "a")], []))

    assert client.get_row(table, [("id", "a")])[1].attribute_columns == []


def test_an_update_adds_overwrites_and_removes(client: Any, table: str) -> None:
    """UpdateRow changes the columns it names and leaves the others."""
    client.put_row(table, Row([("id", "a")], [("kept", 1), ("changed", 1), ("removed", 1)]))
    client.update_row(
        table,
        Row([("id", "a")], {"PUT": [("changed", 2), ("added", 3)], "DELETE_ALL": ["removed"]}),
        Condition("EXPECT_EXIST"),
    )

    assert values(client.get_row(table, [("id", "a")])[1]) == {"added": 3, "changed": 2, "kept": 1}


def test_an_update_makes_the_row(client: Any, table: str) -> None:
    """UpdateRow of no row puts one."""
    client.update_row(table, Row([("id", "a")], {"PUT": [("x", 1)]}), Condition("IGNORE"))

    assert values(client.get_row(table, [("id", "a")])[1]) == {"x": 1}


def test_only_deletions_make_no_row(client: Any, table: str) -> None:
    """An update of no row that only deletes leaves nothing to read."""
    client.update_row(table, Row([("id", "a")], {"DELETE_ALL": ["x"]}), Condition("IGNORE"))

    assert client.get_row(table, [("id", "a")])[1] is None


def test_deleting_every_column_leaves_the_row(client: Any, table: str) -> None:
    """A row whose last column is deleted is still there."""
    client.put_row(table, Row([("id", "a")], [("x", 1)]))
    client.update_row(table, Row([("id", "a")], {"DELETE_ALL": ["x"]}), Condition("IGNORE"))

    assert client.get_row(table, [("id", "a")])[1].attribute_columns == []


def test_a_deleted_row_is_gone(client: Any, table: str) -> None:
    """DeleteRow removes the row, and removes nothing quietly when there is none."""
    client.put_row(table, Row([("id", "a")], [("x", 1)]))
    client.delete_row(table, [("id", "a")], Condition("IGNORE"))
    client.delete_row(table, [("id", "a")], Condition("IGNORE"))

    assert client.get_row(table, [("id", "a")])[1] is None


def test_increments_add_up(client: Any, table: str) -> None:
    """An increment starts from nothing at 0 and may go down."""
    for step in (5, -2, 10):
        client.update_row(table, Row([("id", "a")], {"INCREMENT": [("n", step)]}), Condition("IGNORE"))

    assert values(client.get_row(table, [("id", "a")])[1]) == {"n": 13}


@pytest.mark.parametrize(
    ("present", "step", "message"),
    [
        ("text", 1, "INCREMENT is only allowed on INTEGER columns, column: 'n'."),
        (True, 1, "INCREMENT is only allowed on INTEGER columns, column: 'n'."),
        (2**63 - 1, 1, "INCREMENT overflows column: 'n'."),
        (-(2**63), -1, "INCREMENT overflows column: 'n'."),
    ],
)
def test_an_increment_of_what_cannot_be_counted_is_refused(
    client: Any, table: str, refused: Any, present: Any, step: int, message: str
) -> None:
    """A refused increment leaves the column as it was."""
    client.put_row(table, Row([("id", "a")], [("n", present)]))

    with refused("OTSParameterInvalid", message):
        client.update_row(table, Row([("id", "a")], {"INCREMENT": [("n", step)]}), Condition("IGNORE"))
    assert values(client.get_row(table, [("id", "a")])[1]) == {"n": present}


def test_an_increment_stands_alone_on_its_column(client: Any, table: str, refused: Any) -> None:
    """A column cannot be counted and set in one update."""
    with refused("OTSParameterInvalid", "INCREMENT cannot be combined with another operation on column: 'n'."):
        client.update_row(table, Row([("id", "a")], {"PUT": [("n", 1)], "INCREMENT": [("n", 1)]}), Condition("IGNORE"))


def test_the_key_is_returned_on_request(client: Any, table: str) -> None:
    """With RT_PK a write answers the key and no columns; without it, nothing."""
    _, returned = client.put_row(table, Row([("id", "a")], [("x", 1)]), return_type=ReturnType.RT_PK)
    assert (returned.primary_key, returned.attribute_columns) == ([("id", "a")], [])

    _, returned = client.put_row(table, Row([("id", "a")], [("x", 1)]))
    assert returned is None


def test_auto_increment_numbers_rise_by_partition(client: Any, cloud: Any, make_table: Any) -> None:
    """The service gives each row of a partition a larger number than the one before, even in the same instant."""
    cloud.clock.freeze()
    name = make_table(key=[("id", "STRING"), ("n", "INTEGER", PK_AUTO_INCR)])
    numbers = []
    for place in ("a", "a", "b", "a"):
        _, row = client.put_row(
            name, Row([("id", place), ("n", PK_AUTO_INCR)], [("x", place)]), return_type=ReturnType.RT_PK
        )
        numbers.append(row.primary_key[1][1])

    in_a = [numbers[0], numbers[1], numbers[3]]
    assert in_a == sorted(set(in_a))
    assert min(numbers) > 2**32
    assert values(client.get_row(name, [("id", "b"), ("n", numbers[2])])[1]) == {"x": "b"}


def test_auto_increment_goes_with_no_condition(client: Any, make_table: Any, refused: Any) -> None:
    """A row whose number is yet to be given cannot be expected to be there or not, nor be read or deleted."""
    name = make_table(key=[("id", "STRING"), ("n", "INTEGER", PK_AUTO_INCR)])
    key = [("id", "a"), ("n", PK_AUTO_INCR)]

    with refused("OTSParameterInvalid", "Invalid expect:EXPECT_NOT_EXIST when modify row with pk auto increment."):
        client.put_row(name, Row(key, [("x", 1)]), Condition("EXPECT_NOT_EXIST"))
    with refused("OTSParameterInvalid", "PKAutoIncr can't be used for read operations."):
        client.get_row(name, key)
    with refused("OTSParameterInvalid", "Invalid row to delete which with pk auto increment."):
        client.delete_row(name, key, Condition("IGNORE"))


@pytest.mark.parametrize(
    ("key", "code", "message"),
    [
        ([("name", "a")], "OTSInvalidPK", "Validate PK name fail. Input: name, Meta: id."),
        ([("id", 1)], "OTSInvalidPK", "Validate PK type fail. Input: VT_INTEGER, Meta: VT_STRING."),
        (
            [("id", bytearray(b"a"))],
            "OTSInvalidPK",
            "Validate PK type fail. Input: VT_BLOB, Meta: VT_STRING.",
        ),
        ([("id", "a"), ("at", 1)], "OTSInvalidPK", "Validate PK size fail. Input: 2, Meta: 1."),
        ([("id", INF_MIN)], "OTSParameterInvalid", "VT_INF_MIN is an invalid type for the primary key."),
        (
            [("id", "a" * 1025)],
            "OTSParameterInvalid",
            "The length of primary key column: 'id' exceeds the MaxLength:1024 with CurrentLength:1025.",
        ),
    ],
)
def test_a_key_that_is_not_the_tables_is_refused(
    client: Any, table: str, refused: Any, key: Any, code: str, message: str
) -> None:
    """Reads, puts, updates and deletions refuse a wrong key in the same words."""
    calls: list[Callable[[], Any]] = [
        lambda: client.get_row(table, key),
        lambda: client.put_row(table, Row(key, [("x", 1)])),
        lambda: client.update_row(table, Row(key, {"PUT": [("x", 1)]}), Condition("IGNORE")),
        lambda: client.delete_row(table, key, Condition("IGNORE")),
    ]
    for call in calls:
        with refused(code, message, 400):
            call()


def test_rows_of_no_table_are_refused(client: Any, refused: Any) -> None:
    """A write to a table that does not exist names the table as what is missing."""
    with refused("OTSObjectNotExist", "Requested table does not exist.", 404):
        client.put_row("nowhere", Row([("id", "a")], [("x", 1)]))
