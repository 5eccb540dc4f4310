"""Tables: made, described, listed, updated, deleted, and refused when they break a rule."""

from __future__ import annotations

from typing import Any

import pytest
from tablestore import (
    PK_AUTO_INCR,
    CapacityUnit,
    ReservedThroughput,
    SecondaryIndexMeta,
    SecondaryIndexType,
    SSEKeyType,
    SSESpecification,
    TableMeta,
    TableOptions,
)

KEY = [("id", "STRING"), ("at", "INTEGER"), ("raw", "BINARY")]
NONE_RESERVED = ReservedThroughput(CapacityUnit(0, 0))


def create(client: Any, name: str = "events", key: Any = None, defined: Any = None, **options: Any) -> None:
    """Make a table."""
    client.create_table(TableMeta(name, key or KEY, defined), TableOptions(**options), NONE_RESERVED)


def test_a_table_is_described_as_it_was_made(client: Any) -> None:
    """DescribeTable gives back the key, the predefined columns, the options and the throughput."""
    meta = TableMeta("events", KEY, [("status", "STRING"), ("size", "DOUBLE"), ("open", "BOOLEAN")])
    options = TableOptions(time_to_live=86400, max_version=3, max_time_deviation=86401, allow_update=False)
    client.create_table(meta, options, ReservedThroughput(CapacityUnit(2, 1)))

    found = client.describe_table("events")

    assert found.table_meta.schema_of_primary_key == KEY
    assert found.table_meta.defined_columns == [("status", "STRING"), ("size", "DOUBLE"), ("open", "BOOLEAN")]
    assert vars(found.table_options) == vars(options)
    units = found.reserved_throughput_details.capacity_unit
    assert (units.read, units.write) == (2, 1)


BY_SERVICE = SSESpecification(enable=True, key_type=SSEKeyType.SSE_KMS_SERVICE)


@pytest.mark.parametrize("asked", [None, SSESpecification(), BY_SERVICE])
def test_encryption_is_described(client: Any, asked: SSESpecification | None) -> None:
    """DescribeTable says whether the table is encrypted with the service's key, as its creator asked."""
    client.create_table(TableMeta("events", KEY), TableOptions(), NONE_RESERVED, sse_spec=asked)

    found = client.describe_table("events").sse_details

    enabled = asked is not None and asked.enable
    assert (found.enable, found.key_type) == (enabled, SSEKeyType.SSE_KMS_SERVICE if enabled else None)


def test_an_auto_increment_column_is_described(client: Any) -> None:
    """DescribeTable tells which key column is given its value by the service."""
    key = [("id", "STRING"), ("number", "INTEGER", PK_AUTO_INCR)]
    create(client, key=key)

    assert client.describe_table("events").table_meta.schema_of_primary_key == key


def test_list_table_names_tables_by_instance(client: Any, make_client: Any) -> None:
    """ListTable names the tables of the caller's instance, sorted, and no other's."""
    create(client, "b")
    create(client, "a")
    create(make_client(instance="other"), "c")

    assert client.list_table() == ("a", "b")
    assert make_client(instance="other").list_table() == ("c",)


def test_update_table_changes_options(client: Any) -> None:
    """UpdateTable changes what it is given, and DescribeTable shows it."""
    create(client)

    client.update_table("events", TableOptions(-1, 3, 86402), ReservedThroughput(CapacityUnit(1, 1)))

    found = client.describe_table("events")
    assert (found.table_options.max_version, found.table_options.max_time_deviation) == (3, 86402)
    assert found.reserved_throughput_details.capacity_unit.read == 1


def test_update_table_needs_something_to_update(client: Any, table: str, refused: Any) -> None:
    """An update of nothing is refused, and so is one to a negative capacity."""
    with refused("OTSParameterInvalid", "No parameter is specified in UpdateTable."):
        client.update_table(table)
    with refused("OTSParameterInvalid", "Invalid Capacity Unit:-1 . Capacity Unit must be nonnegative."):
        client.update_table(table, reserved_throughput=ReservedThroughput(CapacityUnit(-1, 0)))


def test_a_deleted_table_is_gone_with_its_rows(client: Any, make_table: Any, refused: Any) -> None:
    """DeleteTable forgets the table; one made under the same name later is empty."""
    from tablestore import Row  # noqa: PLC0415 - only here

    name = make_table()
    client.put_row(name, Row([("id", "a")], [("x", 1)]))
    client.delete_table(name)

    with refused("OTSObjectNotExist", "Requested table does not exist.", 404):
        client.describe_table(name)
    assert client.list_table() == ()
    make_table()
    assert client.get_row(name, [("id", "a")])[1] is None


