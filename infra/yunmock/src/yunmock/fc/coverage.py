"""Which calls of the vendor's SDK are answered and which are refused, read off the SDK itself."""

from __future__ import annotations

import inspect
import re
from typing import NamedTuple

from yunmock.fc.routes import find_route
from yunmock.http import Request

# `method = 'GET'` and `path = '/{0}/services/{1}'.format(...)` are how every method of the SDK begins.
METHOD = re.compile(r"method = '(\w+)'")
PATH = re.compile(r"path = '(/\{0\}[^']*)'")
# The method that calls a function's HTTP trigger takes the HTTP method from its caller.
ANY_METHOD = "GET"


class Call(NamedTuple):
    """One method of the SDK's client, what it sends, and whether yunmock answers it."""

    method: str
    sends: str
    done: bool


def coverage() -> list[Call]:
    """Every API call of the installed `aliyun-fc2`, in the order the SDK has them."""
    import fc2  # noqa: PLC0415 - only documentation needs it

    calls = []
    for name, method in vars(fc2.Client).items():
        source = inspect.getsource(method) if inspect.isfunction(method) and not name.startswith("_") else ""
        path = PATH.search(source)
        if path is not None:
            sent = METHOD.search(source)
            calls.append(_call(name, sent[1] if sent else ANY_METHOD, path[1]))
    return calls


def table() -> str:
    """The coverage as a Markdown table."""
    rows = [f"| `{call.method}` | {call.sends} | {'done' if call.done else 'refused'} |" for call in coverage()]
    return "\n".join(["| SDK method | Sends | yunmock |", "| --- | --- | --- |", *rows])


def _call(name: str, method: str, template: str) -> Call:
    # What follows the function in the path of an HTTP trigger begins with a slash of its own.
    shown = re.sub(r"\{[1-9]\}", "*", template.replace("{0}", "2016-08-15").replace("{2}{3}", "{2}/{3}"))
    request = Request(method, shown.replace("*", "any"), {})
    return Call(name, f"{method} {shown}", find_route(request) is not None)
