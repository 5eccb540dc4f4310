"""What Tablestore answers to the first delivery of distinct events, and what the SDK was asked."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

from tablestore.connection import ConnectionPool

from benchmarks import stub, workload
from opsctl.cli.local import INSTANCE
from opsledger import settings
from opsledger.handlers import invocation
from yunmock.mock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock import Cloud


class Recorded(NamedTuple):
    """Replies by the path of the call, and the SDK's calls: method and request."""

    replies: dict[str, Any]
    calls: list[tuple[Callable[[Any], Any], Any]]


def record(payload: bytes | None = None) -> Recorded:
    """Have the function handle `payload`, or a batch, on yunmock, and keep what passed below it."""
    recorded = Recorded({}, [])
    with function_on_yunmock() as cloud:
        store: Any = invocation.open_store(settings.read())
        client = store.client
        with ExitStack() as stack:
            stack.enter_context(_replies_kept(recorded.replies))
            for name in ("batch_get_row", "batch_write_row"):
                stack.enter_context(_calls_kept(client, name, recorded.calls))
            stub.handle(workload.batch() if payload is None else payload)
        assert len(cloud.calls_of("tablestore")) == len(recorded.calls)
    return recorded


@contextmanager
def function_on_yunmock() -> Iterator[Cloud]:
    """Our function with a cloud in this process and its tables made."""
    with mock_aliyun() as cloud:
        account = cloud.account
        os.environ.update(
            INSTANCE,
            ALIBABA_CLOUD_ACCESS_KEY_ID=account.access_key_id,
            ALIBABA_CLOUD_ACCESS_KEY_SECRET=account.access_key_secret,
        )
        store: Any = invocation.open_store(settings.read())
        store.create_tables()
        cloud.clear_calls()
        yield cloud


@contextmanager
def _replies_kept(replies: dict[str, Any]) -> Iterator[None]:
    answer = ConnectionPool.send_receive

    def send_receive(self: Any, url: str, headers: Any, body: Any) -> Any:
        replies[url] = answer(self, url, headers, body)
        return replies[url]

    with mock.patch.object(ConnectionPool, "send_receive", send_receive):
        yield


@contextmanager
def _calls_kept(client: Any, name: str, calls: list[tuple[Callable[[Any], Any], Any]]) -> Iterator[None]:
    method = getattr(client, name)

    def called(request: Any) -> Any:
        calls.append((method, request))
        return method(request)

    with mock.patch.object(client, name, called):
        yield
