"""State in a file: outlives the cloud that wrote it, and is shared by those that have it open."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from tablestore import (
    INF_MAX,
    INF_MIN,
    PK_AUTO_INCR,
    CapacityUnit,
    Condition,
    OTSClient,
    OTSServiceError,
    ReservedThroughput,
    ReturnType,
    Row,
    SecondaryIndexMeta,
    TableMeta,
    TableOptions,
)
from tablestore.retry import NoRetryPolicy

from yunmock.cloud import Cloud
from yunmock.tablestore.patch import patched
from yunmock.tablestore.service import TablestoreService

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON_MS = 1_700_000_000_000
KEY = [("id", "STRING"), ("n", "INTEGER"), ("raw", "BINARY")]
ROW_KEY = [("id", "\x00é"), ("n", -1), ("raw", bytearray(b"\x00\xff"))]
COLUMNS = [("b", bytearray(b"\xfe")), ("d", 0.1), ("i", 2**63 - 1), ("s", "\U0001f600"), ("t", True)]


@contextmanager
def opened(path: Path, *, lag_ms: int = 0) -> Iterator[tuple[Cloud, Any]]:
    """A cloud on the file, and a client of it."""
    cloud = Cloud(data=path)
    service = TablestoreService(cloud)
    service.settings.index_lag_ms = lag_ms
    cloud.services["tablestore"] = service
    with patched(cloud):
        yield cloud, new_client(cloud)
    cloud.close()


def new_client(cloud: Cloud) -> Any:
    """A client that does not retry."""
    keys = cloud.account.access_key_id, cloud.account.access_key_secret
    endpoint = "https://ledger.cn-hangzhou.ots.aliyuncs.com"
    return OTSClient(endpoint, *keys, "ledger", retry_policy=NoRetryPolicy())


def make(client: Any, key: Any, defined: Any = None, indexes: Any = (), **options: Any) -> None:
    """Make the table `events`."""
    meta, throughput = TableMeta("events", key, defined), ReservedThroughput(CapacityUnit(0, 0))
    client.create_table(meta, TableOptions(**options), throughput, list(indexes))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the state is kept."""
    return tmp_path / "state.sqlite"


def test_tables_and_rows_are_found_again(path: Path) -> None:
    """Every type of key and column, and all of the table's description, survive closing and opening."""
    with opened(path) as (cloud, client):
        now = cloud.clock.now_ms()
        make(client, KEY, [("s", "STRING")], max_version=2, time_to_live=86400, allow_update=False)
        client.put_row("events", Row(ROW_KEY, [*COLUMNS, ("v", 1, now - 1), ("v", 2, now)]))
        described = client.describe_table("events")
        written = client.get_row("events", ROW_KEY, max_version=2)[1].attribute_columns

    with opened(path) as (_, client):
        assert client.list_table() == ("events",)
        assert repr(client.describe_table("events").table_meta) == repr(described.table_meta)
        assert repr(client.describe_table("events").table_options) == repr(described.table_options)
        row = client.get_row("events", ROW_KEY, max_version=2)[1]
        assert (row.primary_key, row.attribute_columns) == (ROW_KEY, written)
        assert [(name, value) for name, value, _ in row.attribute_columns[:5]] == COLUMNS


def test_what_was_under_way_goes_on(path: Path) -> None:
    """Changes on their way to an index, an open transaction and the last number given survive too."""
    key = [("id", "a"), ("n", 1)]
    with opened(path, lag_ms=3_600_000) as (cloud, client):
        cloud.clock.freeze(NOON_MS)
        make(client, KEY[:2], [("s", "STRING")], [SecondaryIndexMeta("by_s", ["s"], [])])
        client.put_row("events", Row(key, [("s", "x")]))
        client.put_row("events", Row([("id", "b"), ("n", 1)], [("s", "y")]))
        client.delete_row("events", [("id", "b"), ("n", 1)], Condition("IGNORE"))
        transaction = client.start_local_transaction("events", [("id", "a")])
        client.delete_row("events", key, Condition("EXPECT_EXIST"), transaction_id=transaction)
        put = Row([("id", "a"), ("n", 2)], [("raw", bytearray(b"\xff"))])
        client.put_row("events", put, Condition("IGNORE"), transaction_id=transaction)

    with opened(path, lag_ms=3_600_000) as (cloud, client):
        cloud.clock.freeze(NOON_MS + 30_000)
        low, high = ([("s", end), ("id", end), ("n", end)] for end in (INF_MIN, INF_MAX))
        assert client.get_range("by_s", "FORWARD", low, high)[2] == []
        client.commit_transaction(transaction)
        assert client.get_row("events", key)[1] is None
        found = client.get_row("events", put.primary_key)[1].attribute_columns[0]
        assert found[:2] == ("raw", bytearray(b"\xff"))
        cloud.clock.advance(3570)
        rows = client.get_range("by_s", "FORWARD", low, high)[2]
        assert [row.primary_key[0][1] for row in rows] == ["x"]
        cloud.clock.advance(30)
        assert client.get_range("by_s", "FORWARD", low, high)[2] == []


def test_numbers_go_on_rising(path: Path) -> None:
    """A number given before the file was closed is not given again, whatever the clock says."""
    row = Row([("id", "a"), ("n", PK_AUTO_INCR)], [("x", 1)])
    numbers: list[int] = []
    for _ in range(2):
        with opened(path) as (cloud, client):
            cloud.clock.freeze(NOON_MS)
            if not numbers:
                make(client, [("id", "STRING"), ("n", "INTEGER", PK_AUTO_INCR)])
            numbers.append(client.put_row("events", row, return_type=ReturnType.RT_PK)[1].primary_key[1][1])

    assert numbers[0] < numbers[1]


def test_two_clouds_share_a_file(path: Path) -> None:
    """Of inserts through two clouds on one file, as two processes have it, each row's is accepted once."""
    with opened(path) as (first, client), opened(path) as (second, _):
        make(client, [("id", "STRING")])
        accepted: list[str] = []
        gate = threading.Barrier(2)

        def insert(cloud: Cloud) -> None:
            service = cloud.services["tablestore"]
            own = new_client(cloud)
            own.connection.send_receive = lambda url, headers, body: _answered(service, url, headers, body)
            gate.wait()
            for n in range(50):
                try:
                    own.put_row("events", Row([("id", f"{n}")], [("x", 1)]), Condition("EXPECT_NOT_EXIST"))
                except OTSServiceError:
                    continue
                accepted.append(f"{n}")

        threads = [threading.Thread(target=insert, args=(cloud,)) for cloud in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(accepted) == sorted(f"{n}" for n in range(50))


def _answered(service: Any, url: str, headers: Any, body: bytes) -> Any:
    from yunmock.http import Request  # noqa: PLC0415 - only here

    request = Request("POST", url, {name.lower(): value for name, value in headers.items()}, body)
    response = service.handle(request)
    return response.status, "", dict(response.headers), response.body
