"""What the Go, Java and Node SDKs put on the wire, and what they need in the answers.

The messages here are built and read by field numbers, because the Python SDK's messages lack these fields. The numbers
are from `tablestore/otsprotocol/table_store.proto` of aliyun-tablestore-go-sdk 4.0.2 and `ots_internal_api.proto` of
aliyun-tablestore-java-sdk; what is sent and read is from their `api.go` and `OTSProtocolBuilder.java`. The answers are
those of recorded traffic (WireMock mappings of salesforce/multicloudj, docstore-ali).
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from tablestore import INF_MAX, INF_MIN, Condition, OTSServiceError, Row, SecondaryIndexMeta, TableOptions
from tablestore.auth import RequestContext
from tablestore.plainbuffer.plain_buffer_builder import PlainBufferBuilder

from yunmock.http import Request
from yunmock.tablestore.fields import REQUEST_FIELDS, check_fields, sent
from yunmock.tablestore.messages import pb
from yunmock.tablestore.model import KeyColumn, StoredTable, decode_table
from yunmock.tablestore.model import TableOptions as StoredOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    Wire: TypeAlias = "int | bytes | str | list[tuple[int, Wire]]"

UNIT: list[tuple[int, Wire]] = [(1, [(1, [(1, 0), (2, 1)])])]
"""A message that has the consumed capacity, no read and one write unit, as field 1."""


def varint(value: int) -> bytes:
    """A number as protobuf writes it; a negative one as 64 bits."""
    value %= 2**64
    return bytes((value & 0x7F | 0x80,)) + varint(value >> 7) if value > 0x7F else bytes((value,))


def read_varint(data: bytes, place: int) -> tuple[int, int]:
    """The number at a place, and the place after it."""
    end = next(n for n in range(place, len(data)) if data[n] < 0x80) + 1
    return sum((byte & 0x7F) << 7 * n for n, byte in enumerate(data[place:end])), end


def encoded(fields: list[tuple[int, Wire]]) -> bytes:
    """A message of these fields; a list is a message within it."""
    parts = []
    for number, value in fields:
        if isinstance(value, int):
            parts.append(varint(number << 3) + varint(value))
        else:
            data = value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else encoded(value)
            parts.append(varint(number << 3 | 2) + varint(len(data)) + data)
    return b"".join(parts)


def decoded(data: bytes) -> dict[int, list[Any]]:
    """The values of each field of a message."""
    found: dict[int, list[Any]] = {}
    place = 0
    while place < len(data):
        tag, place = read_varint(data, place)
        value, place = read_varint(data, place)
        found.setdefault(tag >> 3, []).append(data[place : place + value] if tag & 7 == 2 else value)
        place += value if tag & 7 == 2 else 0
    return found


def at(data: bytes, *path: int) -> Any:
    """The only value at a path of field numbers: a number, or bytes."""
    for number in path:
        (data,) = decoded(data)[number]
    return data


@pytest.fixture
def send(cloud: Any, client: Any) -> Callable[[str, bytes], bytes]:
    """Sends a request as another SDK does; raises what the Python SDK raises for a refusal."""

    def call(operation: str, body: bytes) -> bytes:
        signed = _signed(client, operation, body)
        response = cloud.handle("tablestore", signed)
        if response.status != 200:
            error = pb.Error.FromString(response.body)
            raise OTSServiceError(response.status, error.code, error.message, "")
        data: bytes = response.body
        return data

    return call


def _signed(client: Any, operation: str, body: bytes) -> Request:
    context = RequestContext(client.credentials_provider.get_credentials())
    headers = client.protocol._make_request_headers(body, f"/{operation}", client._signer, context)
    return Request("POST", f"/{operation}", {k.lower(): v for k, v in headers.items()}, body)


def key_of(value: Any) -> bytes:
    """A primary key as a PlainBuffer."""
    return bytes(PlainBufferBuilder.serialize_primary_key([("id", value)]))


def row_of(name: str) -> bytes:
    """A row with one column as a PlainBuffer."""
    return bytes(PlainBufferBuilder.serialize_for_put_row([("id", name)], [("x", 1)]))


def put(name: str) -> list[tuple[int, Wire]]:
    """A RowInBatchWriteRowRequest: PUT, the row, the condition IGNORE."""
    return [(1, 1), (2, row_of(name)), (3, [(1, 0)])]


def get_range(table: str, *hints: tuple[int, int]) -> bytes:
    """A GetRangeRequest over the whole table."""
    low, high = key_of(INF_MIN), key_of(INF_MAX)
    return encoded([(1, table), (2, 0), (5, 1), (7, low), (8, high), *hints])


def create_table(options: list[tuple[int, Wire]], *added: tuple[int, Wire]) -> bytes:
    """A CreateTableRequest of a table with one STRING key column, as `TableStoreClient.CreateTable` of Go makes it."""
    meta: list[tuple[int, Wire]] = [(1, "made"), (2, [(1, "id"), (2, 2)])]
    return encoded([(1, meta), (2, [(1, [(1, 0), (2, 0)])]), (3, [(1, -1), (2, 1), *options]), *added])


# ---- requests


def test_go_writes_a_batch(client: Any, table: str, send: Any) -> None:
    """The Go SDK sends `is_atomic` (3) on every BatchWriteRow, and reads the consumed units of each row."""
    answer = send("BatchWriteRow", encoded([(1, [(1, table), (2, put("a")), (2, put("b"))]), (3, 0)]))

    rows = decoded(at(answer, 1))[2]
    assert [(at(row, 1), at(row, 3, 1, 1), at(row, 3, 1, 2)) for row in rows] == [(1, 0, 1), (1, 0, 1)]
    assert client.get_row(table, [("id", "b")])[1].attribute_columns[0][:2] == ("x", 1)


def test_an_atomic_batch_is_refused_by_name(client: Any, table: str, send: Any, refused: Any) -> None:
    """A batch that has to succeed or fail as a whole is not emulated."""
    message = "Unsupported operation: 'BatchWriteRowRequest.is_atomic = 1'. yunmock does not emulate it."
    with refused("OTSUnsupportOperation", message, 400):
        send("BatchWriteRow", encoded([(1, [(1, table), (2, put("a"))]), (3, 1)]))
    assert client.get_row(table, [("id", "a")])[1] is None


@pytest.mark.parametrize(
    "hints",
    [
        [(15, 0), (17, 0)],  # Go, on every call
        [(9, 1), (15, 0), (16, 1), (17, 0)],  # every default of the vendor's .proto
        [(9, 0)],
        [],
    ],
)
def test_a_range_is_read_with_hints(client: Any, table: str, send: Any, hints: list[tuple[int, int]]) -> None:
    """Hints that ask for PlainBuffer, uncompressed and with the whole key pass; the answer says what it is."""
    client.put_row(table, Row([("id", "a")], [("x", 1)]), Condition("IGNORE"))

    answer = send("GetRange", get_range(table, *hints))

    assert decoded(answer).keys() == {1, 2, 5, 6}
    assert (at(answer, 5), at(answer, 6)) == (0, 0)  # DBT_PLAIN_BUFFER, CPT_NONE


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        ((15, 1), "GetRangeRequest.data_block_type_hint = 1"),
        ((16, 0), "GetRangeRequest.return_entire_primary_keys = 0"),
        ((17, 1), "GetRangeRequest.compress_type_hint = 1"),
    ],
)
def test_other_hints_are_refused_by_name(table: str, send: Any, refused: Any, hint: tuple[int, int], name: str) -> None:
    """A range in the matrix form, without the whole key, or compressed is not emulated."""
    with refused("OTSUnsupportOperation", f"Unsupported operation: '{name}'. yunmock does not emulate it.", 400):
        send("GetRange", get_range(table, hint))


@pytest.mark.parametrize("cache", [0, 1])
def test_cache_blocks_passes(table: str, send: Any, cache: int) -> None:
    """Whether the service caches what it reads changes nothing."""
    key = key_of("a")

    assert at(send("GetRow", encoded([(1, table), (2, key), (5, 1), (6, cache)])), 2) == b""
    assert at(send("BatchGetRow", encoded([(1, [(1, table), (2, key), (6, 1), (7, cache)])])), 1, 2, 1) == 1


@pytest.mark.parametrize("enabled", [0, 1])
def test_java_creates_a_table(client: Any, service: Any, send: Any, refused: Any, enabled: int) -> None:
    """Java sends `update_full_row` (7) and `enable_local_txn` (8); the latter decides about local transactions."""
    service.settings.local_transactions = not enabled
    send("CreateTable", create_table([(5, 86400), (6, 1), (7, 0)], (8, enabled)))

    if enabled:
        assert client.start_local_transaction("made", [("id", "a")])
    else:
        with refused("OTSParameterInvalid", status=400):
            client.start_local_transaction("made", [("id", "a")])


@pytest.mark.parametrize(
    ("request_body", "name"),
    [
        (create_table([(7, 1)]), "TableOptions.update_full_row = 1"),
        (create_table([(3, 3)]), "TableOptions.bloom_filter_type = 3"),
        (create_table([(4, 64)]), "TableOptions.block_size = 64"),
        (create_table([], (5, [(1, 0), (3, "x")])), "StreamSpecification.columns_to_get"),
        (create_table([], (7, [(1, "by_x"), (2, "x"), (4, 0), (5, 0), (6, 2)])), "IndexMeta.index_sync_phase = 2"),
    ],
)
def test_a_table_that_cannot_be_made_is_refused_by_name(
    client: Any, send: Any, refused: Any, request_body: bytes, name: str
) -> None:
    """An option that yunmock does not emulate is named, at any place in the request."""
    with refused("OTSUnsupportOperation", f"Unsupported operation: '{name}'. yunmock does not emulate it.", 400):
        send("CreateTable", request_body)
    assert client.list_table() == ()


def test_an_update_with_update_full_row_passes(table: str, send: Any, refused: Any) -> None:
    """UpdateTable takes `update_full_row` as it is; changing it is refused."""
    send("UpdateTable", encoded([(1, table), (3, [(1, -1), (2, 2), (7, 0)])]))

    with refused("OTSUnsupportOperation", status=400):
        send("UpdateTable", encoded([(1, table), (3, [(1, -1), (2, 2), (7, 1)])]))


@pytest.mark.parametrize(
    ("operation", "fields", "message"),
    [
        ("DescribeTable", [(1, "events"), (99, 0)], "Unknown field 99 of DescribeTableRequest."),
        (
            "BatchWriteRow",
            [(1, [(1, "events"), (2, [*put("a"), (99, 1)])])],
            "Unknown field 99 of RowInBatchWriteRowRequest.",
        ),
        (
            "BatchWriteRow",
            [(1, [(1, "events"), (2, put("a")), (2, [*put("b"), (5, 7)])])],
            "Unsupported operation: 'RowInBatchWriteRowRequest.row_version = 7'.",
        ),
        (
            "BatchWriteRow",
            [(1, [(1, "events"), (2, [*put("a"), (4, [(1, 9)])])])],
            "Unknown value 9 of ReturnContent.return_type.",
        ),
        ("BatchWriteRow", [(1, [(1, "events"), (2, put("a"))]), (3, b"")], "'BatchWriteRowRequest.is_atomic'"),
    ],
)
def test_an_unknown_field_is_refused_at_any_depth(
    table: str, send: Any, operation: str, fields: Any, message: str
) -> None:
    """A field, or a value of an enumeration, that yunmock does not know is named with its message."""
    assert table == "events"
    with pytest.raises(OTSServiceError, match=message) as caught:
        send(operation, encoded(fields))

    assert (caught.value.code, caught.value.http_status) == ("OTSUnsupportOperation", 400)


FIELDS = [(kind, number) for kind, fields in REQUEST_FIELDS.items() for number in fields]


@pytest.mark.parametrize(("kind", "number"), FIELDS)
def test_each_field_of_the_table(kind: str, number: int) -> None:
    """A field passes with the values of the table and no other; the Python SDK's messages still lack it."""
    field = REQUEST_FIELDS[kind][number]
    message_class = getattr(pb, kind)
    assert number not in message_class.DESCRIPTOR.fields_by_number

    for value in (0, 1, 2):
        message = message_class.FromString(encoded([(number, value)]))
        if value in field.accepted:
            check_fields(message)
            assert sent(message, number) == bool(value)
        else:
            with pytest.raises(Exception, match=rf"{kind}\.{field.name} = {value}"):
                check_fields(message)


