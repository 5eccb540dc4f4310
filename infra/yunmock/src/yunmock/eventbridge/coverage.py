"""Which calls of the vendor's SDK are answered and which are refused, read off the SDK itself."""

from __future__ import annotations

import inspect
import re
from typing import NamedTuple

from yunmock.eventbridge.routes import CALLS, PUT_EVENTS, operation_of

# `self.do_request('putEvents', 'HTTP', 'POST', f'/openapi/putEvents', ...)`
SENDS = re.compile(r"do_request\(\s*'\w+',\s*'\w+',\s*'POST',\s*f?'(/openapi/[\w/]+)'")
SUFFIX = "_with_options"


class Call(NamedTuple):
    """One method of the SDK's client, the operation it sends, and whether yunmock answers it."""

    method: str
    operation: str
    done: bool


def coverage() -> list[Call]:
    """Every API call of the installed `alibabacloud-eventbridge`, in the order the SDK has them."""
    from alibabacloud_eventbridge.client import Client  # noqa: PLC0415 - only documentation needs it

    calls = []
    for name, method in vars(Client).items():
        path = SENDS.search(inspect.getsource(method)) if name.endswith(SUFFIX) else None
        if path is not None:
            done = path[1] in CALLS or path[1] == PUT_EVENTS
            calls.append(Call(name.removesuffix(SUFFIX), operation_of(path[1]), done))
    return calls


def table() -> str:
    """The coverage as a Markdown table."""
    rows = [f"| `{call.method}` | {call.operation} | {'done' if call.done else 'refused'} |" for call in coverage()]
    return "\n".join(["| SDK method | Operation | yunmock |", "| --- | --- | --- |", *rows])
