"""Which calls of the vendor's SDK are answered and which are refused, read off the SDK itself."""

from __future__ import annotations

import inspect
import re
from typing import NamedTuple

from yunmock.tablestore.routes import OPERATIONS

# `self._request_helper('GetRow', ...)`, or the helper of the JSON services.
SENDS = re.compile(r"_request_helper\(\s*['\"](\w+)['\"]")
# What calls a method that sends, rather than sending itself.
THROUGH = {"xget_range": "GetRange"}


class Call(NamedTuple):
    """One method of `OTSClient`, the operation it sends, and whether yunmock answers it."""

    method: str
    operation: str
    done: bool


def coverage() -> list[Call]:
    """Every API call of the installed SDK's `OTSClient`, in the order the SDK has them."""
    from tablestore import OTSClient  # noqa: PLC0415 - slow, and only documentation needs it

    calls = []
    for name, method in vars(OTSClient).items():
        operation = THROUGH.get(name) or _operation(method)
        if operation and not name.startswith("_"):
            calls.append(Call(name, operation, operation in OPERATIONS))
    return calls


def table() -> str:
    """The coverage as a Markdown table."""
    rows = [f"| `{call.method}` | {call.operation} | {'done' if call.done else 'refused'} |" for call in coverage()]
    return "\n".join(["| SDK method | Operation | yunmock |", "| --- | --- | --- |", *rows])


def _operation(method: object) -> str | None:
    if not inspect.isfunction(method):
        return None
    sent = SENDS.search(inspect.getsource(method))
    return sent[1] if sent else None