def test_a_request_without_a_required_field_is_refused(table: str, send: Any, refused: Any) -> None:
    """A PutRow without a condition is no message of the protocol."""
    with refused("OTSParameterInvalid", "Parse PBMessage from RawString failed.", 400):
        send("PutRow", encoded([(1, table), (2, row_of("a"))]))


# ---- answers


def test_a_table_is_described_as_the_service_does(client: Any, cloud: Any, make_table: Any, send: Any) -> None:
    """DescribeTable has every field of the recorded answers."""
    cloud.clock.freeze()
    indexes = [SecondaryIndexMeta("by_x", ["x"], [])]
    table = make_table(defined=[("x", "INTEGER")], indexes=indexes, max_version=1)

    answer = send("DescribeTable", encoded([(1, table)]))

    assert sorted(decoded(answer)) == [1, 2, 3, 4, 5, 7, 8, 9, 12, 13]
    assert str(uuid.UUID(at(answer, 1, 5).decode())) == at(answer, 1, 5).decode()
    assert {number: at(answer, 3, number) for number in (1, 2, 5, 6, 7)} == {1: 2**64 - 1, 2: 1, 5: 86400, 6: 1, 7: 0}
    assert at(answer, 4) == 1  # ACTIVE
    assert decoded(at(answer, 5)) == {1: [0], 4: [0]}  # no stream, never enabled
    assert decoded(at(answer, 7)) == {1: [0]}  # not encrypted at rest
    assert at(answer, 8, 6) == 2  # ISP_INCR
    assert at(answer, 9) == cloud.clock.now_ms() * 1000
    assert (at(answer, 12, 1), at(answer, 13)) == (0, 0)
    assert client.describe_table(table).table_meta.table_name == table


