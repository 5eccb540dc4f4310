"""Versions and how long they live."""

from __future__ import annotations

from typing import Any

import pytest
from tablestore import INF_MAX, INF_MIN, BatchGetRowRequest, Condition, Row, TableInBatchGetRowItem, TableOptions

KEY = [("id", "a")]
DAY_S = 86_400


@pytest.fixture(autouse=True)
def _frozen(cloud: Any) -> None:
    cloud.clock.freeze()


def read(client: Any, table: str, **options: Any) -> Any:
    """The row's columns as (name, value) pairs, newest version first; None when there is no row."""
    row = client.get_row(table, KEY, **{"max_version": 10, **options})[1]
    return None if row is None else [(name, value) for name, value, _ in row.attribute_columns]


def test_versions_come_back_newest_first(client: Any, cloud: Any, make_table: Any) -> None:
    """Columns are sorted by name, and a column's versions from the newest down, with their timestamps."""
    table, now = make_table(max_version=3), cloud.clock.now_ms()
    client.put_row(table, Row(KEY, [("b", 1, now - 2), ("a", 0, now), ("b", 3, now), ("b", 2, now - 1)]))

    columns = client.get_row(table, KEY, max_version=10)[1].attribute_columns

    assert columns == [("a", 0, now), ("b", 3, now), ("b", 2, now - 1), ("b", 1, now - 2)]


def test_a_column_gets_the_servers_time(client: Any, cloud: Any, table: str) -> None:
    """A column put without a timestamp has the cloud's time, the same for the whole write."""
    client.put_row(table, Row(KEY, [("x", 1), ("y", 1)]))

    columns = client.get_row(table, KEY)[1].attribute_columns

    assert {timestamp for _, _, timestamp in columns} == {cloud.clock.now_ms()}


def test_no_more_versions_than_the_table_keeps(client: Any, cloud: Any, make_table: Any) -> None:
    """The oldest versions beyond the table's number are gone at once."""
    table = make_table(max_version=2)
    for value in (1, 2, 3):
        client.update_row(table, Row(KEY, {"PUT": [("x", value)]}), Condition("IGNORE"))
        cloud.clock.advance(1)

    assert read(client, table) == [("x", 3), ("x", 2)]
    assert read(client, table, max_version=1) == [("x", 3)]
    client.update_table(table, TableOptions(-1, 1))
    assert read(client, table) == [("x", 3)]
    client.update_table(table, TableOptions(-1, 3))
    assert read(client, table) == [("x", 3), ("x", 2)]


def test_one_version_can_be_deleted(client: Any, cloud: Any, make_table: Any) -> None:
    """DELETE removes the version it names and leaves the others."""
    table, now = make_table(max_version=3), cloud.clock.now_ms()
    client.put_row(table, Row(KEY, [("x", 1, now - 1), ("x", 2, now)]))
    client.update_row(table, Row(KEY, {"DELETE": [("x", None, now)]}), Condition("IGNORE"))

    assert read(client, table) == [("x", 1)]


def test_versions_by_time(client: Any, cloud: Any, make_table: Any) -> None:
    """A time range includes its start and not its end; one moment can be asked for too."""
    table, now = make_table(max_version=5), cloud.clock.now_ms()
    client.put_row(table, Row(KEY, [("x", ago, now - ago) for ago in range(4)]))

    assert read(client, table, time_range=(now - 2, now)) == [("x", 1), ("x", 2)]
    assert read(client, table, time_range=now - 3, max_version=None) == [("x", 3)]
    assert read(client, table, time_range=(now - 3, now), max_version=1) == [("x", 1)]


@pytest.mark.parametrize(
    ("time_range", "message"),
    [
        ((5, 5), "The start time must be less than the end time."),
        ((-1, 5), "The start time must be less than the end time."),
    ],
)
def test_a_time_range_that_breaks_a_rule_is_refused(
    client: Any, table: str, refused: Any, time_range: Any, message: str
) -> None:
    """Each rule about time ranges has its own words."""
    with refused("OTSParameterInvalid", message, 400):
        read(client, table, time_range=time_range)


def test_a_specific_time_is_not_negative(client: Any, table: str, refused: Any) -> None:
    """A time before 1970 is refused."""
    with refused("OTSParameterInvalid", "Specific timestamp cannot be less than 0.", 400):
        read(client, table, time_range=-1, max_version=None)


