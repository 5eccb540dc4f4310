"""Check and write are one step, whatever else goes on."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from tablestore import (
    INF_MAX,
    INF_MIN,
    BatchWriteRowRequest,
    ComparatorType,
    Condition,
    OTSServiceError,
    PutRowItem,
    Row,
    SecondaryIndexMeta,
    SingleColumnCondition,
    TableInBatchWriteRowItem,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = [("id", "a")]
FAILED = "OTSConditionCheckFail"


@pytest.fixture(autouse=True)
def _eager_switching() -> Iterator[None]:
    """Threads give way to each other all the time, so that what is not one step falls apart."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def together(count: int, work: Any) -> list[Any]:
    """What `work(n)` answers in that many threads that start at one moment."""
    gate = threading.Barrier(count)

    def run(n: int) -> Any:
        gate.wait()
        return work(n)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def held(write: Any) -> bool:
    """Whether the write's condition held."""
    try:
        write()
    except OTSServiceError as error:
        if error.code != FAILED:
            raise
        return False
    return True


def test_compare_and_set_loses_nothing(client: Any, table: str) -> None:
    """Of 16 threads that compare and set a counter, as many steps are counted as writes were accepted."""
    client.put_row(table, Row(KEY, [("n", 0)]))

    def count_up(_: int) -> int:
        wins = 0
        for _try in range(20):
            seen = client.get_row(table, KEY)[1].attribute_columns[0][1]
            condition = Condition("EXPECT_EXIST", SingleColumnCondition("n", seen, ComparatorType.EQUAL))
            wins += held(lambda c=condition, s=seen: client.put_row(table, Row(KEY, [("n", s + 1)]), c))
        return wins

    wins = sum(together(16, count_up))
    assert client.get_row(table, KEY)[1].attribute_columns[0][1] == wins
    assert wins >= 20


def test_one_insert_wins(client: Any, table: str) -> None:
    """Of 32 threads that insert one row, one is accepted, and its row is the one there is."""

    def insert(n: int) -> bool:
        row = Row(KEY, [("by", n)])
        return held(lambda: client.put_row(table, row, Condition("EXPECT_NOT_EXIST")))

    for _ in range(5):
        wins = together(32, insert)
        assert sum(wins) == 1
        assert client.get_row(table, KEY)[1].attribute_columns[0][1] == wins.index(True)
        client.delete_row(table, KEY, Condition("IGNORE"))


def test_one_insert_wins_among_batches(client: Any, make_table: Any) -> None:
    """Batches that insert the same rows share them out: each row goes to one, and its index has one entry."""
    name = make_table(defined=[("by", "INTEGER")], indexes=[SecondaryIndexMeta("by_owner", ["by"], [])])

    def insert(n: int) -> list[bool]:
        won = []
        for batch in range(8):
            request = BatchWriteRowRequest()
            rows = [Row([("id", f"{batch}{row}")], [("by", n)]) for row in "abcdefgh"]
            items = [PutRowItem(row, Condition("EXPECT_NOT_EXIST")) for row in rows]
            request.add(TableInBatchWriteRowItem(name, items))
            won += [item.is_ok for item in client.batch_write_row(request).table_of_put[name]]
        return won

    wins = together(8, insert)

    assert [sum(column) for column in zip(*wins, strict=True)] == [1] * 64
    low, high = ([("by", end), ("id", end)] for end in (INF_MIN, INF_MAX))
    assert len(client.get_range("by_owner", "FORWARD", low, high)[2]) == 64


def test_increments_add_up(client: Any, table: str) -> None:
    """Increments of many threads are all counted."""

    def count_up(_: int) -> None:
        for _try in range(10):
            client.update_row(table, Row(KEY, {"INCREMENT": [("n", 1)]}), Condition("IGNORE"))

    together(16, count_up)

    assert client.get_row(table, KEY)[1].attribute_columns[0][1] == 160
