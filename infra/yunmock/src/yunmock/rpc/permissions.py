"""Who makes an RPC call, and whether that caller's role may make it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock import acs3
from yunmock.ram.access import Caller, PermissionDeniedError
from yunmock.rpc.errors import RpcError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from yunmock.cloud import Cloud
    from yunmock.http import Request
    from yunmock.ram.policy import Permission


def caller(request: Request, sent: Mapping[str, str]) -> Caller:
    """Who says to have signed the request, in its headers or in its parameters."""
    signed = acs3.parse_authorization(request.headers.get("authorization", ""))
    if signed is None:
        return Caller(sent.get("AccessKeyId", ""), sent.get("SecurityToken", ""))
    return Caller(signed.key, request.headers.get(acs3.SECURITY_TOKEN, ""))


def check(cloud: Cloud, who: Caller, asked: Iterable[Permission]) -> None:
    """Refuse a call that its caller's role may not make; `asked` is what the call needs.

    Raises:
        RpcError: Forbidden.RAM.
    """
    try:
        cloud.authorize(who, asked)
    except PermissionDeniedError:
        raise RpcError("Forbidden.RAM") from None
