"""Invoke one function as Function Compute would be asked to, through the vendor's SDK."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import fc2

from opsctl.cli.local import FUNCTION_SERVICE, endpoint

if TYPE_CHECKING:
    from yunmock import Cloud
    from yunmock.fc.service import FunctionComputeService


@dataclass(frozen=True, slots=True)
class Invoked:
    """What came of it.

    Attributes:
        result: what the handler returned, or Function Compute's error object.
        error_type: Function Compute's word for the failure; empty when the function did its work.
        log: the tail of what the function printed, with Function Compute's own lines.
    """

    result: Any
    error_type: str
    request_id: str
    duration_ms: float
    memory_mb: float
    log: str

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        told = {name: getattr(self, name) for name in ("request_id", "duration_ms", "memory_mb", "log")}
        return {("error" if self.error_type else "result"): self.result, "error_type": self.error_type, **told}


class _Client(fc2.Client):  # type: ignore[misc]  # the SDK has no types
    """Keeps the last reply: the SDK drops its headers when the function failed."""

    last: Any = None

    def _do_request(self, *arguments: Any, **options: Any) -> Any:
        self.last = super()._do_request(*arguments, **options)
        return self.last


def resolve(cloud: Cloud, name: str) -> str:
    """The function called `name`, by its own name or by its code folder.

    Raises:
        LookupError: there is none; the message lists those there are.
    """
    functions = cast("FunctionComputeService", cloud.services["fc"]).functions
    by_folder = {function.code.name: function.name for function in functions.values()}
    if name in functions or name in by_folder:
        return name if name in functions else by_folder[name]
    raise LookupError(f"no function {name!r}; s.yaml has {', '.join(sorted((*functions, *by_folder)))}")


def invoke(cloud: Cloud, name: str, payload: bytes) -> Invoked:
    """Call the function and wait for it.

    Raises:
        fc2.FcError: Function Compute refused the call itself.
    """
    account = cloud.account
    client = _Client(
        endpoint=f"https://{endpoint(cloud, 'fc')}",
        accessKeyID=account.access_key_id,
        accessKeySecret=account.access_key_secret,
    )
    try:
        client.invoke_function(FUNCTION_SERVICE, name, payload=payload, headers={"x-fc-log-type": "Tail"})
    except fc2.FcError:
        if client.last is None or not client.last.headers.get("x-fc-error-type"):
            raise
    reply = client.last
    return Invoked(
        result=_result(reply.content),
        error_type=reply.headers.get("x-fc-error-type", ""),
        request_id=reply.headers["x-fc-request-id"],
        duration_ms=float(reply.headers["x-fc-invocation-duration"]),
        memory_mb=float(reply.headers["x-fc-max-memory-usage"]),
        log=base64.b64decode(reply.headers.get("x-fc-log-result", "")).decode(errors="replace"),
    )


def _result(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