def test_a_specific_time_excludes_max_versions(client: Any, cloud: Any, make_table: Any, refused: Any) -> None:
    """GetRow, GetRange and BatchGetRow take one of the two.

    The Python SDK sends max_versions 1 unless it is given None; the Node SDK always does (its issue 58).
    """
    table, now = make_table(max_version=3), cloud.clock.now_ms()
    client.put_row(table, Row(KEY, [("x", 1, now)]), Condition("IGNORE"))
    message = "Specific tiemstamp and max versions cannot be given at the same time."
    batch = BatchGetRowRequest()
    batch.add(TableInBatchGetRowItem(table, [KEY], max_version=1, time_range=now))
    ends = [("id", INF_MIN)], [("id", INF_MAX)]

    with refused("OTSParameterInvalid", message, 400):
        client.get_row(table, KEY, time_range=now)
    with refused("OTSParameterInvalid", message, 400):
        client.get_range(table, "FORWARD", *ends, time_range=now, max_version=1)
    with refused("OTSParameterInvalid", message, 400):
        client.batch_get_row(batch)
    assert client.get_row(table, KEY, max_version=None, time_range=now)[1].attribute_columns == [("x", 1, now)]


def test_how_far_a_timestamp_may_be_off(client: Any, cloud: Any, make_table: Any, refused: Any) -> None:
    """A version may be set from now - deviation (included) to now + deviation (excluded)."""
    table, now = make_table(max_time_deviation=10), cloud.clock.now_ms()
    client.put_row(table, Row(KEY, [("x", 1, now - 10_000)]))
    client.put_row(table, Row(KEY, [("x", 1, now + 9_999)]))

    for timestamp in (now - 10_001, now + 10_000):
        with refused("OTSParameterInvalid", "Invalid timestamp. Cell:x.", 400):
            client.put_row(table, Row(KEY, [("x", 1, timestamp)]))
    with refused("OTSParameterInvalid", "Timestamp must be in range [0, INT64_MAX/1000)."):
        client.put_row(table, Row(KEY, [("x", 1, -1)]))


def test_a_timestamp_may_not_be_expired_already(client: Any, cloud: Any, make_table: Any, refused: Any) -> None:
    """A version older than the table's time to live cannot be set, however far timestamps may be off."""
    table, now = make_table(time_to_live=DAY_S, max_time_deviation=10 * DAY_S), cloud.clock.now_ms()

    with refused("OTSParameterInvalid", "Invalid timestamp. Cell:x."):
        client.put_row(table, Row(KEY, [("x", 1, now - DAY_S * 1000 - 1)]))


def test_a_row_expires(client: Any, cloud: Any, make_table: Any) -> None:
    """A row is gone when its time to live is over, and may be put again as if it had never been."""
    table = make_table(time_to_live=DAY_S)
    client.put_row(table, Row(KEY, [("x", 1)]))
    cloud.clock.advance(DAY_S - 1)
    assert read(client, table) == [("x", 1)]
    cloud.clock.advance(1)
    assert read(client, table) is None

    client.put_row(table, Row(KEY, [("x", 2)]), Condition("EXPECT_NOT_EXIST"))
    assert read(client, table) == [("x", 2)]


def test_columns_expire_one_by_one(client: Any, cloud: Any, make_table: Any) -> None:
    """An updated column outlives the others of its row."""
    table = make_table(time_to_live=DAY_S)
    client.put_row(table, Row(KEY, [("x", 1), ("y", 1)]))
    cloud.clock.advance(DAY_S / 2)
    client.update_row(table, Row(KEY, {"PUT": [("y", 2)]}), Condition("IGNORE"))
    cloud.clock.advance(DAY_S / 2)

    assert read(client, table) == [("y", 2)]


def test_a_row_without_columns_expires(client: Any, cloud: Any, make_table: Any) -> None:
    """A row that is only a key lives as long as its last write."""
    table = make_table(time_to_live=DAY_S)
    client.put_row(table, Row(KEY, []))
    cloud.clock.advance(DAY_S - 1)
    assert read(client, table) == []
    cloud.clock.advance(1)

    assert read(client, table) is None


def test_an_increment_is_a_version(client: Any, cloud: Any, make_table: Any) -> None:
    """An increment adds a version and leaves the one it started from."""
    table = make_table(max_version=2)
    client.put_row(table, Row(KEY, [("n", 1)]))
    cloud.clock.advance(1)
    client.update_row(table, Row(KEY, {"INCREMENT": [("n", 4)]}), Condition("IGNORE"))

    assert read(client, table) == [("n", 5), ("n", 1)]


def test_an_increment_is_not_hidden_by_a_later_version(client: Any, cloud: Any, table: str) -> None:
    """A column dated in the future still counts up."""
    client.put_row(table, Row(KEY, [("n", 1, cloud.clock.now_ms() + 1000)]))
    client.update_row(table, Row(KEY, {"INCREMENT": [("n", 4)]}), Condition("IGNORE"))

    assert read(client, table) == [("n", 5)]
