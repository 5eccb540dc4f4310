"""The two clients of Tablestore with the network taken away: each hands its request to a function that answers.

The vendor's SDK is the oracle: what it sends and reads is right. Its compiled parts are off, because its parser in C
reads beyond what it is given when an answer is cut off.
"""

from __future__ import annotations

import base64
import hashlib
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import cache
from inspect import signature
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import tablestore.utils
from tablestore import OTSClient
from tablestore.auth import SignV2, SignV4
from tablestore.connection import ConnectionPool
from tablestore.retry import NoRetryPolicy

from opsledger.store.calls import ServiceError, UnansweredError
from opsledger.store.tablestore import SdkClient
from opsledger.store.wire.client import WireClient
from opsledger.store.wire.connection import Answer, Connection
from opsledger.store.wire.signature import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from opsledger.store.calls import Client

ENDPOINT, INSTANCE = "https://ledger.cn-hangzhou.ots.aliyuncs.com", "ledger"
KEY_ID, SECRET = "an-id", "a-secret"
NOW_S = 1_767_225_600
"""2026-01-01T00:00:00Z."""


class Sent(NamedTuple):
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes


NO_CHANGE: Mapping[str, str | None] = {}


@cache
def wire_client(*, token: str | None = None, region: str | None = None) -> WireClient:
    """OpsLedger's own client."""
    return WireClient(ENDPOINT, INSTANCE, Credentials(KEY_ID, SECRET, token, region), lambda: 10.0)


@cache
def sdk_client(*, token: str | None = None, region: str | None = None) -> SdkClient:
    """The vendor's."""
    options: dict[str, Any] = {"sts_token": token, "region": region, "retry_policy": NoRetryPolicy()}
    if "enable_native" in signature(OTSClient.__init__).parameters:
        options["enable_native"] = False
    return SdkClient(OTSClient(ENDPOINT, KEY_ID, SECRET, INSTANCE, **options))


@contextmanager
def answered_by(respond: Callable[[Sent], Answer], now: float = NOW_S) -> Iterator[None]:
    """Within the block both clients get their answers from `respond`, and it is `now`."""

    def post(_self: Any, path: str, headers: Mapping[str, str], body: bytes, _until: float) -> Answer:
        return respond(Sent(path, headers, body))

    def send_receive(_self: Any, url: str, headers: Mapping[str, str], body: bytes) -> tuple[Any, ...]:
        answer = respond(Sent(url, headers, bytes(body)))
        return answer.status, "a reason", dict(answer.headers), answer.body

    moment = datetime.fromtimestamp(now, tz=timezone.utc).replace(tzinfo=None)
    with (
        mock.patch.object(Connection, "post", post),
        mock.patch.object(ConnectionPool, "send_receive", send_receive),
        mock.patch.object(tablestore.utils, "get_now_utc_datetime", return_value=moment),
        mock.patch("time.time", return_value=now),
    ):
        yield


def sent(client: Client, call: Callable[[Any], Any]) -> Sent:
    """What a client sends for a call."""
    requests = []

    def respond(request: Sent) -> Answer:
        requests.append(request)
        raise ConnectionResetError

    with answered_by(respond):
        result = outcome(client, call)
    assert isinstance(result, UnansweredError)
    (only,) = requests
    return only


def always(answer: Answer) -> Callable[[Sent], Answer]:
    """Answers every request alike."""
    return lambda _request: answer


def signed(
    path: str,
    body: bytes,
    status: int = 200,
    *,
    region: str | None = None,
    changes: Mapping[str, str | None] = NO_CHANGE,
) -> Answer:
    """An answer as the service sends it, with the headers in `changes` replaced, or left out where None.

    The signature is over the headers before the change.
    """
    headers = {
        "x-ots-contentmd5": base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode(),
        "x-ots-requestid": "000657ed-c8d5-8bec-7176-700b0e3077e7",
        "x-ots-date": "2026-01-01T00:00:08.597224Z",
        "x-ots-contenttype": "protocol buffer",
    }
    key = SECRET if region is None else SignV4._get_v4_signing_key(SECRET, "20260101", region, "utf8")
    headers["authorization"] = f"OTS {KEY_ID}:{SignV2('utf8').make_response_signature(path, headers, key)}"
    for name, value in changes.items():
        header = name if name == "authorization" else f"x-ots-{name}"
        if value is None:
            del headers[header]
        else:
            headers[header] = value
    return Answer(status, headers, body)


def outcome(client: Client, call: Callable[[Any], Any]) -> Any:
    """What a call returns, or the error that it raises."""
    try:
        return call(client)
    except (ServiceError, UnansweredError) as error:
        return error


def readings(call: Callable[[Any], Any], answer: Answer, *, region: str | None = None) -> tuple[Any, Any]:
    """What the wire client and the SDK make of one answer to one call."""
    with answered_by(always(answer)):
        return outcome(wire_client(region=region), call), outcome(sdk_client(region=region), call)
