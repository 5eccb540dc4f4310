"""Which permission each call of ECI needs.

https://alibabacloud.com/help/en/eci/developer-reference/api-eci-2018-08-08-describecontainergroupevents, "RAM
authorization": the action is `eci:` and the call's name, the resource
`acs:eci:<region>:<account>:containergroup/<id>`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock import acs3
from yunmock.eci import wire
from yunmock.eci.errors import EciError
from yunmock.exact_json import read_json
from yunmock.ram.access import Caller, PermissionDeniedError
from yunmock.ram.policy import Permission

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yunmock.cloud import Cloud
    from yunmock.http import Request

ACTIONS = frozenset({"DescribeContainerGroups", "DescribeContainerGroupEvents"})


def caller(request: Request, sent: Mapping[str, str]) -> Caller:
    """Who says to have signed the request, in its headers or in its parameters."""
    signed = acs3.parse_authorization(request.headers.get("authorization", ""))
    if signed is None:
        return Caller(sent.get("AccessKeyId", ""), sent.get("SecurityToken", ""))
    return Caller(signed.key, request.headers.get(acs3.SECURITY_TOKEN, ""))


def check(cloud: Cloud, request: Request, sent: Mapping[str, str]) -> None:
    """Refuse a call that its caller's role may not make.

    Raises:
        EciError: Forbidden.RAM.
    """
    try:
        cloud.authorize(caller(request, sent), _asked(cloud, wire.action(request, dict(sent)), sent))
    except PermissionDeniedError:
        raise EciError("Forbidden.RAM") from None


def _asked(cloud: Cloud, name: str, sent: Mapping[str, str]) -> Iterator[Permission]:
    arn = f"acs:eci:{sent.get('RegionId', '')}:{cloud.account.account_id}:containergroup/"
    if name not in ACTIONS:
        raise PermissionDeniedError(Permission(f"eci:{name}", f"{arn}*"), None)
    yield from (Permission(f"eci:{name}", arn + group) for group in _groups(sent))


def _groups(sent: Mapping[str, str]) -> list[str]:
    """The ids that the call names; `*` if it names none, or names them in a form that it will be refused for."""
    try:
        ids = read_json(sent.get("ContainerGroupIds") or "[]")
    except ValueError:
        ids = []
    return [str(group) for group in ids] if isinstance(ids, list) and ids else ["*"]
