"""Which permission each call of ECI needs.

https://alibabacloud.com/help/en/eci/developer-reference/api-eci-2018-08-08-describecontainergroupevents, "RAM
authorization": the action is `eci:` and the call's name, the resource
`acs:eci:<region>:<account>:containergroup/<id>`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.exact_json import read_json
from yunmock.ram.access import PermissionDeniedError
from yunmock.ram.policy import Permission

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yunmock.cloud import Account

ACTIONS = frozenset({"DescribeContainerGroups", "DescribeContainerGroupEvents"})


def asked(account: Account, name: str, sent: Mapping[str, str]) -> Iterator[Permission]:
    """The permissions that a call needs.

    Raises:
        PermissionDeniedError: the call is not in `ACTIONS`.
    """
    arn = f"acs:eci:{sent.get('RegionId', '')}:{account.account_id}:containergroup/"
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
