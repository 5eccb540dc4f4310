"""What the wire client reads: what the SDK reads of the same answer, or else that there is no clear answer."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tablestore.protobuf import table_store_pb2
from tests.opsledger.store.wire.both_clients import always, answered_by, outcome, readings, signed, wire_client

from opsledger.store.calls import Bound, KeyRange, RowFound, RowPut, ServiceError, UnansweredError
from opsledger.store.wire.plainbuffer import encode_row

RECORDED = json.loads((Path(__file__).parents[3] / "data" / "tablestore" / "answers.json").read_text(encoding="utf-8"))
ONE, TWO = (("record", "0001:one"), ("part", 1)), (("record", "0002:two"), ("part", -2))
COLUMNS: dict[str, Any] = {"text": "重启 \x00 🙂", "n": -(2**63), "yes": True, "no": False, "bytes": bytes(256), "": ""}
ASKED = KeyRange("t", (("record", Bound.MIN), ("part", Bound.MIN)), (("record", Bound.MAX), ("part", Bound.MAX)))


def writes(client: Any) -> Any:
    """Write two rows of one table and one of another."""
    return client.batch_write_row({"t": [RowPut(ONE, {}, None), RowPut(TWO, {}, 1)], "u": [RowPut(ONE, {}, None)]})


def reads(client: Any) -> Any:
    """Read two rows of one table and one of another."""
    return client.batch_get_row({"t": [ONE, TWO], "u": [ONE]})


def walks(client: Any) -> Any:
    """Read a page."""
    return client.get_range(ASKED, 10)


def _refused(row: Any, code: str, message: str | None = None) -> None:
    row.is_ok = False
    row.error.code = code
    if message is not None:
        row.error.message = message


def written() -> bytes:
    """One row written, one whose condition failed, one that was busy."""
    answer = table_store_pb2.BatchWriteRowResponse()
    first, second = answer.tables.add(table_name="t"), answer.tables.add(table_name="u")
    row = first.rows.add(is_ok=True)
    row.consumed.capacity_unit.write = 1
    _refused(first.rows.add(), "OTSConditionCheckFail", "Condition check failed.")
    _refused(second.rows.add(), "OTSServerBusy")
    return bytes(answer.SerializeToString())


def got() -> bytes:
    """One row found, one that does not exist, one that was busy."""
    answer = table_store_pb2.BatchGetRowResponse()
    first, second = answer.tables.add(table_name="t"), answer.tables.add(table_name="u")
    row = first.rows.add(is_ok=True, row=encode_row(ONE, COLUMNS))
    row.consumed.capacity_unit.read = 1
    first.rows.add(is_ok=True)
    _refused(second.rows.add(), "OTSPartitionUnavailable", "The partition is not available.")
    return bytes(answer.SerializeToString())


def page(*, last: bool = False) -> bytes:
    """Two rows, and the key of a next page or none."""
    rows = encode_row(ONE, COLUMNS) + encode_row(TWO, {})[4:]
    answer = table_store_pb2.GetRangeResponse(rows=rows)
    answer.consumed.capacity_unit.read = 1
    if not last:
        answer.next_start_primary_key = encode_row((("record", "0003:x"), ("part", 0)), {})
    return bytes(answer.SerializeToString())


CALLS = {
    "write": ("/BatchWriteRow", writes, written()),
    "read": ("/BatchGetRow", reads, got()),
    "page": ("/GetRange", walks, page()),
    "last page": ("/GetRange", walks, page(last=True)),
}
EVERY_CALL = pytest.mark.parametrize("name", CALLS)


@EVERY_CALL
@pytest.mark.parametrize("region", [None, "cn-hangzhou"])
def test_answers(name: str, region: str | None) -> None:
    """Rows, absent rows, refused rows and the ends of pages, under both versions of the signature."""
    path, call, body = CALLS[name]

    ours, theirs = readings(call, signed(path, body, region=region), region=region)

    assert repr(ours) == repr(theirs)
    assert not isinstance(ours, Exception)


@pytest.mark.parametrize("name", RECORDED)
def test_answers_of_the_real_service(name: str) -> None:
    """Recorded answers are read as the SDK reads them, and their digests are right."""
    recorded = RECORDED[name]
    body = base64.b64decode(recorded["body"])
    keys = [tuple(map(tuple, key)) for key in recorded["keys"]]
    answer = signed("/BatchGetRow", body)

    ours, theirs = readings(lambda client: client.batch_get_row({recorded["table"]: keys}), answer)

    assert answer.headers["x-ots-contentmd5"] == recorded["digest"]
    assert repr(ours) == repr(theirs)
    assert [row is None or row.key for row in ours[recorded["table"]]] == [name == "no row" or key for key in keys]


ROWS = st.dictionaries(
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True),
    st.integers(-(2**63), 2**63 - 1) | st.text(max_size=300) | st.booleans() | st.binary(max_size=300),
)


@given(ROWS)
def test_rows(columns: dict[str, Any]) -> None:
    """Any columns are read as they were written."""
    answer = table_store_pb2.BatchGetRowResponse()
    row = answer.tables.add(table_name="t").rows.add(is_ok=True, row=encode_row(ONE, columns))
    row.consumed.capacity_unit.read = 1

    ours, theirs = readings(
        lambda client: client.batch_get_row({"t": [ONE]}), signed("/BatchGetRow", bytes(answer.SerializeToString()))
    )

    assert ours == theirs == {"t": [RowFound(ONE, columns)]}


CODES = {
    "OTSServerBusy": 503,
    "OTSObjectNotExist": 404,
    "OTSAuthFailed": 403,
    "OTSNoPermissionAccess": 403,
    "OTSParameterInvalid": 400,
    "OTSInternalServerError": 500,
    "SomethingNew": 418,
}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("authorization", ["signed", None, "OTS an-id:wrong"])
def test_errors(code: str, authorization: str | None) -> None:
    """Signed, unsigned and wrongly signed: the same code, message and status, or no answer, as with the SDK."""
    body = bytes(table_store_pb2.Error(code=code, message="why 重").SerializeToString())
    changes: dict[str, str | None] = {} if authorization == "signed" else {"authorization": authorization}

    ours, theirs = readings(writes, signed("/BatchWriteRow", body, CODES[code], changes=changes))

    assert type(ours) is type(theirs)
    if isinstance(ours, ServiceError):
        assert vars(ours) == vars(theirs) == {"code": code, "message": "why 重", "status": CODES[code]}


@pytest.mark.parametrize("status", [199, 301, 400, 403, 404, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"", b"<html>502 Bad Gateway</html>", b"{}", b"\x0a\xff"])
def test_errors_that_are_not_tablestores(status: int, body: bytes) -> None:
    """A page of a gateway says nothing about what was asked."""
    answer = signed("/BatchWriteRow", body, status)._replace(headers={"content-type": "text/html"})

    ours, theirs = readings(writes, answer)

    assert isinstance(ours, UnansweredError)
    assert isinstance(theirs, UnansweredError | ServiceError)


HEADERS: dict[str, dict[str, str | None]] = {
    "no digest": {"contentmd5": None},
    "a wrong digest": {"contentmd5": "bofsTfsxtvymDNQpw96K/Q=="},
    "no date": {"date": None},
    "an old date": {"date": "2025-12-31T23:44:59.000000Z"},
    "a date to come": {"date": "2026-01-01T00:15:01.000000Z"},
    "no date at all": {"date": "yesterday"},
    "no request id": {"requestid": None},
    "another request id": {"requestid": "1"},
    "no content type": {"contenttype": None},
    "another content type": {"contenttype": "text/html"},
    "one more header": {"more": "1"},
    "no signature": {"authorization": None},
    "an empty signature": {"authorization": ""},
    "a wrong signature": {"authorization": "OTS an-id:AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
    "the signature of another": {"authorization": "OTS other:AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
    "a signature that is not ASCII": {"authorization": "OTS an-id:é"},
}


@EVERY_CALL
@pytest.mark.parametrize("change", HEADERS)
def test_an_answer_with_a_wrong_header_is_none(name: str, change: str) -> None:
    """It may be cut off, changed, old or somebody else's; the SDK thinks so, too."""
    path, call, body = CALLS[name]

    with answered_by(always(signed(path, body, changes=HEADERS[change]))):
        assert isinstance(outcome(wire_client(), call), UnansweredError)


