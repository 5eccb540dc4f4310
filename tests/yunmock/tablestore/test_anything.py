"""Whatever a client may send: both media answer alike, and nothing is answered with a bug."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yunmock.cloud import Cloud
from yunmock.http import Request
from yunmock.tablestore.crc8 import crc8
from yunmock.tablestore.messages import filter_pb, pb
from yunmock.tablestore.service import TablestoreService

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON_MS = 1_700_000_000_000
HEADERS = {
    "x-ots-date": "2026-01-01T00:00:00.000Z",
    "x-ots-apiversion": "2015-12-31",
    "x-ots-accesskeyid": "any",
    "x-ots-instancename": "ledger",
    "x-ots-contentmd5": "unchecked",
}

# Values as they are encoded: type byte and data, of every type there is and of some there are not.
RAW_VALUES = st.one_of(
    st.integers(-(2**63), 2**63 - 1).map(lambda number: struct.pack("<Bq", 0, number)),
    st.integers(0, 3).map(lambda number: struct.pack("<Bq", 0, number)),
    st.floats().map(lambda number: struct.pack("<Bd", 1, number)),
    st.booleans().map(lambda value: struct.pack("<BB", 2, value)),
    st.sampled_from(["", "a", "b"]).map(lambda text: struct.pack("<Bi", 3, len(text)) + text.encode()),
    st.binary(max_size=3).map(lambda data: struct.pack("<Bi", 7, len(data)) + data),
    st.sampled_from([b"\x09", b"\x0a", b"\x0b"]),
    st.binary(max_size=4),
)
NAMES = st.sampled_from(["id", "n", "x", "y", "", "not a name"])
TIMES = st.one_of(st.none(), st.integers(-1, 2**62), st.integers(NOON_MS - 2, NOON_MS + 2))
OPS = st.one_of(st.none(), st.sampled_from([0, 1, 3, 4, 200]))
CELLS = st.tuples(NAMES, st.one_of(st.none(), RAW_VALUES), TIMES, OPS)
GOOD_KEY = [("id", struct.pack("<Bi", 3, 1) + b"a", None, None), ("n", struct.pack("<Bq", 0, 1), None, None)]
KEYS = st.one_of(
    st.just(GOOD_KEY),
    st.sampled_from("ab").map(lambda text: [("id", struct.pack("<Bi", 3, 1) + text.encode(), None, None), GOOD_KEY[1]]),
    st.lists(CELLS, max_size=3),
)


def encode(key: list[Any], cells: list[Any], *, delete: bool) -> bytes:
    """A row whose checksums are right, whatever is in it."""
    body, crc = b"\x01", 0
    for part in (key, cells):
        if part is cells and cells:
            body += b"\x02"
        for name, value, time, op in part:
            data, own = _cell(name, value, time, op)
            body, crc = body + data, crc8(bytes((own,)), crc)
    return b"\x75\x00\x00\x00" + body + b"\x08" * delete + b"\x09" + bytes((crc8(bytes((delete,)), crc),))


def _cell(name: str, value: bytes | None, time: int | None, op: int | None) -> tuple[bytes, int]:
    raw_time = b"" if time is None else struct.pack("<q", time)
    raw_op = b"" if op is None else bytes((op,))
    crc = crc8(name.encode() + (value or b"") + raw_time + raw_op)
    data = b"\x03\x04" + struct.pack("<i", len(name)) + name.encode()
    data += b"" if value is None else b"\x05" + struct.pack("<i", len(value)) + value
    data += (b"\x06" + raw_op if raw_op else b"") + (b"\x07" + raw_time if raw_time else b"")
    return data + b"\x0a" + bytes((crc,)), crc


# Mostly what is meant to work, so that there is something to read, change and index; now and then anything.
USUAL_VALUES = st.one_of(
    st.integers(0, 3).map(lambda number: struct.pack("<Bq", 0, number)),
    st.sampled_from(["", "a", "b"]).map(lambda text: struct.pack("<Bi", 3, len(text)) + text.encode()),
)
USUAL_NAMES = st.sampled_from(["x", "x", "y"])
USUAL_KEYS = st.sampled_from("ab").map(
    lambda text: [("id", struct.pack("<Bi", 3, 1) + text.encode(), None, None), GOOD_KEY[1]]
)
SET = st.tuples(USUAL_NAMES, USUAL_VALUES, st.none(), st.none())
REMOVE = st.tuples(USUAL_NAMES, st.none(), st.none(), st.just(1))
COUNT = st.tuples(st.just("y"), st.just(struct.pack("<Bq", 0, 2)), st.none(), st.just(4))
ANY_ROWS = st.builds(encode, KEYS, st.lists(CELLS, max_size=3), delete=st.booleans())
PUT_ROWS = st.builds(encode, USUAL_KEYS, st.lists(SET, max_size=2), delete=st.just(value=False))
UPDATE_ROWS = st.builds(
    encode, USUAL_KEYS, st.lists(st.one_of(SET, REMOVE, COUNT), min_size=1, max_size=2), delete=st.just(value=False)
)
DELETE_ROWS = st.builds(encode, USUAL_KEYS, st.just([]), delete=st.just(value=True))
PLAIN_KEYS = st.builds(encode, st.one_of(USUAL_KEYS, USUAL_KEYS, KEYS), st.just([]), delete=st.just(value=False))


ENDS = st.one_of(
    PLAIN_KEYS,
    *[
        st.just(encode([("id", end, None, None), ("n", end, None, None)], [], delete=False))
        for end in (b"\x09", b"\x0a")
    ],
)


def _single(**fields: Any) -> bytes:
    message = filter_pb.SingleColumnValueFilter(**{name: v for name, v in fields.items() if name != "regex"})
    if fields["regex"] is not None:
        message.value_trans_rule.regex = fields["regex"]
        message.value_trans_rule.cast_type = filter_pb.VT_INTEGER
    return bytes(filter_pb.Filter(type=1, filter=message.SerializeToString()).SerializeToString())


def _composite(operator: int, parts: list[bytes]) -> bytes:
    message = filter_pb.CompositeColumnValueFilter(combinator=operator)
    message.sub_filters.extend(filter_pb.Filter.FromString(part) for part in parts)
    return bytes(filter_pb.Filter(type=2, filter=message.SerializeToString()).SerializeToString())


SINGLE = st.builds(
    _single,
    comparator=st.integers(1, 8),
    column_name=NAMES,
    column_value=RAW_VALUES,
    filter_if_missing=st.booleans(),
    latest_version_only=st.booleans(),
    regex=st.sampled_from([None, None, "([a-z])", "(", "a"]),
)
FILTERS = st.one_of(
    *[st.just(b"")] * 4,
    st.recursive(SINGLE, lambda f: st.builds(_composite, st.integers(1, 3), st.lists(f, max_size=3)), max_leaves=4),
    st.builds(
        lambda offset, limit: filter_pb.Filter(
            type=3, filter=filter_pb.ColumnPaginationFilter(offset=offset, limit=limit).SerializeToString()
        ).SerializeToString(),
        st.integers(-1, 2),
        st.integers(-1, 2),
    ),
)


def _condition(existence: int, column: bytes) -> Any:
    return pb.Condition(row_existence=existence, column_condition=column or None)


CONDITIONS = st.builds(_condition, st.sampled_from([0, 0, 0, 1, 2]), FILTERS)
RETURNS = st.builds(pb.ReturnContent, return_type=st.integers(0, 2), return_column_names=st.lists(NAMES, max_size=2))
TABLES = st.sampled_from([*["events"] * 8, "by_x", "nowhere"])
READS = {
    "columns_to_get": st.lists(NAMES, max_size=2),
    "max_versions": st.sampled_from([None, -1, 1, 1, 2, 3]),
    "time_range": st.one_of(
        *[st.none()] * 4,
        st.builds(pb.TimeRange, start_time=TIMES, end_time=TIMES),
        st.builds(pb.TimeRange, specific_time=TIMES),
    ),
    "filter": FILTERS,
}
BATCH_ROWS = st.one_of(
    [
        st.builds(
            pb.RowInBatchWriteRowRequest,
            type=st.just(kind),
            row_change=st.one_of(rows, rows, ANY_ROWS),
            condition=CONDITIONS,
            return_content=RETURNS,
        )
        for kind, rows in ((pb.PUT, PUT_ROWS), (pb.UPDATE, UPDATE_ROWS), (pb.DELETE, DELETE_ROWS))
    ]
)
BATCH_TABLES = st.builds(
    pb.TableInBatchWriteRowRequest, table_name=TABLES, rows=st.lists(BATCH_ROWS, min_size=1, max_size=4)
)
WRITES = {"table_name": TABLES, "condition": CONDITIONS, "return_content": RETURNS}
REQUESTS = st.one_of(
    st.builds(pb.PutRowRequest, row=st.one_of(PUT_ROWS, PUT_ROWS, ANY_ROWS), **WRITES),
    st.builds(pb.UpdateRowRequest, row_change=st.one_of(UPDATE_ROWS, UPDATE_ROWS, ANY_ROWS), **WRITES),
    st.builds(pb.DeleteRowRequest, primary_key=st.one_of(DELETE_ROWS, ANY_ROWS), **WRITES),
    st.builds(pb.GetRowRequest, table_name=TABLES, primary_key=PLAIN_KEYS, **READS),
    st.builds(
        pb.GetRangeRequest,
        table_name=TABLES,
        direction=st.integers(0, 1),
        limit=st.sampled_from([None, None, 1, 2, 0]),
        inclusive_start_primary_key=ENDS,
        exclusive_end_primary_key=ENDS,
        **READS,
    ),
    st.builds(
        pb.BatchWriteRowRequest, tables=st.lists(BATCH_TABLES, max_size=2, unique_by=lambda table: table.table_name)
    ),
)


def new_cloud(path: Path | None) -> Cloud:
    """A cloud whose clock stands still and that checks no signatures."""
    cloud = Cloud(data=path)
    cloud.clock.freeze(NOON_MS)
    service = TablestoreService(cloud)
    service.settings.verify_signatures = False
    cloud.services["tablestore"] = service
    return cloud


def ask(cloud: Cloud, message: Any) -> tuple[int, bytes]:
    """What the cloud answers to a message."""
    operation = message.DESCRIPTOR.name.removesuffix("Request")
    answer = cloud.handle("tablestore", Request("POST", f"/{operation}", HEADERS, message.SerializeToString()))
    return answer.status, answer.body


def new_table(cloud: Cloud, *, indexed: bool) -> None:
    """Make the table `events`, indexed or with two versions."""
    message = pb.CreateTableRequest()
    message.table_meta.table_name = "events"
    message.table_meta.primary_key.add(name="id", type=pb.STRING)
    message.table_meta.primary_key.add(name="n", type=pb.INTEGER)
    message.table_meta.defined_column.add(name="x", type=pb.DCT_INTEGER)
    message.reserved_throughput.capacity_unit.read = 0
    message.table_options.time_to_live, message.table_options.max_versions = -1, 1 if indexed else 2
    if indexed:
        message.index_metas.add(name="by_x", primary_key=["x"], index_update_mode=0, index_type=0)
    assert ask(cloud, message)[0] == 200


@pytest.fixture
def clouds(tmp_path: Path) -> Iterator[tuple[Cloud, Cloud]]:
    """One cloud in memory, one on SQLite."""
    both = new_cloud(None), new_cloud(tmp_path / "state.sqlite")
    yield both
    for cloud in both:
        cloud.close()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(REQUESTS, min_size=1, max_size=12), indexed=st.booleans())
def test_both_media_answer_alike_and_never_with_a_bug(
    clouds: tuple[Cloud, Cloud],
    messages: list[Any],
    indexed: bool,  # noqa: FBT001 - drawn by name
) -> None:
    """Memory and SQLite answer every sequence of well-encoded requests with the same bytes, none of them a bug's."""
    for cloud in clouds:
        cloud.storage.reset()
        new_table(cloud, indexed=indexed)
    for message in messages:
        first, second = (ask(cloud, message) for cloud in clouds)
        assert first == second
        assert first[0] < 500, message


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(REQUESTS, min_size=1, max_size=12))
def test_an_index_holds_what_its_table_holds(clouds: tuple[Cloud, Cloud], messages: list[Any]) -> None:
    """After any sequence of requests the index has one entry for each row with the index's column, and no other."""
    cloud = clouds[0]
    cloud.storage.reset()
    new_table(cloud, indexed=True)
    for message in messages:
        ask(cloud, message)
    service = cloud.services["tablestore"]
    assert isinstance(service, TablestoreService)
    store = service._states["ledger"]
    wanted = set()
    for _, row in store.rows("events").scan():
        value = row.columns["x"][0][1] if "x" in row.columns else None
        if type(value) is int:
            wanted.add((value, *row.key))

    assert {row.key for _, row in store.rows("by_x").scan()} == wanted
