"""Records the calls of the SDK and the replies of Tablestore while the function handles a first delivery."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

from tablestore.connection import ConnectionPool

from benchmarks import stub_store, workload
from opsctl.cli.local import INSTANCE
from opsledger import settings
from opsledger.handlers import invocation
from yunmock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock import Cloud


class Recording(NamedTuple):
    """The replies by the URL of the call, and the calls of the SDK: method and request."""

    replies: dict[str, Any]
    calls: list[tuple[Callable[[Any], Any], Any]]


def record(payload: bytes | None = None) -> Recording:
    """Run the function on yunmock with `payload`, or with a batch, and record its calls of the store."""
    recorded = Recording({}, [])
    with function_on_yunmock() as cloud:
        store: Any = invocation.open_store(settings.read())
        client = store.client
        with ExitStack() as stack:
            stack.enter_context(_record_replies(recorded.replies))
            for name in ("batch_get_row", "batch_write_row"):
                stack.enter_context(_record_calls(client, name, recorded.calls))
            stub_store.handle(workload.batch() if payload is None else payload)
        assert len(cloud.calls_of("tablestore")) == len(recorded.calls)
    return recorded


@contextmanager
def function_on_yunmock() -> Iterator[Cloud]:
    """A local cloud in this process on which the function can run; its tables exist."""
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
def _record_replies(replies: dict[str, Any]) -> Iterator[None]:
    answer = ConnectionPool.send_receive

    def send_receive(self: Any, url: str, headers: Any, body: Any) -> Any:
        replies[url] = answer(self, url, headers, body)
        return replies[url]

    with mock.patch.object(ConnectionPool, "send_receive", send_receive):
        yield


@contextmanager
def _record_calls(client: Any, name: str, calls: list[tuple[Callable[[Any], Any], Any]]) -> Iterator[None]:
    method = getattr(client, name)

    def called(request: Any) -> Any:
        calls.append((method, request))
        return method(request)

    with mock.patch.object(client, name, called):
        yield