def test_an_answer_to_another_operation_is_none() -> None:
    """Its signature has another path."""
    with answered_by(always(signed("/BatchGetRow", got()))):
        assert isinstance(outcome(wire_client(), writes), UnansweredError)


@EVERY_CALL
def test_an_answer_that_is_cut_off_is_none(name: str) -> None:
    """After every byte, also where digest and signature are right."""
    path, call, body = CALLS[name]
    for size in range(len(body)):
        _assert_safe(path, call, body[:size])
        with answered_by(always(signed(path, body)._replace(body=body[:size]))):
            assert isinstance(outcome(wire_client(), call), UnansweredError)


@EVERY_CALL
def test_a_changed_bit_is_never_read_as_something_else(name: str) -> None:
    """One bit of every byte, with digest and signature computed again: refused, or read as the SDK reads it."""
    path, call, body = CALLS[name]
    for place in range(len(body)):
        changed = bytearray(body)
        changed[place] ^= 1 << place % 8
        _assert_safe(path, call, bytes(changed))


@settings(max_examples=150)
@given(st.sampled_from(sorted(CALLS)), st.data())
def test_any_changes_are_never_read_as_something_else(name: str, data: st.DataObject) -> None:
    """Bytes inserted, removed, replaced and repeated at several places."""
    path, call, body = CALLS[name]
    for _ in range(data.draw(st.integers(1, 3))):
        start, size = data.draw(st.integers(0, len(body))), data.draw(st.integers(0, 8))
        new = data.draw(st.binary(max_size=6) | st.just(body[start : start + 12]))
        body = body[:start] + new + body[start + size :]
    _assert_safe(path, call, body)


