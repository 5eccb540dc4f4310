"""GetRange, and what reads select."""

from __future__ import annotations

from typing import Any

import pytest
from tablestore import INF_MAX, INF_MIN, ComparatorType, Row, SingleColumnCondition

KEY = [("place", "STRING"), ("at", "INTEGER")]
LOW = [("place", INF_MIN), ("at", INF_MIN)]
HIGH = [("place", INF_MAX), ("at", INF_MAX)]
PLACES = [("a", -2), ("a", 0), ("a", 7), ("b", 1), ("b", 2)]


@pytest.fixture
def places(client: Any, make_table: Any) -> str:
    """A table with a few rows, put in no order, each with two columns."""
    name: str = make_table("places", key=KEY)
    for place, at in (PLACES[n] for n in (3, 0, 4, 2, 1)):
        client.put_row(name, Row([("place", place), ("at", at)], [("n", at), ("s", place)]))
    return name


def keys(rows: Any) -> list[tuple[Any, ...]]:
    """The rows' keys without their names."""
    return [tuple(value for _, value in row.primary_key) for row in rows]


def test_forward_and_backward(client: Any, places: str) -> None:
    """Forward goes up from the start, backward down; the start is included and the end is not."""
    _, after, rows, _ = client.get_range(places, "FORWARD", LOW, HIGH)
    assert (after, keys(rows)) == (None, PLACES)

    _, after, rows, _ = client.get_range(places, "BACKWARD", HIGH, LOW)
    assert (after, keys(rows)) == (None, PLACES[::-1])

    start, end = [("place", "a"), ("at", 0)], [("place", "b"), ("at", 2)]
    assert keys(client.get_range(places, "FORWARD", start, end)[2]) == [("a", 0), ("a", 7), ("b", 1)]
    assert keys(client.get_range(places, "BACKWARD", end, start)[2]) == [("b", 2), ("b", 1), ("a", 7)]


def test_one_partition(client: Any, places: str) -> None:
    """Infinities after a value enclose all rows that begin with it."""
    start, end = [("place", "a"), ("at", INF_MIN)], [("place", "a"), ("at", INF_MAX)]

    assert keys(client.get_range(places, "FORWARD", start, end)[2]) == PLACES[:3]
    assert keys(client.get_range(places, "BACKWARD", end, start)[2]) == PLACES[2::-1]


@pytest.mark.parametrize("direction", ["FORWARD", "BACKWARD"])
@pytest.mark.parametrize("native", [True, False])
def test_pages_follow_each_other(make_client: Any, places: str, direction: str, native: bool) -> None:  # noqa: FBT001 - parameter
    """Each page names the first key of the next, until none is left; together they are the range."""
    client = make_client(enable_native=native)
    start: Any
    start, end = (LOW, HIGH) if direction == "FORWARD" else (HIGH, LOW)
    gathered: list[Any] = []
    sizes = []
    while start is not None:
        _, start, rows, _ = client.get_range(places, direction, start, end, limit=2)
        gathered += keys(rows)
        sizes.append(len(rows))

    assert gathered == (PLACES if direction == "FORWARD" else PLACES[::-1])
    assert sizes == [2, 2, 1]


def test_a_page_that_ends_with_the_range_has_no_next(client: Any, places: str) -> None:
    """A limit that is met exactly leaves nothing to follow."""
    assert client.get_range(places, "FORWARD", LOW, HIGH, limit=5)[1] is None


def test_the_limit_counts_rows_looked_at(client: Any, places: str) -> None:
    """With a filter, a page may hold no row and still name a next one."""
    condition = SingleColumnCondition("s", "b", ComparatorType.EQUAL)

    _, after, rows, _ = client.get_range(places, "FORWARD", LOW, HIGH, limit=3, column_filter=condition)
    assert (keys(rows), after) == ([], [("place", "b"), ("at", 1)])
    assert keys(client.get_range(places, "FORWARD", after, HIGH, column_filter=condition)[2]) == PLACES[3:]


def test_xget_range_walks_it_all(client: Any, places: str) -> None:
    """The SDK's own iterator follows the pages to the end."""
    from tablestore import CapacityUnit  # noqa: PLC0415 - only here

    rows = client.xget_range(places, "FORWARD", LOW, HIGH, CapacityUnit(), count=4)

    assert keys(rows) == PLACES[:4]


