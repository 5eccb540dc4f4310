"""The limits of one row's data, each at its edge."""

from __future__ import annotations

from typing import Any

import pytest
from tablestore import Condition, Row

KEY = [("id", "a")]
MEGABYTE = 1024 * 1024


def put(client: Any, table: str, columns: Any) -> Any:
    """Put the one row."""
    return client.put_row(table, Row(KEY, columns))


def test_data_up_to_the_limits_is_accepted(client: Any, table: str) -> None:
    """A key of 1 KB, a column of 2 MB, a name of 255 characters and 1024 columns are allowed."""
    client.put_row(table, Row([("id", "é" * 512)], [("x", 1)]))
    put(client, table, [("x", "x" * 2 * MEGABYTE), ("n" * 255, 1)])
    put(client, table, [(f"c{n}", n) for n in range(1024)])

    assert len(client.get_row(table, KEY)[1].attribute_columns) == 1024


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            [("x", "x" * (2 * MEGABYTE + 1))],
            "The length of attribute column: 'x' exceeds the MaxLength:2097152 with CurrentLength:2097153.",
        ),
        (
            [("x", bytearray(2 * MEGABYTE + 1))],
            "The length of attribute column: 'x' exceeds the MaxLength:2097152 with CurrentLength:2097153.",
        ),
        (
            [(f"c{n}", n) for n in range(1025)],
            "The number of attribute columns exceeds the limit, limit count: 1024, column count: 1025.",
        ),
        (
            [("x", "x" * 2 * MEGABYTE), ("y", "y" * 2 * MEGABYTE)],
            "The total data size of PutRow request exceeds the limit, limit size: 4194304, data size: 4194309.",
        ),
        ([("n" * 256, 1)], f"Invalid column name: '{'n' * 256}'."),
        ([("a b", 1)], "Invalid column name: 'a b'."),
        ([("1st", 1)], "Invalid column name: '1st'."),
        ([("", 1)], "Invalid column name: ''."),
        ([("id", 1)], "Duplicated attribute column name with primary key column: 'id'."),
        ([("x", float("nan"))], "NaN can't be set to double value."),
        ([("x", float("-inf"))], "Infinity can't be set to double value."),
    ],
)
def test_data_past_a_limit_is_refused(client: Any, table: str, refused: Any, columns: Any, message: str) -> None:
    """Each limit has its own words, and nothing is written."""
    with refused("OTSParameterInvalid", message, 400):
        put(client, table, columns)
    assert client.get_row(table, KEY)[1] is None


def test_an_update_has_its_own_words(client: Any, table: str, refused: Any) -> None:
    """The size of an update is refused in the name of UpdateRow."""
    columns = [("x", "x" * 2 * MEGABYTE), ("y", "y" * 2 * MEGABYTE)]
    message = "The total data size of UpdateRow request exceeds the limit, limit size: 4194304, data size: 4194309."

    with refused("OTSParameterInvalid", message, 400):
        client.update_row(table, Row(KEY, {"PUT": columns}), Condition("IGNORE"))


def test_a_body_past_the_limit_is_refused(client: Any, table: str, refused: Any) -> None:
    """A request of more than 5 MB is refused before it is read."""
    with refused("OTSRequestBodyTooLarge", "The size of POST data is too large.", 413):
        put(client, table, [("x", "x" * 5 * MEGABYTE)])


@pytest.mark.parametrize(("size", "units"), [(1, 1), (4096 - 4, 1), (4096 - 3, 2), (40_960 - 4, 10), (40_960 - 3, 11)])
def test_capacity_units_are_counted_by_four_kilobytes(client: Any, table: str, size: int, units: int) -> None:
    """Writing and reading cost a unit for each 4 KB begun: here 2 bytes of names, 1 of key, and the value."""
    written, _ = put(client, table, [("x", "x" * size)])
    read, _, _ = client.get_row(table, KEY)

    assert (written.read, written.write) == (0, units)
    assert (read.read, read.write) == (units, 0)


@pytest.mark.parametrize(("expectation", "read"), [("IGNORE", 0), ("EXPECT_NOT_EXIST", 1)])
def test_a_condition_costs_a_read(client: Any, table: str, expectation: str, read: int) -> None:
    """A write reads one unit when it has a condition and none when it has not."""
    units, _ = client.put_row(table, Row(KEY, [("x", 1)]), Condition(expectation))

    assert (units.read, units.write) == (read, 1)
