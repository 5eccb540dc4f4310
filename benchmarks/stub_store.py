"""Tablestore that answers at once and always the same, below the SDK: what is left is our time and the SDK's."""

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

SILENT = io.TextIOWrapper(open(os.devnull, "wb"))  # noqa: PTH123, SIM115 - where log lines go, for as long as we run


def handle(payload: bytes) -> None:
    """One invocation of our function; its log lines are written, to nowhere."""
    with contextlib.redirect_stdout(SILENT):
        events.handle(payload, None)


@contextmanager
def answering(replies: Mapping[str, Any]) -> Iterator[None]:
    """Every call is answered as `replies` has it by its path; see `recording`."""
    import tablestore.connection as sdk  # noqa: PLC0415 - after opsledger, which imports less of it

    with mock.patch.object(sdk.ConnectionPool, "send_receive", lambda _self, url, _headers, _body: replies[url]):
        yield