def test_a_page_ends_at_the_most_rows_and_bytes(client: Any, service: Any, places: str) -> None:
    """5000 rows or 4 MB looked at end a page, whatever the limit."""
    assert (service.limits.range_rows, service.limits.range_bytes) == (5000, 4 * 1024 * 1024)
    service.limits.range_rows = 4
    assert len(client.get_range(places, "FORWARD", LOW, HIGH, limit=5)[2]) == 4

    service.limits.range_bytes = 50
    assert len(client.get_range(places, "FORWARD", LOW, HIGH)[2]) == 2


@pytest.mark.parametrize(
    ("direction", "start", "end", "options", "message"),
    [
        ("FORWARD", HIGH, LOW, {}, "Begin key must less than end key in FORWARD"),
        ("FORWARD", LOW, LOW, {}, "Begin key must less than end key in FORWARD"),
        ("BACKWARD", LOW, HIGH, {}, "Begin key must more than end key in BACKWARD"),
        ("FORWARD", LOW, HIGH, {"limit": 0}, "The limit must be greater than 0."),
        ("FORWARD", LOW, HIGH, {"limit": -1}, "The limit must be greater than 0."),
        (
            "FORWARD",
            LOW,
            HIGH,
            {"max_version": None},
            "No version condition is specified while querying row.",
        ),
        (
            "FORWARD",
            LOW,
            HIGH,
            {"max_version": 0},
            "Invalid max versions: 0 . Reason: Max versions must be positive.",
        ),
        (
            "FORWARD",
            LOW,
            HIGH,
            {"columns_to_get": [f"c{n}" for n in range(129)]},
            "The number of columns from the request exceeds the limit, limit count: 128 , column count:129.",
        ),
    ],
)
def test_a_range_that_breaks_a_rule_is_refused(
    client: Any, places: str, refused: Any, direction: str, start: Any, end: Any, options: Any, message: str
) -> None:
    """Each rule about ranges has its own words."""
    with refused("OTSParameterInvalid", message, 400):
        client.get_range(places, direction, start, end, **options)


def test_a_range_names_every_key_column(client: Any, places: str, refused: Any) -> None:
    """A start that lacks a key column is refused."""
    with refused("OTSInvalidPK", "Validate PK size fail. Input: 1, Meta: 2."):
        client.get_range(places, "FORWARD", [("place", "a")], HIGH)


def test_strings_sort_by_their_bytes(client: Any, table: str) -> None:
    """Keys are ordered by UTF-8 bytes, with one key being part of another and zero bytes inside."""
    names = ["", "\x00", "\x00\x00", "a", "a\x00", "a\x00b", "a\x01", "ab", "b", "é", "\uff5e", "\U0001f600"]
    for name in reversed(names):
        client.put_row(table, Row([("id", name)], [("x", 1)]))

    rows = client.get_range(table, "FORWARD", [("id", INF_MIN)], [("id", INF_MAX)])[2]

    assert [row.primary_key[0][1] for row in rows] == names


def test_columns_to_get(client: Any, places: str) -> None:
    """Only the columns asked for come back; a row with none of them does not, unless a key column was asked for."""
    client.put_row(places, Row([("place", "c"), ("at", 0)], [("other", 1)]))

    rows = client.get_range(places, "FORWARD", LOW, HIGH, columns_to_get=["n"])[2]
    assert keys(rows) == PLACES
    assert {name for row in rows for name, _, _ in row.attribute_columns} == {"n"}
    rows = client.get_range(places, "FORWARD", LOW, HIGH, columns_to_get=["n", "at"])[2]
    assert keys(rows) == [*PLACES, ("c", 0)]
    key = [("place", "c"), ("at", 0)]
    assert client.get_row(places, key, columns_to_get=["n"])[1] is None
    assert client.get_row(places, key, columns_to_get=["at"])[1].attribute_columns == []


def test_a_filter_sees_only_the_columns_read(client: Any, places: str) -> None:
    """A column the filter names but the read leaves out counts as missing; the key is always seen."""
    by_column = SingleColumnCondition("s", "a", ComparatorType.EQUAL, pass_if_missing=False)
    by_key = SingleColumnCondition("place", "a", ComparatorType.EQUAL, pass_if_missing=False)
    span = places, "FORWARD", LOW, HIGH

    assert keys(client.get_range(*span, columns_to_get=["n"], column_filter=by_column)[2]) == []
    assert keys(client.get_range(*span, columns_to_get=["n"], column_filter=by_key)[2]) == PLACES[:3]


def test_a_span_of_columns(client: Any, places: str) -> None:
    """A start column is included, an end column is not."""
    key = [("place", "a"), ("at", 0)]

    columns = client.get_row(places, key, start_column="n", end_column="s")[1].attribute_columns

    assert [name for name, _, _ in columns] == ["n"]