@given(st.sampled_from(sorted(CALLS)), st.binary(max_size=60))
def test_arbitrary_bytes_are_never_read_as_something_else(name: str, body: bytes) -> None:
    """Whatever they are."""
    path, call, _ = CALLS[name]
    _assert_safe(path, call, body)


def _assert_safe(path: str, call: Any, body: bytes) -> None:
    ours, theirs = _quietly(call, path, body)
    if not isinstance(ours, UnansweredError):
        assert repr(ours) == repr(theirs)


def _quietly(call: Any, path: str, body: bytes) -> tuple[Any, Any]:
    """Both readings; the SDK may raise anything."""
    answer = signed(path, body)
    with answered_by(always(answer)):
        ours = outcome(wire_client(), call)
    if isinstance(ours, UnansweredError):
        return ours, None
    return readings(call, answer)


def test_what_the_sdk_cannot_read_is_no_answer_with_it_either() -> None:
    """Its parser raises TypeError at a number that is too short."""
    row = encode_row(ONE, {"n": 258}).replace(b"\x02\x01" + bytes(6), b"\x02\x01" + bytes(2))
    answer = table_store_pb2.BatchGetRowResponse()
    answer.tables.add(table_name="t").rows.add(is_ok=True, row=row)

    both = readings(
        lambda client: client.batch_get_row({"t": [ONE]}), signed("/BatchGetRow", bytes(answer.SerializeToString()))
    )

    assert [type(reading) for reading in both] == [UnansweredError, UnansweredError]


UNCLEAR = {
    "no result": b"",
    "a result twice": b"\x08\x01\x08\x01",
    "success and an error": b"\x08\x01\x12\x03\x0a\x01x",
    "failure without an error": b"\x08\x00",
    "an error without a code": b"\x08\x00\x12\x00",
    "neither true nor false": b"\x08\x02",
    "a result that is a text": b"\x0a\x01\x01",
}


@pytest.mark.parametrize("result", UNCLEAR)
def test_a_row_without_a_clear_result_was_perhaps_written(result: str) -> None:
    """It is never taken as written, nor as not written."""
    row = UNCLEAR[result]
    table = b"\x0a\x01t\x12" + bytes([len(row)]) + row
    body = b"\x0a" + bytes([len(table)]) + table

    with answered_by(always(signed("/BatchWriteRow", body))):
        result_ = outcome(wire_client(), lambda client: client.batch_write_row({"t": [RowPut(ONE, {}, None)]}))

    assert isinstance(result_, UnansweredError)