def test_a_name_is_taken_once(client: Any, table: str, refused: Any) -> None:
    """A second table of the same name is refused."""
    with refused("OTSObjectAlreadyExist", "Requested table already exists.", 409):
        create(client, table)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "9lives"}, "Invalid table name: '9lives'."),
        ({"name": "a-b"}, "Invalid table name: 'a-b'."),
        ({"name": "a" * 256}, f"Invalid table name: '{'a' * 256}'."),
        (
            {"key": [(f"k{n}", "STRING") for n in range(5)]},
            "The number of primary key columns must be in range: [1, 4].",
        ),
        ({"key": [("a", "STRING"), ("a", "INTEGER")]}, "Duplicated primary key name: 'a'."),
        ({"key": [("a", "BOOLEAN")]}, "BOOLEAN is an invalid type for the primary key."),
        ({"key": [("a b", "STRING")]}, "Invalid column name: 'a b'."),
        (
            {"key": [("a", "INTEGER", PK_AUTO_INCR)]},
            "First primary key can't be auto increment, table: events.",
        ),
        (
            {"key": [("a", "STRING"), ("b", "STRING", PK_AUTO_INCR)]},
            "AUTO_INCREMENT primary key must be integer.",
        ),
        (
            {"key": [("a", "STRING"), ("b", "INTEGER", PK_AUTO_INCR), ("c", "INTEGER", PK_AUTO_INCR)]},
            "AUTO_INCREMENT primary key count must <= 1.",
        ),
        (
            {"defined": [(f"c{n}", "STRING") for n in range(33)]},
            "The number of defined columns must be in range: [0, 32].",
        ),
        ({"defined": [("id", "STRING")]}, "Duplicated attribute column name with primary key column: 'id'."),
        ({"time_to_live": 0}, "TimeToLive cannot be 0 or less than -1."),
        ({"time_to_live": -2}, "TimeToLive cannot be 0 or less than -1."),
        ({"time_to_live": 86399}, "TimeToLive must be -1 or at least 86400 seconds."),
        ({"time_to_live": None}, "Time-to-live is missing while creating table."),
        ({"max_version": 0}, "The maximum versions cannot be less than or equal to 0."),
        ({"max_version": None}, "MaxVersions is missing while creating table."),
        (
            {"max_time_deviation": -1},
            "The maximum deviation must be in range [0, INT64_MAX/1000000].",
        ),
    ],
)
def test_a_table_that_breaks_a_rule_is_refused(client: Any, refused: Any, change: Any, message: str) -> None:
    """Each rule about tables has its own words, and a refused table does not exist."""
    with refused("OTSParameterInvalid", message, 400):
        create(client, **change)

    assert client.list_table() == ()


def test_the_number_of_tables_is_limited_and_indexes_count(
    client: Any, service: Any, make_table: Any, refused: Any
) -> None:
    """An instance holds 64 tables, those behind indexes among them."""
    assert service.limits.tables == 64
    service.limits.tables = 2
    make_table("a", defined=[("s", "STRING")], indexes=[SecondaryIndexMeta("a_by_s", ["s"], [])])

    with refused("OTSQuotaExhausted", "Number of tables exceeded the quota.", 403):
        create(client, "b")


def test_table_calls_can_be_limited_by_second(client: Any, cloud: Any, service: Any, refused: Any) -> None:
    """Where the limit is set, the call past it is refused until the next second."""
    cloud.clock.freeze()
    service.limits.table_calls_per_s = 2
    client.list_table()
    client.list_table()

    with refused("OTSQuotaExhausted", "Too frequent table operations.", 403):
        client.list_table()
    cloud.clock.advance(1)
    assert client.list_table() == ()


def test_updates_of_a_table_can_be_limited(client: Any, cloud: Any, service: Any, table: str, refused: Any) -> None:
    """Where the interval is set, a second UpdateTable within it is refused."""
    cloud.clock.freeze()
    service.limits.update_table_interval_ms = 120_000
    cloud.clock.advance(1)
    client.update_table(table, TableOptions(-1, 2))
    cloud.clock.advance(119)

    with refused("OTSQuotaExhausted", "Too frequent table operations.", 403):
        client.update_table(table, TableOptions(-1, 3))
    cloud.clock.advance(2)
    client.update_table(table, TableOptions(-1, 4))
    assert client.describe_table(table).table_options.max_version == 4


def test_a_new_table_can_be_not_ready(client: Any, cloud: Any, service: Any, make_table: Any, refused: Any) -> None:
    """Where the window is set, rows are refused until the clock has passed it; the table is described meanwhile."""
    cloud.clock.freeze()
    service.settings.table_ready_after_ms = 60_000
    name = make_table()

    assert client.describe_table(name).table_meta.table_name == name
    with refused("OTSTableNotReady", "The table is not ready.", 404):
        client.get_row(name, [("id", "a")])
    cloud.clock.advance(60)
    assert client.get_row(name, [("id", "a")])[1] is None


def test_a_reset_forgets_tables(client: Any, cloud: Any, table: str) -> None:
    """After `Cloud.reset` there is no table."""
    assert client.list_table() == (table,)
    cloud.reset()

    assert client.list_table() == ()


def test_indexes_are_described_with_the_table(client: Any, make_table: Any) -> None:
    """DescribeTable lists the indexes as they were asked for; ListTable does not."""
    make_table(
        key=[("id", "STRING"), ("at", "INTEGER")],
        defined=[("status", "STRING")],
        indexes=[
            SecondaryIndexMeta("by_status", ["status"], []),
            SecondaryIndexMeta("by_id", ["id", "status"], [], SecondaryIndexType.LOCAL_INDEX),
        ],
    )

    found = {index.index_name: index for index in client.describe_table("events").secondary_indexes}
    assert found["by_status"].primary_key_names == ["status"]
    assert found["by_id"].index_type == SecondaryIndexType.LOCAL_INDEX
    assert client.list_table() == ("events",)
