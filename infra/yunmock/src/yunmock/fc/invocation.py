"""The texts of an invocation as Function Compute writes them: ids, log, results and errors.

An unhandled exception is HTTP 200 with `X-Fc-Error-Type` and `{errorMessage, errorType, stackTrace}`:
https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/error-handling.
"""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING

from yunmock.fc.limits import MAX_RESULT_BYTES
from yunmock.identifiers import new_uuid

if TYPE_CHECKING:
    from pathlib import Path

UNHANDLED = "UnhandledInvocationError"


def new_request_id() -> str:
    """A new request id in FC's form."""
    digits = new_uuid().hex
    return f"1-{digits[:8]}-{digits[8:]}"


def framed_log(request_id: str, printed: str, duration_ms: float, memory_mb: int, used_mb: float) -> str:
    """The log of one invocation as FC shows it."""
    end = "" if printed.endswith("\n") or not printed else "\n"
    return (
        f"FC Invoke Start RequestId: {request_id}\n{printed}{end}FC Invoke End RequestId: {request_id}\n"
        f"Duration: {duration_ms:.2f} ms, Billed Duration: {max(1, round(duration_ms))} ms, "
        f"Memory Size: {memory_mb} MB, Max Memory Used: {used_mb:.2f} MB\n"
    )


class ResultTooLargeError(Exception):
    """What a handler returns is larger than Function Compute passes on."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the result has {size} bytes, the limit is {MAX_RESULT_BYTES}")


def result_bytes(result: object) -> bytes:
    """A handler's return value as bytes: bytes and texts as they are, anything else as JSON.

    Raises:
        TypeError: it cannot be written as JSON.
        ResultTooLargeError: it has more than 32 MB.
    """
    written = _result_bytes(result)
    if len(written) > MAX_RESULT_BYTES:
        raise ResultTooLargeError(len(written))
    return written


def _result_bytes(result: object) -> bytes:
    if isinstance(result, (bytes, bytearray)):
        return bytes(result)
    if isinstance(result, str):
        return result.encode()
    return json.dumps(result, ensure_ascii=False).encode()


def error_line(body: bytes, error_type: str) -> str:
    """The error in one line, from FC's JSON for it."""
    try:
        content = json.loads(body)
    except ValueError:
        content = {}
    kind = content.get("errorType") or content.get("ErrorCode") or error_type
    return f"{kind}: {content.get('errorMessage') or content.get('ErrorMessage') or ''}"


def error_body(error: BaseException, code: Path) -> bytes:
    """FC's JSON for an exception; the stack starts at the function's own code."""
    frames = traceback.extract_tb(error.__traceback__)
    first = next((i for i, frame in enumerate(frames) if frame.filename.startswith(str(code))), len(frames))
    stack = [
        [f'File "{frame.filename}"', f"line {frame.lineno}", f"in {frame.name}", frame.line or ""]
        for frame in frames[first:]
    ]
    content = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": stack}
    return json.dumps(content, ensure_ascii=False).encode()


def timeout_body(what: str, timeout_s: float, used_mb: float) -> bytes:
    """FC's JSON for a handler that ran too long."""
    message = f"{what} timed out after {timeout_s:g} seconds (maxMemoryUsage: {used_mb:.2f}MB)"
    return json.dumps({"errorMessage": message, "errorType": "FunctionTimeoutError"}).encode()
