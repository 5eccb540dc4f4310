"""How large what Function Compute takes and gives may be.

Events: https://www.alibabacloud.com/help/doc-detail/2527064.html ("EntityTooLarge"), HTTP triggers:
https://alibabacloud.com/help/en/functioncompute/web-functions (InvalidArgument, BadResponse), destinations:
https://www.alibabacloud.com/help/en/fc/user-guide/result-callback. No page limits the result of a function; it is taken
for a payload of a synchronous invocation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.fc.errors import FunctionComputeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yunmock.http import Request

KB = 1024
MAX_SYNC_BYTES = 32 * KB * KB
MAX_ASYNC_BYTES = 128 * KB
MAX_RESULT_BYTES = MAX_SYNC_BYTES
MAX_HEADER_BYTES = 8 * KB
"""Of an HTTP trigger's request, and of its response: all names and values together."""
MAX_PATH_BYTES = 4 * KB
"""Of an HTTP trigger's request: the path with its query."""
MAX_BUS_BYTES = 64 * KB
"""Of what is sent to an event bus as a destination."""


def max_event(*, asynchronous: bool) -> int:
    """How many bytes an event may have."""
    return MAX_ASYNC_BYTES if asynchronous else MAX_SYNC_BYTES


def check_event(event: bytes, *, asynchronous: bool) -> None:
    """Check an event's size.

    Raises:
        FunctionComputeError: EntityTooLarge.
    """
    limit = max_event(asynchronous=asynchronous)
    if len(event) > limit:
        raise FunctionComputeError("EntityTooLarge", limit)


def check_http_request(request: Request, *, asynchronous: bool) -> None:
    """Check what is sent to an HTTP trigger.

    Raises:
        FunctionComputeError: InvalidArgument.
    """
    query = sum([len(name.encode()) + len(value.encode()) + 2 for name, value in request.query.items()])
    sizes = (
        ("headers", header_bytes(request.headers), MAX_HEADER_BYTES),
        ("path", len(request.path.encode()) + query, MAX_PATH_BYTES),
        ("body", len(request.body), max_event(asynchronous=asynchronous)),
    )
    for what, size, limit in sizes:
        if size > limit:
            raise FunctionComputeError("InvalidArgument", f"the {what} has {size} bytes, the limit is {limit}")


def header_bytes(headers: Mapping[str, str]) -> int:
    """How many bytes headers count for."""
    return sum([len(name) + len(value.encode()) for name, value in headers.items()])
