"""DescribeInstances: the instances of a region.

The vendor's page: https://help.aliyun.com/document_detail/25506.html.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from yunmock.ecs import lives
from yunmock.ecs.calls import arguments as ecs_parameters
from yunmock.ecs.calls.paging import by_token
from yunmock.ecs.errors import EcsError
from yunmock.ecs.instance_json import instance_row
from yunmock.rpc import arguments as parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from yunmock.ecs.model import EcsInstance
    from yunmock.ecs.state import EcsState
    from yunmock.json_types import JsonObject
    from yunmock.rpc.arguments import Arguments

ACTION = "DescribeInstances"

FILTERS: dict[str, Callable[[EcsInstance], str]] = {
    "ZoneId": lambda instance: instance.zone_id,
    "InstanceType": lambda instance: instance.instance_type,
    "InstanceTypeFamily": lambda instance: instance.instance_type.rpartition(".")[0],
    "ResourceGroupId": lambda instance: instance.resource_group_id,
    "Status": lambda instance: instance.status,
    "InstanceChargeType": lambda instance: "PostPaid" if instance.expires_ms is None else "PrePaid",
}
"""The parameters that filter instances by an equal value."""

UNSUPPORTED = (
    "AdditionalAttributes",
    "DeviceAvailable",
    "EipAddresses",
    "Filter",
    "HpcClusterId",
    "HttpEndpoint",
    "HttpTokens",
    "ImageId",
    "InnerIpAddresses",
    "InstanceNetworkType",
    "InternetChargeType",
    "IoOptimized",
    "Ipv6Address",
    "KeyPairName",
    "NeedSaleCycle",
    "PrivateIpAddresses",
    "PublicIpAddresses",
    "RdmaIpAddresses",
    "SecurityGroupId",
    "VSwitchId",
    "VpcId",
)
"""The parameters of the SDK that are refused by name."""


def describe_instances(state: EcsState, arguments: Arguments) -> JsonObject:
    """The instances of a region that pass the filters, oldest first.

    Raises:
        EcsError: MissingParameter, InvalidParameter, InvalidStatus.NotFound, InvalidLockReason.NotFound,
            InvalidTag.Mismatch, InvalidTagCount, DryRunOperation, ParameterNotSupported.
    """
    region = parameters.region(arguments)
    ecs_parameters.refuse_unsupported(arguments, UNSUPPORTED)
    ids = parameters.ids(arguments, "InstanceIds", ecs_parameters.MAX_IDS)
    selected = _selection(arguments)
    if parameters.boolean(arguments, "DryRun"):
        raise EcsError("DryRunOperation")
    limited = arguments.get("ResourceGroupId") or ecs_parameters.tags(arguments)

    def found(after: int) -> Iterator[EcsInstance]:
        if not limited:
            return filter(selected, _candidates(state, region, ids, after))
        reachable = islice(filter(selected, _candidates(state, region, ids, 0)), ecs_parameters.MAX_TAGGED)
        return (each for each in reachable if each.sequence > after)

    with state.atomic():
        page = by_token(arguments, f"{ACTION}/{region}", found)
    return {"Instances": {"Instance": [instance_row(each) for each in page.items]}, **page.fields}


def _candidates(state: EcsState, region: str, ids: Collection[str], after: int) -> Iterator[EcsInstance]:
    """The instances that are named, or all, after a sequence number and in that order."""
    if not ids:
        return state.instances.after(region, after)
    named = [each for name in ids if (each := state.instances.find(name)) is not None]
    there = [each for each in named if each.region == region and each.sequence > after]
    return iter(sorted(there, key=lambda each: each.sequence))


def _selection(arguments: Arguments) -> Callable[[EcsInstance], bool]:
    """A test for the instances that the call asks for."""
    if arguments.get("Status", "Running") not in ("", *lives.INSTANCE_STATUSES):
        raise EcsError("InvalidStatus.NotFound")
    wanted = {name: arguments[name] for name in FILTERS if arguments.get(name)}
    tags = ecs_parameters.tags(arguments)
    lock = _lock(arguments.get("LockReason", ""))
    # The name is a pattern, in which an asterisk stands for any text.
    pattern = re.escape(arguments.get("InstanceName") or "*").replace(r"\*", ".*")
    name_fits = re.compile(pattern, re.DOTALL).fullmatch

    def selected(instance: EcsInstance) -> bool:
        return (
            all(FILTERS[name](instance) == value for name, value in wanted.items())
            and parameters.tagged(instance.tags, tags)
            and (not lock or lock in instance.locks)
            and name_fits(instance.name) is not None
        )

    return selected


def _lock(text: str) -> str:
    """A lock reason; the vendor's pages write `recycling` and `Recycling`."""
    if not text:
        return ""
    found = next((reason for reason in lives.LOCK_REASONS if reason.lower() == text.lower()), None)
    if found is None:
        raise EcsError("InvalidLockReason.NotFound")
    return found
