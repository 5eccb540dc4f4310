"""A stub of Tablestore below its clients: recorded answers come at once, so only our code and theirs take time."""

from __future__ import annotations

import contextlib
import io
import os
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPSConnection
from typing import TYPE_CHECKING
from unittest import mock

from opsledger.handlers import events
from opsledger.store.wire.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opsledger.store.wire.connection import Answer

SILENT = io.TextIOWrapper(open(os.devnull, "wb"))  # noqa: PTH123, SIM115 - an open sink for log lines, until the process ends


def handle(payload: bytes) -> None:
    """Invoke our function once; it formats its log lines and writes them to the null device."""
    with contextlib.redirect_stdout(SILENT):
        events.handle(payload, None)


@contextmanager
def answering(replies: Mapping[str, Answer], environment: Mapping[str, str], *, sdk: bool = False) -> Iterator[None]:
    """Answer every call with the answer recorded for its path; see `recording`.

    Args:
        environment: the function's variables.
        sdk: also those of the vendor's SDK, which is imported for it.
    """
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict("os.environ", environment))
        stack.enter_context(
            mock.patch.object(Connection, "post", lambda _self, path, _headers, _body, _until: replies[path])
        )
        if sdk:
            stack.enter_context(_sdk_answering(replies))
        yield


@contextmanager
def answering_on_connections(replies: Mapping[str, Answer], environment: Mapping[str, str]) -> Iterator[None]:
    """The same below `http.client`: what the function's client does to send and to read takes its time, too."""
    written = {path.encode(): _written(one) for path, one in replies.items()}

    def connect(connection: HTTPConnection) -> None:
        connection.sock = _Replaying(written)

    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict("os.environ", environment))
        for kind in (HTTPConnection, HTTPSConnection):
            stack.enter_context(mock.patch.object(kind, "connect", connect))
        yield


def _written(answer: Answer) -> bytes:
    headers = {**answer.headers, "content-length": str(len(answer.body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if name != "transfer-encoding")
    return f"HTTP/1.1 {answer.status} \r\n{lines}\r\n".encode("latin-1") + answer.body


class _Replaying:
    """A connection: as much of a socket as the function's client uses."""

    def __init__(self, written: Mapping[bytes, bytes]) -> None:
        self._written = written
        self._answer = io.BytesIO()

    def settimeout(self, seconds: float) -> None:
        """Nothing: the answer is there at once."""

    def sendall(self, data: bytes) -> None:
        """Have the answer ready; the body follows the head and changes nothing."""
        if data.startswith(b"POST "):
            self._answer = io.BytesIO(self._written[data.split(b" ", 2)[1]])

    def recv_into(self, buffer: memoryview) -> int:
        """The next bytes."""
        return self._answer.readinto(buffer)

    def recv(self, _size: int) -> bytes:
        """There is nothing that nobody asked for."""
        raise BlockingIOError

    def close(self) -> None:
        """Nothing is open."""


@contextmanager
def _sdk_answering(replies: Mapping[str, Answer]) -> Iterator[None]:
    import tablestore.connection  # noqa: PLC0415 - only where the SDK is measured

    answers = {path: (one.status, "OK", dict(one.headers), one.body) for path, one in replies.items()}
    pool = tablestore.connection.ConnectionPool
    with mock.patch.object(pool, "send_receive", lambda _self, url, _headers, _body: answers[url]):
        yield
