"""Invoke the notifier soon after something critical was recorded, rather than wait for its timer.

InvokeFunction (api-fc-2023-03-30-invokefunction), asynchronous, with the signature ACS3-HMAC-SHA256
(alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature). `x-fc-async-delay` lets more of the
same event arrive first (help.aliyun.com/document_detail/181866.html); where it should not be known, the call comes at
once. A call that fails is counted and nothing else: what is due is in the store, and the timer finds it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
import uuid
from http.client import HTTPException
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from opsledger import settings
from opsledger.errors import WorldFailedError
from opsledger.handlers import log
from opsledger.store.wire.connection import opener

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.settings import AccessKeys

DELAY_S: Final = 10
AGAIN_S: Final = 8.0
"""An instance that has called does not call again for so long: what it records meanwhile is there by then."""
TIMEOUT_S: Final = 2.0
INVOKED: Final = "invoked"
FAILED: Final = "failed"
_ACCEPTED: Final = 202
_ALGORITHM: Final = "ACS3-HMAC-SHA256"
_BODY: Final = b'{"because": "critical"}'


class _LastCall(NamedTuple):
    """When an instance called, on its own clock; in the cloud a process is one instance."""

    instance: str = ""
    at: float = 0.0


_last = _LastCall()


def invoke(context: object, request_id: str, *, clock: float | None = None) -> str:
    """Invoke the function that `OPSLEDGER_NOTIFIER` names, if there is one and it was not just invoked.

    Args:
        clock: the seconds of a clock that only goes forward; the process's by default.

    Returns:
        `INVOKED` or `FAILED`, to be counted by the log; empty where nothing was called.
    """
    global _last  # noqa: PLW0603 - one per instance is the point
    now, instance = time.monotonic() if clock is None else clock, os.environ.get("FC_INSTANCE_ID", "")
    if _last.instance == instance and now - _last.at < AGAIN_S:
        return ""
    try:
        name = settings.variable("OPSLEDGER_NOTIFIER")
        problem = _problem(_call(name, context)) if name else None
    except (OSError, HTTPException, WorldFailedError, ValueError) as error:
        problem = type(error).__name__
    if problem is None:
        return ""
    if problem:
        log.write("notifier not invoked", request_id=request_id, error=problem)
        return FAILED
    _last = _LastCall(instance, now)
    return INVOKED


def _problem(status: int) -> str:
    return "" if status == _ACCEPTED else f"HTTP {status}"


def _call(name: str, context: object) -> int:
    """The status that Function Compute answers.

    Raises:
        MisconfiguredError: there are no keys, or neither an account nor `FC_ENDPOINT` is known.
        OSError, HTTPException: there was no answer.
    """
    endpoint = settings.function_compute(context)
    address = urlsplit(endpoint)
    path = f"/2023-03-30/functions/{name}/invocations"
    headers = _signed(address.netloc, path, settings.access_keys(context))
    connection = opener(endpoint)()  # with the store's TLS context: reading the authorities takes longer than a call
    connection.timeout = TIMEOUT_S
    try:
        connection.request("POST", path, _BODY, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _signed(host: str, path: str, keys: AccessKeys) -> Mapping[str, str]:
    body = hashlib.sha256(_BODY).hexdigest()
    headers = {
        "host": host,
        "content-type": "application/json",
        "x-acs-action": "InvokeFunction",
        "x-acs-content-sha256": body,
        "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-version": "2023-03-30",
        **({"x-acs-security-token": keys.token} if keys.token else {}),
    }
    names = sorted(headers)
    lines = "".join(f"{each}:{headers[each]}\n" for each in names)
    canonical = "\n".join(["POST", path, "", lines, ";".join(names), body])
    text = f"{_ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(keys.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={keys.key_id},SignedHeaders={';'.join(names)},Signature={signature}"
    # These two are of Function Compute, not of the signature.
    asked = {"x-fc-invocation-type": "Async", "x-fc-async-delay": str(DELAY_S)}
    return {**headers, **asked, "authorization": f"{_ALGORITHM} {credential}"}