def test_go_reads_what_it_needs_of_a_described_table(table: str, send: Any) -> None:
    """`TableStoreClient.DescribeTable` of Go takes these fields without asking whether they are there."""
    answer = send("DescribeTable", encoded([(1, table)]))

    for path in [(1, 1), (1, 2, 1), (1, 2, 2), (2, 1, 1), (2, 1, 2), (2, 2), (3, 1), (3, 2), (3, 5), (4,), (5, 1)]:
        assert at(answer, *path) is not None, path


def test_go_reads_what_it_needs_of_an_updated_table(table: str, send: Any) -> None:
    """`TableStoreClient.UpdateTable` of Go takes `stream_details.enable_stream` without asking whether it is there."""
    answer = send("UpdateTable", encoded([(1, table), (3, [(1, -1), (2, 2)])]))

    for path in [(1, 1, 1), (1, 1, 2), (2, 1), (2, 2), (2, 5), (3, 1)]:
        assert at(answer, *path) is not None, path
    assert decoded(at(answer, 3)) == {1: [0], 4: [0]}


def test_a_new_table_is_loading(cloud: Any, service: Any, table: str, send: Any) -> None:
    """A table that is not ready yet has the status LOADING."""
    service.settings.table_ready_after_ms = 60_000
    assert at(send("DescribeTable", encoded([(1, table)])), 4) == 3

    cloud.clock.advance(60)
    assert at(send("DescribeTable", encoded([(1, table)])), 4) == 1


