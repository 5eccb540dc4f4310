"""Faults: what goes wrong, before the write or after it, to a call or to a row."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tablestore import (
    BatchGetRowRequest,
    BatchWriteRowRequest,
    Condition,
    PutRowItem,
    Row,
    TableInBatchGetRowItem,
    TableInBatchWriteRowItem,
)
from tablestore.retry import NoDelayRetryPolicy
from urllib3.exceptions import ProtocolError

from yunmock.faults import Fault

KEY = [("id", "a")]


def put(client: Any, table: str) -> Any:
    """Insert the one row."""
    return client.put_row(table, Row(KEY, [("x", 1)]), Condition("EXPECT_NOT_EXIST"))


def write(client: Any, table: str, names: str) -> list[Any]:
    """Put rows in one batch; answers each one's error code."""
    request = BatchWriteRowRequest()
    items = [PutRowItem(Row([("id", name)], [("x", 1)]), Condition("IGNORE")) for name in names]
    request.add(TableInBatchWriteRowItem(table, items))
    return [item.error_code for item in client.batch_write_row(request).table_of_put[table]]


@pytest.mark.parametrize(("when", "written"), [("before", False), ("after", True)])
def test_an_error_may_come_before_or_after_the_write(
    cloud: Any,
    client: Any,
    table: str,
    refused: Any,
    when: Any,
    written: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    """The caller sees the same error, whether the row was written or not; the next call is well."""
    cloud.faults.add(Fault("tablestore", "PutRow", when=when, code="OTSServerBusy"))

    with refused("OTSServerBusy", "Server is busy.", 503):
        put(client, table)
    assert (client.get_row(table, KEY)[1] is not None) == written


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_may_drop(cloud: Any, client: Any, table: str, when: Any) -> None:
    """A dropped connection is urllib3's error, as over a network, and the write may have been made."""
    cloud.faults.add(Fault("tablestore", "PutRow", action="drop", when=when))

    with pytest.raises(ProtocolError, match="Connection aborted"):
        put(client, table)
    assert (client.get_row(table, KEY)[1] is not None) == (when == "after")


def test_a_retry_after_a_write_finds_its_own_row(cloud: Any, make_client: Any, table: str, refused: Any) -> None:
    """The SDK retries an insert whose answer was lost, and learns that the row exists."""
    client = make_client(retry_policy=NoDelayRetryPolicy())
    cloud.faults.add(Fault("tablestore", "PutRow", when="after", code="OTSServerBusy"))

    with refused("OTSConditionCheckFail", "Row exists which is expected nonexistent"):
        put(client, table)
    assert len(cloud.calls_of("tablestore", "PutRow")) == 2


def test_a_documented_code_has_its_status(cloud: Any, client: Any, table: str, refused: Any) -> None:
    """A fault that names a documented code needs to say neither status nor words."""
    cloud.faults.add(Fault("tablestore", "PutRow", code="OTSRowOperationConflict"))
    with refused("OTSRowOperationConflict", "Data is being modified by the other request.", 409):
        put(client, table)

    cloud.faults.add(Fault("tablestore", "PutRow", code="OTSNovelty", status=418, message="new"))
    with refused("OTSNovelty", "new", 418):
        put(client, table)


@pytest.mark.parametrize(("when", "written"), [("before", [1, 3]), ("after", [0, 1, 2, 3])])
def test_rows_of_a_batch_may_fail_alone(cloud: Any, client: Any, table: str, when: Any, written: list[int]) -> None:
    """The rows a fault names report its error, written all the same when it strikes after."""
    code = "OTSRowOperationConflict"
    cloud.faults.add(Fault("tablestore", "BatchWriteRow", when=when, code=code, rows=frozenset({0, 2})))

    assert write(client, table, "abcd") == [code, None, code, None]
    found = [n for n, name in enumerate("abcd") if client.get_row(table, [("id", name)])[1]]
    assert found == written
    assert write(client, table, "abcd") == [None] * 4


def test_rows_of_a_read_may_fail_alone(cloud: Any, client: Any, table: str) -> None:
    """A fault may strike single rows of BatchGetRow."""
    write(client, table, "ab")
    cloud.faults.add(Fault("tablestore", "BatchGetRow", code="OTSTimeout", rows=frozenset({1})))
    request = BatchGetRowRequest()
    request.add(TableInBatchGetRowItem(table, [[("id", name)] for name in "ab"], max_version=1))

    items = client.batch_get_row(request).get_result_by_table(table)

    assert [item.error_code for item in items] == [None, "OTSTimeout"]
    assert items[1].error_message == "Operation timeout."


def test_a_delay_is_only_a_delay(cloud: Any, client: Any, table: str) -> None:
    """A delayed call takes its time and is answered well."""
    cloud.faults.add(Fault("tablestore", "PutRow", action="delay", seconds=0.05))
    began = time.monotonic()
    put(client, table)

    assert time.monotonic() - began >= 0.05
    assert client.get_row(table, KEY)[1] is not None
