"""Conditions of writes: existence first, then columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tablestore import (
    CastType,
    ComparatorType,
    CompositeColumnCondition,
    Condition,
    LogicalOperator,
    RegexRule,
    Row,
    SingleColumnCondition,
    SingleColumnRegexCondition,
)

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = [("id", "a")]
EQUAL, NOT_EQUAL = ComparatorType.EQUAL, ComparatorType.NOT_EQUAL
EXISTS = "Row exists which is expected nonexistent"
MISSING = "Row does not exist which is expected existent"
FAILED = "Condition check failed."


def combined(operator: Any, *conditions: Any) -> CompositeColumnCondition:
    """The conditions under one operator."""
    condition = CompositeColumnCondition(operator)
    for part in conditions:
        condition.add_sub_condition(part)
    return condition


@pytest.fixture
def writes(client: Any, table: str) -> dict[str, Callable[[Condition], Any]]:
    """A put, an update and a deletion of the one row, each under a condition."""
    return {
        "put": lambda condition: client.put_row(table, Row(KEY, [("x", 2)]), condition),
        "update": lambda condition: client.update_row(table, Row(KEY, {"PUT": [("x", 2)]}), condition),
        "delete": lambda condition: client.delete_row(table, KEY, condition),
    }


@pytest.mark.parametrize("write", ["put", "update", "delete"])
@pytest.mark.parametrize(
    ("expectation", "present", "refusal"),
    [
        ("IGNORE", True, None),
        ("IGNORE", False, None),
        ("EXPECT_EXIST", True, None),
        ("EXPECT_EXIST", False, MISSING),
        ("EXPECT_NOT_EXIST", True, EXISTS),
        ("EXPECT_NOT_EXIST", False, None),
    ],
)
def test_existence(
    client: Any,
    table: str,
    writes: Any,
    refused: Any,
    write: str,
    expectation: str,
    present: bool,  # noqa: FBT001 - a column of the table above
    refusal: str | None,
) -> None:
    """A write whose expectation of the row fails is refused and changes nothing; otherwise it is made."""
    if present:
        client.put_row(table, Row(KEY, [("x", 1)]))
    if refusal is None:
        writes[write](Condition(expectation))
    else:
        with refused("OTSConditionCheckFail", refusal, 403):
            writes[write](Condition(expectation))

    row = client.get_row(table, KEY)[1]
    found = None if row is None else row.attribute_columns[0][1]
    made = None if write == "delete" else 2
    unchanged = 1 if present else None
    assert found == (made if refusal is None else unchanged)


@pytest.mark.parametrize("write", ["put", "update", "delete"])
def test_a_failed_column_condition_changes_nothing(
    client: Any, table: str, writes: Any, refused: Any, write: str
) -> None:
    """The condition on a column that does not hold refuses every kind of write."""
    client.put_row(table, Row(KEY, [("x", 1)]))

    with refused("OTSConditionCheckFail", FAILED, 403):
        writes[write](Condition("EXPECT_EXIST", SingleColumnCondition("x", 9, EQUAL)))
    assert client.get_row(table, KEY)[1].attribute_columns[0][1] == 1


def test_existence_is_judged_before_columns(writes: Any, refused: Any) -> None:
    """When both fail, the refusal is about existence."""
    condition = SingleColumnCondition("x", 9, EQUAL, pass_if_missing=False)

    with refused("OTSConditionCheckFail", MISSING):
        writes["put"](Condition("EXPECT_EXIST", condition))


@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize("passes", [True, False])
def test_a_missing_column_passes_as_asked(
    client: Any,
    table: str,
    writes: Any,
    refused: Any,
    present: bool,  # noqa: FBT001 - parameter
    passes: bool,  # noqa: FBT001 - parameter
) -> None:
    """A column that is missing, from a row or with the row, passes or fails as `pass_if_missing` says."""
    if present:
        client.put_row(table, Row(KEY, [("y", 1)]))
    condition = Condition("IGNORE", SingleColumnCondition("x", 5, EQUAL, pass_if_missing=passes))
    if passes:
        writes["update"](condition)
    else:
        with refused("OTSConditionCheckFail", FAILED):
            writes["update"](condition)


@pytest.mark.parametrize(
    ("value", "comparator", "wanted", "holds"),
    [
        (5, ComparatorType.EQUAL, 5, True),
        (5, ComparatorType.NOT_EQUAL, 5, False),
        (5, ComparatorType.GREATER_THAN, 4, True),
        (5, ComparatorType.GREATER_THAN, 5, False),
        (5, ComparatorType.GREATER_EQUAL, 5, True),
        (5, ComparatorType.LESS_THAN, 6, True),
        (5, ComparatorType.LESS_THAN, 5, False),
        (5, ComparatorType.LESS_EQUAL, 5, True),
        ("b", ComparatorType.GREATER_THAN, "a", True),
        ("\uff5e", ComparatorType.LESS_THAN, "\U0001f600", True),
        (bytearray(b"\x80"), ComparatorType.GREATER_THAN, bytearray(b"\x7f"), True),
        (1.5, ComparatorType.LESS_THAN, 1.6, True),
        (True, ComparatorType.EQUAL, True, True),
        (5, ComparatorType.EQUAL, "5", False),
        (5, ComparatorType.NOT_EQUAL, "5", True),
        (5, ComparatorType.GREATER_THAN, "4", False),
        (1, ComparatorType.EQUAL, True, False),
        (1, ComparatorType.EQUAL, 1.0, False),
    ],
)
def test_comparisons(
    client: Any,
    table: str,
    writes: Any,
    refused: Any,
    value: Any,
    comparator: Any,
    wanted: Any,
    holds: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    """Values of one type compare by its order; values of different types are only ever unequal."""
    client.put_row(table, Row(KEY, [("x", value)]))
    condition = Condition("IGNORE", SingleColumnCondition("x", wanted, comparator))
    if holds:
        writes["put"](condition)
    else:
        with refused("OTSConditionCheckFail", FAILED):
            writes["put"](condition)


def test_the_key_can_be_compared(client: Any, table: str, writes: Any, refused: Any) -> None:
    """A condition may name a column of the primary key."""
    client.put_row(table, Row(KEY, [("x", 1)]))
    writes["put"](Condition("IGNORE", SingleColumnCondition("id", "a", EQUAL, pass_if_missing=False)))

    with refused("OTSConditionCheckFail", FAILED):
        writes["put"](Condition("IGNORE", SingleColumnCondition("id", "b", EQUAL)))


@pytest.mark.parametrize(
    ("operator", "first", "second", "holds"),
    [
        (LogicalOperator.AND, 1, 2, True),
        (LogicalOperator.AND, 1, 9, False),
        (LogicalOperator.OR, 9, 2, True),
        (LogicalOperator.OR, 9, 9, False),
    ],
)
def test_and_or(
    client: Any,
    table: str,
    writes: Any,
    refused: Any,
    operator: Any,
    first: int,
    second: int,
    holds: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    """AND wants all its parts, OR one."""
    client.put_row(table, Row(KEY, [("x", 1), ("y", 2)]))
    parts = SingleColumnCondition("x", first, EQUAL), SingleColumnCondition("y", second, EQUAL)
    condition = Condition("IGNORE", combined(operator, *parts))
    if holds:
        writes["put"](condition)
    else:
        with refused("OTSConditionCheckFail", FAILED):
            writes["put"](condition)


def test_not(client: Any, table: str, writes: Any, refused: Any) -> None:
    """NOT turns its one part around."""
    client.put_row(table, Row(KEY, [("x", 1)]))

    with refused("OTSConditionCheckFail", FAILED):
        writes["put"](Condition("IGNORE", combined(LogicalOperator.NOT, SingleColumnCondition("x", 1, EQUAL))))
    writes["put"](Condition("IGNORE", combined(LogicalOperator.NOT, SingleColumnCondition("x", 7, EQUAL))))


def test_any_stored_version_may_match_when_asked(client: Any, make_table: Any, refused: Any, cloud: Any) -> None:
    """By default the newest version is compared; with latest_version_only=False any version will do."""
    cloud.clock.freeze()
    name = make_table(max_version=2)
    now = cloud.clock.now_ms()
    client.put_row(name, Row(KEY, [("x", 1, now - 1000), ("x", 2, now)]))
    row = Row(KEY, {"PUT": [("y", 1)]})

    with refused("OTSConditionCheckFail", FAILED):
        client.update_row(name, row, Condition("IGNORE", SingleColumnCondition("x", 1, EQUAL)))
    condition = SingleColumnCondition("x", 1, EQUAL, latest_version_only=False)
    client.update_row(name, row, Condition("IGNORE", condition))


@pytest.mark.parametrize(
    ("text", "rule", "wanted", "holds"),
    [
        ("t=41;", RegexRule("t=([0-9]+);", CastType.VT_INTEGER), 40, True),
        ("t=39;", RegexRule("t=([0-9]+);", CastType.VT_INTEGER), 40, False),
        ("t=x;", RegexRule("t=([a-z]+);", CastType.VT_INTEGER), 40, False),
        ("nothing", RegexRule("t=([0-9]+);", CastType.VT_INTEGER), 40, False),
        ("v1.5", RegexRule("v([0-9.]+)", CastType.VT_DOUBLE), 1.25, True),
        ("zone-b", RegexRule("zone-(.*)", CastType.VT_STRING), "a", True),
    ],
)
def test_part_of_a_string_can_be_compared(
    client: Any,
    table: str,
    writes: Any,
    refused: Any,
    text: str,
    rule: Any,
    wanted: Any,
    holds: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    """A regex condition compares what its group captures, as the type it is cast to."""
    client.put_row(table, Row(KEY, [("x", text)]))
    regex = SingleColumnRegexCondition("x", ComparatorType.GREATER_THAN, wanted, rule)
    if holds:
        writes["put"](Condition("IGNORE", regex))
    else:
        with refused("OTSConditionCheckFail", FAILED):
            writes["put"](Condition("IGNORE", regex))


def test_columns_can_be_asked_to_be_there_or_not(client: Any, table: str, writes: Any, refused: Any) -> None:
    """EXIST and NOT_EXIST look at whether the column is there, whatever it holds."""
    client.put_row(table, Row(KEY, [("x", 1)]))
    there = SingleColumnRegexCondition("x", ComparatorType.EXIST)
    absent = SingleColumnRegexCondition("y", ComparatorType.NOT_EXIST)
    writes["update"](Condition("IGNORE", combined(LogicalOperator.AND, there, absent)))

    with refused("OTSConditionCheckFail", FAILED):
        writes["update"](Condition("IGNORE", SingleColumnRegexCondition("x", ComparatorType.NOT_EXIST)))
    with refused("OTSConditionCheckFail", FAILED):
        writes["update"](Condition("IGNORE", SingleColumnRegexCondition("y", ComparatorType.EXIST)))


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            combined(LogicalOperator.NOT, *[SingleColumnCondition("x", 1, EQUAL)] * 2),
            "Invalid NOT operator: the number of sub-filters must be 1.",
        ),
        (
            combined(LogicalOperator.AND, SingleColumnCondition("x", 1, EQUAL)),
            "Invalid AND/OR operator: the number of sub-filters must be more than 1.",
        ),
        (
            combined(LogicalOperator.OR, *[SingleColumnCondition("x", 1, EQUAL)] * 32),
            "The count of filter exceeds the max: 32.",
        ),
        (SingleColumnCondition("x", float("nan"), EQUAL), "NaN can't be set to double value."),
        (SingleColumnCondition("x", float("inf"), EQUAL), "Infinity can't be set to double value."),
        (
            SingleColumnRegexCondition("x", EQUAL, 1, RegexRule("(", CastType.VT_INTEGER)),
            "Invalid regular expression of filter: '('.",
        ),
    ],
)
def test_a_condition_that_breaks_a_rule_is_refused(writes: Any, refused: Any, condition: Any, message: str) -> None:
    """Each rule about conditions has its own words."""
    with refused("OTSParameterInvalid", message, 400):
        writes["put"](Condition("IGNORE", condition))


def test_thirty_two_filters_are_allowed(writes: Any) -> None:
    """One composite of 31 parts is 32 filters, the most there may be."""
    parts = [SingleColumnCondition("x", n, NOT_EQUAL) for n in range(31)]

    writes["put"](Condition("IGNORE", combined(LogicalOperator.AND, *parts)))
