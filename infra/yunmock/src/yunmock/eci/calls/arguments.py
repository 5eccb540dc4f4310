"""Read the parameters of a call, and select the groups that they ask for.

Parameters and limits: DescribeContainerGroups and DescribeContainerGroupEvents
(https://help.aliyun.com/zh/eci/developer-reference/api-eci-2018-08-08-describecontainergroups and
-describecontainergroupevents).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from yunmock.eci.errors import EciError
from yunmock.eci.model import COMPUTE_CATEGORIES, NEXT_STATUS
from yunmock.exact_json import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from yunmock.eci.model import ContainerGroup

Arguments = dict[str, str]

MAX_IDS = 20

FILTERS: dict[str, Callable[[ContainerGroup], str]] = {
    "ZoneId": lambda group: group.zone_id,
    "VSwitchId": lambda group: group.v_switch_id,
    "SecurityGroupId": lambda group: group.security_group_id,
    "ResourceGroupId": lambda group: group.resource_group_id,
    "ContainerGroupName": lambda group: group.name,
    "Status": lambda group: group.status,
    "ComputeCategory": lambda group: group.compute_category,
}
"""The parameters that filter groups by an equal value; an empty parameter does not filter."""

VALUES: dict[str, Collection[str]] = {"Status": tuple(NEXT_STATUS), "ComputeCategory": COMPUTE_CATEGORIES}
"""The parameters that have a fixed set of values."""

BOOLEANS = {"true": True, "false": False}

_TAG = re.compile(r"Tag\.(\d{1,3})\.(Key|Value)")


def region(arguments: Arguments) -> str:
    """RegionId, which every call needs.

    Raises:
        EciError: MissingParameter.
    """
    if not (value := arguments.get("RegionId")):
        raise EciError("MissingParameter", "RegionId")
    return value


def number(arguments: Arguments, name: str, default: int, minimum: int, maximum: int) -> int:
    """A whole number within its bounds.

    Raises:
        EciError: InvalidParameter.
    """
    text = arguments.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII) or not minimum <= int(text) <= maximum:
        raise EciError("InvalidParameter", name, f"a whole number from {minimum} to {maximum}")
    return int(text)


def boolean(arguments: Arguments, name: str) -> bool:
    """A boolean, false when absent; the Python SDK writes `True`.

    Raises:
        EciError: InvalidParameter.
    """
    text = arguments.get(name) or "false"
    if text.lower() not in BOOLEANS:
        raise EciError("InvalidParameter", name, "true or false")
    return BOOLEANS[text.lower()]


def choice(arguments: Arguments, name: str, values: Collection[str]) -> str:
    """One of a set of values, empty when absent.

    Raises:
        EciError: InvalidParameter.
    """
    text = arguments.get(name, "")
    if text and text not in values:
        raise EciError("InvalidParameter", name, "one of " + ", ".join(values))
    return text


def selection(arguments: Arguments, names: Collection[str]) -> Callable[[ContainerGroup], bool]:
    """A test for the groups that the call asks for.

    Args:
        names: those of `FILTERS` that this call has.

    Raises:
        EciError: InvalidParameter.
    """
    for name, values in VALUES.items():
        choice(arguments, name, values)
    wanted = {name: arguments[name] for name in names if arguments.get(name)}
    ids = _ids(arguments)
    tags = _tags(arguments)

    def selected(group: ContainerGroup) -> bool:
        return (
            (not ids or group.id in ids)
            and all(FILTERS[name](group) == value for name, value in wanted.items())
            and _tagged(group.tags, tags)
        )

    return selected


def _ids(arguments: Arguments) -> frozenset[str]:
    """ContainerGroupIds: a JSON array of at most 20 ids; absent or empty, it does not filter."""
    try:
        ids = read_json(arguments.get("ContainerGroupIds") or "[]")
    except ValueError:
        ids = None
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise EciError("InvalidParameter", "ContainerGroupIds", "a JSON array of ids")
    if len(ids) > MAX_IDS:
        raise EciError("InvalidParameter", "ContainerGroupIds", f"at most {MAX_IDS} ids")
    return frozenset(map(str, ids))


def _tags(arguments: Arguments) -> dict[str, str]:
    """Tag.N.Key and Tag.N.Value; an empty value matches any.

    Raises:
        EciError: MissingParameter, a value without its key.
    """
    found: dict[str, dict[str, str]] = {}
    for name, value in arguments.items():
        if match := _TAG.fullmatch(name):
            found.setdefault(match[1], {})[match[2]] = value
    for place, tag in found.items():
        if not tag.get("Key"):
            raise EciError("MissingParameter", f"Tag.{place}.Key")
    return {tag["Key"]: tag.get("Value", "") for tag in found.values()}


def _tagged(tags: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(key in tags and value in ("", tags[key]) for key, value in wanted.items())
