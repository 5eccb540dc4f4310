"""Answers of a newer service than this client knows: what it adds is skipped, and the rest is read as before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tablestore.protobuf import table_store_pb2
from tests.opsledger.store.wire.both_clients import readings, signed
from tests.opsledger.store.wire.test_answers import CALLS, EVERY_CALL, writes

from opsledger.store.wire.protobuf import content, number

NEWER = number(90, 7) + 2 * content(91, b"a newer field") + number(90, 8)


def _of_a_newer_service(message: Any) -> bytes:
    """The message with fields that are not known here, once and repeated, in it and in every message that it holds."""
    parts = []
    for field, value in message.ListFields():
        for one in value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]:
            if field.message_type is None:
                parts.append(type(message)(**{field.name: one}).SerializePartialToString())
            else:
                parts.append(content(field.number, _of_a_newer_service(one)))
    return b"".join(parts) + NEWER


MESSAGES = {
    "write": table_store_pb2.BatchWriteRowResponse,
    "read": table_store_pb2.BatchGetRowResponse,
    "page": table_store_pb2.GetRangeResponse,
    "last page": table_store_pb2.GetRangeResponse,
}


@EVERY_CALL
def test_fields_of_a_newer_service_are_skipped(name: str) -> None:
    """Also repeated ones, and in the capacity units: else the day it sends them nothing could be stored any more."""
    path, call, body = CALLS[name]
    newer = _of_a_newer_service(MESSAGES[name].FromString(body))

    ours, theirs = readings(call, signed(path, newer))

    assert len(newer) > len(body)
    assert repr(ours) == repr(theirs) == repr(readings(call, signed(path, body))[0])
    assert not isinstance(ours, Exception)


def test_an_error_of_a_newer_service_is_read() -> None:
    """Its code and message stay what they are."""
    body = content(1, b"OTSServerBusy") + content(2, b"why") + NEWER

    ours, theirs = readings(writes, signed("/BatchWriteRow", body, 503))

    assert vars(ours) == vars(theirs) == {"code": "OTSServerBusy", "message": "why", "status": 503}
