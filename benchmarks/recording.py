"""Records the store's calls and Tablestore's answers while the function handles a first delivery."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

from benchmarks import stub_store, workload
from benchmarks.servers import PREFIX
from opsctl.cli.local import INSTANCE
from opsledger import settings
from opsledger.store.wire.client import WireClient
from opsledger.store.wire.connection import Connection
from yunmock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from opsledger.store.wire.connection import Answer
    from yunmock import Cloud

    SdkCall = tuple[Callable[[Any], Any], Any]

OPERATIONS = ("batch_get_row", "batch_write_row")
VARIABLES = (*INSTANCE, "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")


class Recording(NamedTuple):
    """What was recorded.

    Attributes:
        replies: the answers by the path of the call.
        environment: the function's variables; the answers are signed for its credentials.
        calls: the same calls of the SDK: method and request.
    """

    replies: dict[str, Answer]
    environment: dict[str, str]
    calls: list[SdkCall]


def record(payload: bytes | None = None, before: Iterable[bytes] = ()) -> Recording:
    """Run the function on yunmock with `payload`, or with a batch, and record its calls of the store.

    Args:
        before: payloads that have been recorded by then.
    """
    replies: dict[str, Answer] = {}
    asked: list[tuple[str, Any]] = []
    with function_on_yunmock() as cloud:
        for earlier in before:
            stub_store.handle(earlier)
        cloud.clear_calls()
        with ExitStack() as stack:
            stack.enter_context(_record_replies(replies))
            for name in OPERATIONS:
                stack.enter_context(_record_calls(name, asked))
            stub_store.handle(workload.batch() if payload is None else payload)
        assert len(cloud.calls_of("tablestore")) == len(asked)
        environment = {name: os.environ[name] for name in VARIABLES}
        return Recording(replies, environment, [_of_sdk(name, tables) for name, tables in asked])


@contextmanager
def function_on_yunmock() -> Iterator[Cloud]:
    """A local cloud in this process on which the function can run; its tables exist."""
    from opsledger.store.tablestore import TablestoreStore  # noqa: PLC0415 - not for a process that only replays

    with mock_aliyun() as cloud:
        account = cloud.account
        os.environ.update(
            INSTANCE,
            ALIBABA_CLOUD_ACCESS_KEY_ID=account.access_key_id,
            ALIBABA_CLOUD_ACCESS_KEY_SECRET=account.access_key_secret,
        )
        TablestoreStore(_sdk(), PREFIX).create_tables()
        cloud.clear_calls()
        yield cloud


def _sdk() -> Any:
    from opsledger.store.tablestore import open_client  # noqa: PLC0415 - as above

    read = settings.read()
    return open_client(read.endpoint, read.instance, read.access_key_id, read.access_key_secret, None)


@contextmanager
def _record_replies(replies: dict[str, Answer]) -> Iterator[None]:
    post = Connection.post

    def recorded(self: Connection, path: str, *request: Any) -> Answer:
        replies[path] = post(self, path, *request)
        return replies[path]

    with mock.patch.object(Connection, "post", recorded):
        yield


@contextmanager
def _record_calls(name: str, asked: list[tuple[str, Any]]) -> Iterator[None]:
    method = getattr(WireClient, name)

    def recorded(self: WireClient, tables: Any) -> Any:
        asked.append((name, tables))
        return method(self, tables)

    with mock.patch.object(WireClient, name, recorded):
        yield


def _of_sdk(name: str, tables: Any) -> SdkCall:
    """The SDK's method and the request that it gets for a call of the store."""
    from opsledger.store.calls import UnansweredError  # noqa: PLC0415 - as above
    from opsledger.store.tablestore import SdkClient  # noqa: PLC0415 - as above

    client, requests = _sdk(), []

    def stop(request: Any) -> None:
        requests.append(request)
        raise ConnectionError

    with mock.patch.object(client, name, stop):
        try:
            getattr(SdkClient(client), name)(tables)
        except UnansweredError:
            (request,) = requests
    return getattr(client, name), request
