"""One invocation and what came of it, in the shapes Function Compute gives its results and errors.

An unhandled exception is HTTP 200 with `X-Fc-Error-Type` and `{errorMessage, errorType, stackTrace}`:
https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/error-handling.
"""

from __future__ import annotations

import base64
import json
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yunmock.identifiers import new_uuid

if TYPE_CHECKING:
    from pathlib import Path

UNHANDLED = "UnhandledInvocationError"
LOG_TAIL_BYTES = 4096
MAX_SYNC_BYTES = 32 * 1024 * 1024
MAX_ASYNC_BYTES = 128 * 1024


@dataclass(frozen=True, slots=True)
class Invocation:
    """What one invocation gave.

    Attributes:
        status: the HTTP status; 202 when it was only queued.
        body: the result, or FC's error JSON.
        error_type: `X-Fc-Error-Type`, empty when the function did its work.
        log: everything the function printed and logged, between FC's start and end lines.
        duration_ms: how long the handler ran.
        memory_mb: the most memory it used, as far as this process can tell.
        cold: whether an instance had to be started for it.
    """

    request_id: str
    function: str
    status: int
    body: bytes
    error_type: str = ""
    log: str = ""
    duration_ms: float = 0.0
    memory_mb: float = 0.0
    instance_id: str = ""
    cold: bool = False

    @property
    def ok(self) -> bool:
        """Whether the call was taken and the function did not fail."""
        return not self.error_type and self.status < 300  # noqa: PLR2004 - HTTP's success

    @property
    def error(self) -> str:
        """What went wrong, in one line; empty when ok."""
        if self.ok:
            return ""
        try:
            content = json.loads(self.body)
        except ValueError:
            content = {}
        kind = content.get("errorType") or content.get("ErrorCode") or self.error_type
        return f"{kind}: {content.get('errorMessage') or content.get('ErrorMessage') or ''}"

    def headers(self, *, log: bool = False) -> dict[str, str]:
        """The response headers; with the tail of the log when it was asked for."""
        headers = {
            "X-Fc-Request-Id": self.request_id,
            "X-Fc-Invocation-Duration": f"{self.duration_ms:.2f}",
            "X-Fc-Max-Memory-Usage": f"{self.memory_mb:.2f}",
            "X-Fc-Instance-Id": self.instance_id,
            "X-Fc-Invocation-Code-Version": "Latest",
            "Content-Type": "application/json" if self.error_type else "application/octet-stream",
        }
        if self.error_type:
            headers["X-Fc-Error-Type"] = self.error_type
        if log:
            headers["X-Fc-Log-Result"] = base64.b64encode(self.log.encode()[-LOG_TAIL_BYTES:]).decode()
        return headers


def new_request_id() -> str:
    """A fresh request id in FC's form."""
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


def result_bytes(result: Any) -> bytes:
    """What a handler's return value becomes on the wire.

    Raises:
        TypeError: it is nothing JSON can say.
    """
    if isinstance(result, (bytes, bytearray)):
        return bytes(result)
    if isinstance(result, str):
        return result.encode()
    return json.dumps(result, ensure_ascii=False).encode()


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
