"""Invoke a function of the local cloud with `aliyun-fc2`, the SDK that function authors use themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fc2

from opsctl.cli.function_compute import read_reply

if TYPE_CHECKING:
    import requests

    from opsctl.cli.endpoints import Endpoint
    from opsctl.cli.function_compute import Invoked

SERVICE = "opsledger"
"""The 2016-08-15 API names a service in each path; functions of component fc3 have none, so any name does."""


class _Client(fc2.Client):  # type: ignore[misc]  # the SDK has no types
    """Keeps the last reply, because the SDK drops its headers when the function failed."""

    reply: requests.Response | None = None

    def _do_request(self, *arguments: object, **options: object) -> requests.Response:
        self.reply = reply = super()._do_request(*arguments, **options)
        return reply  # type: ignore[no-any-return]  # the SDK has no types


def invoke(endpoint: Endpoint, name: str, payload: bytes) -> Invoked:
    """Invoke a function and wait for it.

    Raises:
        fc2.FcError: Function Compute refuses the call itself.
    """
    client = _Client(
        endpoint=endpoint.url, accessKeyID=endpoint.access_key_id, accessKeySecret=endpoint.access_key_secret
    )
    try:
        client.invoke_function(SERVICE, name, payload=payload, headers={"x-fc-log-type": "Tail"})
    except fc2.FcError:
        if client.reply is None or not client.reply.headers.get("x-fc-error-type"):
            raise
    assert client.reply is not None
    return read_reply(client.reply)
