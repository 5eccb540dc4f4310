"""A stub of Tablestore below its clients: recorded answers come at once, so only our code and theirs take time."""

from __future__ import annotations

import contextlib
import io
import os
from contextlib import ExitStack, contextmanager
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
def _sdk_answering(replies: Mapping[str, Answer]) -> Iterator[None]:
    import tablestore.connection  # noqa: PLC0415 - only where the SDK is measured

    answers = {path: (one.status, "OK", dict(one.headers), one.body) for path, one in replies.items()}
    pool = tablestore.connection.ConnectionPool
    with mock.patch.object(pool, "send_receive", lambda _self, url, _headers, _body: answers[url]):
        yield
