"""The SDK in this process: caught, nested, let go, and asynchronous."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import aiohttp
import pytest
from tablestore import AsyncOTSClient, Condition, ReturnType, Row
from tablestore.connection import AsyncConnectionPool, ConnectionPool
from urllib3.exceptions import MaxRetryError

from yunmock.cloud import Cloud
from yunmock.faults import Fault
from yunmock.tablestore.patch import patched
from yunmock.tablestore.service import TablestoreService

KEY = [("id", "a")]


@pytest.fixture
def other() -> Cloud:
    """A second cloud."""
    cloud = Cloud()
    cloud.services["tablestore"] = TablestoreService(cloud)
    return cloud


def test_the_innermost_cloud_answers(client: Any, other: Cloud, table: str) -> None:
    """A client made before is caught by each context entered, and falls back when it ends."""
    with patched(other):
        assert client.list_table() == ()
        with patched(other):
            assert client.list_table() == ()
        assert client.list_table() == ()

    assert client.list_table() == (table,)


def test_contexts_may_end_in_any_order(client: Any, cloud: Cloud, other: Cloud, table: str) -> None:
    """Ending an outer context first leaves the inner one in force."""
    again = patched(cloud)
    inner = patched(other)
    again.__enter__()
    inner.__enter__()
    again.__exit__(None, None, None)
    assert client.list_table() == ()
    inner.__exit__(None, None, None)

    assert client.list_table() == (table,)


def test_the_sdk_is_left_as_it_was() -> None:
    """After the last context the SDK sends through its own methods again, also when a context raised."""
    before = ConnectionPool.send_receive, AsyncConnectionPool.send_receive

    def fail_inside() -> None:
        with patched(Cloud()):
            assert ConnectionPool.send_receive is not before[0]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_inside()
    assert (ConnectionPool.send_receive, AsyncConnectionPool.send_receive) == before


def test_loopback_is_reached_as_ever(make_client: Any, cloud: Cloud) -> None:
    """A client of a loopback address is not caught: here nobody listens there."""
    client = make_client()
    client.connection.host = "http://127.0.0.1:9"
    with pytest.raises(MaxRetryError):
        client.list_table()

    assert cloud.calls_of("tablestore") == []


def test_calls_are_logged_with_their_operation(client: Any, cloud: Cloud, table: str) -> None:
    """The request log names each operation and what became of it."""
    client.get_row(table, KEY)

    assert [(call.operation, call.status) for call in cloud.calls_of("tablestore")] == [
        ("CreateTable", 200),
        ("GetRow", 200),
    ]


def test_the_service_does_without_the_sdk() -> None:
    """A server of this service loads neither the SDK nor what the SDK needs for its network."""
    program = (
        "import sys, yunmock.tablestore.service as service; from yunmock.cloud import Cloud;"
        "service.TablestoreService(Cloud());"
        "print([name for name in ('tablestore', 'aiohttp', 'numpy', 'asyncio') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - our own program

    assert printed.stdout.strip() == "[]"


@pytest.mark.parametrize("region", [None, "cn-hangzhou"])
def test_the_asynchronous_client_works(make_client: Any, table: str, region: str | None) -> None:
    """AsyncOTSClient reads what it wrote, with either signature."""

    async def use() -> Any:
        async with make_client(AsyncOTSClient, region=region) as client:
            _, key = await client.put_row(table, Row(KEY, [("x", 1)]), return_type=ReturnType.RT_PK)
            _, row, _ = await client.get_row(table, KEY)
            return key.primary_key, row.attribute_columns[0][:2]

    assert asyncio.run(use()) == (KEY, ("x", 1))


def test_asynchronous_calls_do_not_wait_for_each_other(make_client: Any, cloud: Cloud, table: str) -> None:
    """A delayed call leaves the loop free for others."""
    cloud.faults.add(Fault("tablestore", "PutRow", action="delay", seconds=0.1))
    order: list[str] = []

    async def slow(client: Any) -> None:
        await client.put_row(table, Row(KEY, [("x", 1)]), Condition("IGNORE"))
        order.append("slow")

    async def quick(client: Any) -> None:
        await client.list_table()
        order.append("quick")

    async def use() -> None:
        async with make_client(AsyncOTSClient) as client:
            await asyncio.gather(slow(client), quick(client))

    asyncio.run(use())
    assert order == ["quick", "slow"]


def test_an_asynchronous_connection_may_drop(make_client: Any, cloud: Cloud, table: str) -> None:
    """A dropped connection is aiohttp's error in the asynchronous client."""
    cloud.faults.add(Fault("tablestore", "GetRow", action="drop"))

    async def use() -> None:
        async with make_client(AsyncOTSClient) as client:
            await client.get_row(table, KEY)

    with pytest.raises(aiohttp.ServerDisconnectedError):
        asyncio.run(use())
