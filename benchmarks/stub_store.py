"""A stub of Tablestore below the SDK: it returns recorded replies at once, so only our code and the SDK take time."""

from __future__ import annotations

import contextlib
import io
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from opsledger.handlers import events

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SILENT = io.TextIOWrapper(open(os.devnull, "wb"))  # noqa: PTH123, SIM115 - an open sink for log lines, until the process ends


def handle(payload: bytes) -> None:
    """Invoke our function once; it formats its log lines and writes them to the null device."""
    with contextlib.redirect_stdout(SILENT):
        events.handle(payload, None)


@contextmanager
def answering(replies: Mapping[str, Any]) -> Iterator[None]:
    """Answer every call with the reply recorded for its URL; see `recording`."""
    import tablestore.connection as sdk  # noqa: PLC0415 - after opsledger, which imports less of it

    with mock.patch.object(sdk.ConnectionPool, "send_receive", lambda _self, url, _headers, _body: replies[url]):
        yield
