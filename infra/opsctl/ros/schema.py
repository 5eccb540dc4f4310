"""The resource types that the template uses: their properties, and what is refused about them.

From the pages `help.aliyun.com/zh/ros/developer-reference/aliyun-<product>-<type>`, as far as this template goes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Shape(NamedTuple):
    """An object: what it must have and may have; each property with what holds of its value, None for anything.

    What holds is a type, a range, the values there are, a pattern that fits the whole, another shape, or a list of one
    of these with the number of items it may have.
    """

    required: Mapping[str, Any]
    optional: Mapping[str, Any]


class Many(NamedTuple):
    """A list of between `least` and `most` items of one kind."""

    item: Any
    most: int
    least: int = 1


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_COLUMN = Shape({"Name": _NAME, "Type": ("STRING", "INTEGER", "BINARY")}, {})
_INDEX = Shape(
    {"IndexName": _NAME, "PrimaryKeys": Many(str, 4), "Columns": Many(str, 32, 0)}, {"IndexType": ("Global", "Local")}
)
_PARAM = Shape(
    {
        "ResourceKey": str,
        "Form": ("ORIGINAL", "JSONPATH", "TEMPLATE", "CONSTANT"),
        "Value": str,  # required whatever the form
    },
    {"Template": str},
)
_TARGET = Shape(
    {"Id": str, "Type": ("acs.fc.function",), "Endpoint": re.compile(r"acs:fc:.+"), "ParamList": Many(_PARAM, 10)},
    {
        "PushRetryStrategy": ("BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"),
        "DeadLetterQueue": Shape({"Arn": re.compile(r"acs:.+")}, {}),
        "ErrorsTolerance": ("ALL", "NONE"),
        "ConcurrentConfig": Shape({"Concurrency": int}, {}),
    },
)
_STATEMENT = Shape({"Effect": ("Allow", "Deny"), "Action": Many(str, 20), "Resource": Many(str, 20)}, {})
_POLICY = Shape(
    {
        "PolicyName": re.compile(r"[A-Za-z0-9-]{1,128}"),
        "PolicyDocument": Shape({"Version": ("1",), "Statement": Many(_STATEMENT, 20)}, {}),
    },
    {"Description": str, "IgnoreExisting": bool},
)
_TRUST = Shape(
    {
        "Version": ("1",),
        "Statement": Many(
            Shape(
                {
                    "Effect": ("Allow",),
                    "Action": ("sts:AssumeRole",),
                    "Principal": Shape({"Service": Many(str, 5)}, {}),
                },
                {},
            ),
            1,
        ),
    },
    {},
)

RESOURCES: Mapping[str, Shape] = {
    "ALIYUN::OTS::InstanceV2": Shape(
        {
            "ClusterType": ("SSD", "HYBRID"),
            "InstanceName": re.compile(r"(?i)(?!.*(?:ali|ay|ots|taobao|admin))[a-z][a-z0-9-]{1,14}[a-z0-9]"),
        },
        {
            "InstanceDescription": re.compile(r".{3,256}"),
            "NetworkTypeACL": Many(("INTERNET", "VPC", "CLASSIC"), 3),
            "NetworkSourceACL": Many(("TRUST_PROXY",), 1),
            "ResourceGroupId": str,
            "Tags": Many(None, 20),
        },
    ),
    "ALIYUN::OTS::Table": Shape(
        {"InstanceName": str, "TableName": _NAME, "PrimaryKey": Many(_COLUMN, 4)},
        {
            "Columns": Many(_COLUMN, 32),
            "SecondaryIndices": Many(_INDEX, 5),
            "MaxVersions": (1,),  # a table with indexes may have no more
            "TimeToLive": (-1,),  # a table with indexes may have none
            "ReservedThroughput": None,
            "DeviationCellVersionInSec": int,
        },
    ),
    "ALIYUN::MNS::Queue": Shape(
        {"QueueName": re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,255}")},
        {
            "MaximumMessageSize": range(1024, 65537),
            "MessageRetentionPeriod": range(60, 604801),
            "DelaySeconds": range(604801),
            "VisibilityTimeout": range(1, 43201),
            "PollingWaitSeconds": range(31),
            "LoggingEnabled": bool,
            "DlqPolicy": None,
            "Tags": None,
        },
    ),
    "ALIYUN::RAM::Role": Shape(
        {"RoleName": re.compile(r"[A-Za-z0-9.-]{1,64}"), "AssumeRolePolicyDocument": _TRUST},
        {
            "Policies": Many(_POLICY, 5),
            "Description": str,
            "PolicyAttachments": None,
            "MaxSessionDuration": range(3600, 43201),
            "DeletionForce": bool,
            "IgnoreExisting": bool,
            "Tags": None,
        },
    ),
    "ALIYUN::EventBridge::Rule": Shape(
        {"EventBusName": str, "RuleName": str, "FilterPattern": dict, "Targets": Many(_TARGET, 5)},
        {"Description": str, "Status": ("ENABLE", "DISABLE")},
    ),
}


def faults(value: Any, kind: Any, path: str = "") -> list[str]:
    """What is wrong with `value`, each with its path."""
    for form, judge in _JUDGES.items():
        if isinstance(kind, form):
            return judge(value, kind, path)
    return []


def _of_shape(value: Any, shape: Shape, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: should be a map"]
    known = {**shape.required, **shape.optional}
    found = [f"{path}: lacks {name}" for name in shape.required if name not in value]
    found += [f"{path}: has no property {name}" for name in value if name not in known]
    for name, inner in value.items():
        found += faults(inner, known.get(name), f"{path}.{name}")
    return found


def _of_many(value: Any, many: Many, path: str) -> list[str]:
    if not isinstance(value, list) or not many.least <= len(value) <= many.most:
        return [f"{path}: should be a list of {many.least} to {many.most}"]
    return [fault for i, item in enumerate(value) for fault in faults(item, many.item, f"{path}[{i}]")]


def _of_values(value: Any, known: tuple[Any, ...] | range, path: str) -> list[str]:
    shown = f"{known[0]} to {known[-1]}" if isinstance(known, range) else " or ".join(map(str, known))
    return [] if value in known else [f"{path}: {value!r} should be {shown}"]


def _of_pattern(value: Any, pattern: re.Pattern[str], path: str) -> list[str]:
    fits = isinstance(value, str) and pattern.fullmatch(value)
    return [] if fits else [f"{path}: {value!r} should fit {pattern.pattern}"]


def _of_type(value: Any, kind: type, path: str) -> list[str]:
    return [] if type(value) is kind else [f"{path}: {value!r} should be of type {kind.__name__}"]


_JUDGES: dict[type, Callable[[Any, Any, str], list[str]]] = {
    Shape: _of_shape,  # before tuple, which it is
    Many: _of_many,
    tuple: _of_values,
    range: _of_values,
    re.Pattern: _of_pattern,
    type: _of_type,
}
