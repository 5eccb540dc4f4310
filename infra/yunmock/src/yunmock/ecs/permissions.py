"""Which permission each call of ECS needs: the action is `ecs:` and the call's name.

Resources: "RAM authorization" on the page of each call, as https://help.aliyun.com/document_detail/88814.html
(`acs:ecs:<region>:<account>:instance/<id>`) and …/107738.html (all resources). The pages of the others that were read
name none; what `ACTIONS` says of them is not proven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.ecs.calls.arguments import values
from yunmock.exact_json import read_json
from yunmock.ram.access import PermissionDeniedError
from yunmock.ram.policy import Permission
from yunmock.rpc.errors import RpcError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yunmock.cloud import Account

ALL = ("", "")

ACTIONS: dict[str, tuple[str, str]] = {
    "AcceptInquiredSystemEvent": ALL,
    "CancelSimulatedSystemEvents": ALL,
    "CreateSimulatedSystemEvents": ("instance", "InstanceId"),
    "DescribeDisksFullStatus": ("disk", "DiskId"),
    "DescribeInstanceHistoryEvents": ("instance", "ResourceId"),
    "DescribeInstanceMaintenanceAttributes": ("instance", "InstanceId"),
    "DescribeInstances": ("instance", "InstanceIds"),
    "DescribeInstancesFullStatus": ("instance", "InstanceId"),
    "DescribeRegions": ALL,
    "ModifyInstanceMaintenanceAttributes": ("instance", "InstanceId"),
}
"""The kind of resource that each call is about, and the parameter with their ids; `ALL` for all resources."""


def asked(account: Account, name: str, sent: Mapping[str, str]) -> Iterator[Permission]:
    """The permissions that a call needs.

    Raises:
        PermissionDeniedError: the call is not in `ACTIONS`.
    """
    if name not in ACTIONS:
        raise PermissionDeniedError(Permission(f"ecs:{name}", "*"), None)
    kind, parameter = ACTIONS[name]
    if not kind:
        yield Permission(f"ecs:{name}", "*")
        return
    arn = f"acs:ecs:{sent.get('RegionId', '')}:{account.account_id}:{kind}/"
    yield from (Permission(f"ecs:{name}", arn + each) for each in _ids(sent, parameter))


def _ids(sent: Mapping[str, str], parameter: str) -> list[str]:
    """The ids that the call names; `*` if it names none, or names them in a form that it will be refused for."""
    try:
        found = read_json(sent.get(parameter) or "[]")
        listed = [str(each) for each in found] if isinstance(found, list) else []
        return listed or [*values(dict(sent), parameter)] or ["*"]
    except (ValueError, RpcError):
        return ["*"]