def _tables(**rows: int) -> bytes:
    answer = table_store_pb2.BatchWriteRowResponse()
    for name, count in rows.items():
        table = answer.tables.add(table_name=name)
        for _ in range(count):
            table.rows.add(is_ok=True)
    return bytes(answer.SerializeToString())


@pytest.mark.parametrize(
    "body",
    [
        _tables(),
        _tables(t=2),
        _tables(t=1, u=1),
        _tables(t=3, u=1),
        _tables(t=2, u=0),
        _tables(t=2, v=1),
        _tables(t=2, u=1, v=0),
        _tables(t=2, u=1) + _tables(u=1),
        _tables(t=2, u=1) + _tables(t=0),
    ],
)
def test_an_answer_to_another_batch_is_none(body: bytes) -> None:
    """Fewer or more rows or tables, or others, than were asked."""
    with answered_by(always(signed("/BatchWriteRow", body))):
        assert isinstance(outcome(wire_client(), writes), UnansweredError)


def test_a_row_that_was_not_asked_for_is_none() -> None:
    """Its key tells."""
    answer = table_store_pb2.BatchGetRowResponse()
    answer.tables.add(table_name="t").rows.add(is_ok=True, row=encode_row(TWO, {}))
    with answered_by(always(signed("/BatchGetRow", bytes(answer.SerializeToString())))):
        result = outcome(wire_client(), lambda client: client.batch_get_row({"t": [ONE]}))

    assert isinstance(result, UnansweredError)


@pytest.mark.parametrize("start", [ONE, ASKED.start])
def test_a_walk_that_does_not_move_on_ends(start: Any) -> None:
    """The next page never begins where this one began: the walk would not end."""
    answer = table_store_pb2.GetRangeResponse(rows=b"", next_start_primary_key=encode_row(start, {}))
    answer.consumed.capacity_unit.read = 1
    with answered_by(always(signed("/GetRange", bytes(answer.SerializeToString())))):
        result = outcome(wire_client(), lambda client: client.get_range(ASKED._replace(start=start), 10))

    assert isinstance(result, UnansweredError)


OTHER_RANGES: dict[str, Any] = {
    "before it": (("record", "0000"), ("part", 0)),
    "behind it": (("record", "0004"), ("part", 0)),
    "before a number": (("record", "0001"), ("part", 4)),
    "another column": (("record", "0002"), ("other", 0)),
    "a column less": (("record", "0002"),),
    "another type": (("record", 2), ("part", 0)),
}


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("other", OTHER_RANGES)
def test_a_page_of_another_range_is_none(other: str, backward: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Its signature is right: it is over nothing that was asked but the operation."""
    first_key, last_key = (("record", "0001"), ("part", 5)), (("record", "0003"), ("part", Bound.MAX))
    asked = KeyRange("t", last_key, first_key, backward) if backward else KeyRange("t", first_key, last_key)
    good = ((("record", "0001"), ("part", 5)), (("record", "0002"), ("part", -1)), (("record", "0003"), ("part", 7)))

    def read(first: Any, following: Any) -> Any:
        message = table_store_pb2.GetRangeResponse(rows=encode_row(first, {}))
        message.next_start_primary_key = encode_row(following, {})
        message.consumed.capacity_unit.read = 1
        with answered_by(always(signed("/GetRange", bytes(message.SerializeToString())))):
            return outcome(wire_client(), lambda client: client.get_range(asked, 10))

    assert [read(first, good[1]).next_start for first in good] == [good[1]] * 3
    assert isinstance(read(OTHER_RANGES[other], good[1]), UnansweredError)
    assert isinstance(read(good[1], OTHER_RANGES[other]), UnansweredError)


def test_a_single_row() -> None:
    """GetRow: a row, none, and one that was not asked for."""
    for columns, key, expected in ((COLUMNS, ONE, RowFound(ONE, COLUMNS)), (None, ONE, None), ({}, TWO, None)):
        row = b"" if columns is None else encode_row(key, columns)
        message = table_store_pb2.GetRowResponse(row=row)
        message.consumed.capacity_unit.read = 1
        answered = signed("/GetRow", bytes(message.SerializeToString()))
        with answered_by(always(answered)):
            result = outcome(wire_client(), lambda client: client.get_row("t", ONE))
        assert isinstance(result, UnansweredError) if key is TWO else result == expected