def test_an_index_being_built_is_in_the_full_phase(
    client: Any, cloud: Any, service: Any, make_table: Any, send: Any
) -> None:
    """`index_sync_phase` is ISP_FULL until the rows that were there are indexed, then ISP_INCR."""
    service.settings.index_lag_ms = 1000
    table = make_table(defined=[("x", "INTEGER")], max_version=1)
    client.create_secondary_index(table, SecondaryIndexMeta("by_x", ["x"], []), include_base_data=True)
    assert at(send("DescribeTable", encoded([(1, table)])), 8, 6) == 1

    cloud.clock.advance(1)
    assert at(send("DescribeTable", encoded([(1, table)])), 8, 6) == 2


def test_a_table_keeps_its_id(client: Any, make_table: Any, send: Any) -> None:
    """The id stays through updates; a table that is made again under the name has another one."""
    table = make_table()
    ids = [at(send("DescribeTable", encoded([(1, table)])), 1, 5)]
    client.update_table(table, TableOptions(-1, 2))
    ids.append(at(send("DescribeTable", encoded([(1, table)])), 1, 5))
    client.delete_table(table)
    make_table()
    ids.append(at(send("DescribeTable", encoded([(1, table)])), 1, 5))

    assert ids[0] == ids[1] != ids[2]


def test_a_table_stored_without_an_id_is_read() -> None:
    """A file that was written before tables had ids still opens."""
    table = StoredTable("t", (KeyColumn("id", "STRING"),), (), StoredOptions(-1, 1, 86400, True), (0, 0), 1, 1)  # noqa: FBT003 - a row of fields
    old = json.dumps(table[:9]).encode()

    assert decode_table(old) == table


def test_transactions_consume_a_write_unit(table: str, send: Any) -> None:
    """Starting, committing and aborting report one write unit: as field 2 beside the id, and as field 1."""
    for ending in ("CommitTransaction", "AbortTransaction"):
        started = send("StartLocalTransaction", encoded([(1, table), (2, key_of("a"))]))
        assert decoded(started).keys() == {1, 2}
        assert at(started, 2) == at(encoded(UNIT), 1)

        assert send(ending, encoded([(1, at(started, 1))])) == encoded(UNIT)
