"""The properties of the resource types that the template uses, and how to check values against them.

Source: the pages `help.aliyun.com/zh/ros/developer-reference/aliyun-<product>-<type>`, as far as this template needs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Shape(NamedTuple):
    """A map with its required and its optional properties, each with the schema of its value."""

    required: Mapping[str, Schema]
    optional: Mapping[str, Schema]


class ListOf(NamedTuple):
    """A list of `min_items` to `max_items` items that have one schema."""

    item: Schema
    max_items: int
    min_items: int = 1


Schema: TypeAlias = "Shape | ListOf | tuple[str | int, ...] | range | re.Pattern[str] | type | None"
"""A shape, a list, the allowed values, a range, a pattern for the whole text, a type, or None for any value."""


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_COLUMN = Shape({"Name": _NAME, "Type": ("STRING", "INTEGER", "BINARY")}, {})
_INDEX = Shape(
    {"IndexName": _NAME, "PrimaryKeys": ListOf(str, 4), "Columns": ListOf(str, 32, 0)},
    {"IndexType": ("Global", "Local")},
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
    {"Id": str, "Type": ("acs.fc.function",), "Endpoint": re.compile(r"acs:fc:.+"), "ParamList": ListOf(_PARAM, 10)},
    {
        "PushRetryStrategy": ("BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"),
        "DeadLetterQueue": Shape({"Arn": re.compile(r"acs:.+")}, {}),
        "ErrorsTolerance": ("ALL", "NONE"),
        "ConcurrentConfig": Shape({"Concurrency": int}, {}),
    },
)
_STATEMENT = Shape({"Effect": ("Allow", "Deny"), "Action": ListOf(str, 20), "Resource": ListOf(str, 20)}, {})
_DOCUMENT = Shape({"Version": ("1",), "Statement": ListOf(_STATEMENT, 20)}, {})
_POLICY = Shape(
    {"PolicyName": re.compile(r"[A-Za-z0-9-]{1,128}"), "PolicyDocument": _DOCUMENT},
    {"Description": str, "IgnoreExisting": bool},
)
_ALERT = Shape(
    {
        "Statistics": ("Maximum", "Minimum", "Average", "Availability"),
        "ComparisonOperator": re.compile(r"(Greater|Less)Than(OrEqualTo)?Threshold"),
        "Threshold": str,
        "Times": int,
    },
    {},
)
_TRUST = Shape(
    {
        "Version": ("1",),
        "Statement": ListOf(
            Shape(
                {
                    "Effect": ("Allow",),
                    "Action": ("sts:AssumeRole",),
                    "Principal": Shape({"Service": ListOf(str, 5)}, {}),
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
            "NetworkTypeACL": ListOf(("INTERNET", "VPC", "CLASSIC"), 3),
            "NetworkSourceACL": ListOf(("TRUST_PROXY",), 1),
            "ResourceGroupId": str,
            "Tags": ListOf(None, 20),
        },
    ),
    "ALIYUN::OTS::Table": Shape(
        {"InstanceName": str, "TableName": _NAME, "PrimaryKey": ListOf(_COLUMN, 4)},
        {
            "Columns": ListOf(_COLUMN, 32),
            "SecondaryIndices": ListOf(_INDEX, 5),
            "MaxVersions": (1,),  # a table with indexes may have no more
            "TimeToLive": (-1,),  # a table with indexes may have another only without updates, which ROS cannot forbid
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
            "Policies": ListOf(_POLICY, 5),
            "Description": str,
            "PolicyAttachments": None,
            "MaxSessionDuration": range(3600, 43201),
            "DeletionForce": bool,
            "IgnoreExisting": bool,
            "Tags": None,
        },
    ),
    "ALIYUN::RAM::ManagedPolicy": Shape(
        {"PolicyName": re.compile(r"[A-Za-z0-9-]{1,128}"), "PolicyDocument": _DOCUMENT, "Roles": ListOf(str, 10)},
        {"Description": str, "IgnoreExisting": bool},
    ),
    "ALIYUN::CMS::ResourceMetricRule": Shape(
        {
            "ContactGroups": ListOf(str, 10),
            "Escalations": Shape({}, {"Critical": _ALERT, "Warn": _ALERT, "Info": _ALERT}),
            "MetricName": str,
            "Namespace": re.compile(r"acs_[a-z_]+|acs_customMetric_\d+"),
            "Resources": ListOf(dict, 100),
        },
        {
            "RuleId": str,
            "RuleName": str,
            "Period": int,
            "Interval": int,
            "SilenceTime": range(3600, 86401),
            "NoDataPolicy": ("KEEP_LAST_STATE", "INSUFFICIENT_DATA", "OK"),
            "EffectiveInterval": str,
            "NoEffectiveInterval": str,
            "EmailSubject": str,
            "Webhook": str,
            "DeletionForce": bool,
        },
    ),
    "ALIYUN::EventBridge::Rule": Shape(
        {"EventBusName": str, "RuleName": str, "FilterPattern": dict, "Targets": ListOf(_TARGET, 5)},
        {"Description": str, "Status": ("ENABLE", "DISABLE")},
    ),
}


def faults(value: object, schema: Schema, path: str = "") -> list[str]:
    """Return what is wrong with `value`, each fault with its path."""
    for kind, check in _CHECKS.items():
        if isinstance(schema, kind):
            return check(value, schema, path)
    return []


def _of_shape(value: object, shape: Shape, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: should be a map"]
    known = {**shape.required, **shape.optional}
    found = [f"{path}: {name} is missing" for name in shape.required if name not in value]
    found += [f"{path}: unknown property {name}" for name in value if name not in known]
    for name, inner in value.items():
        found += faults(inner, known.get(name), f"{path}.{name}")
    return found


def _of_many(value: object, many: ListOf, path: str) -> list[str]:
    if not isinstance(value, list) or not many.min_items <= len(value) <= many.max_items:
        return [f"{path}: should be a list of {many.min_items} to {many.max_items} items"]
    return [fault for i, item in enumerate(value) for fault in faults(item, many.item, f"{path}[{i}]")]


def _of_values(value: object, known: tuple[str | int, ...] | range, path: str) -> list[str]:
    shown = f"{known[0]} to {known[-1]}" if isinstance(known, range) else " or ".join(map(str, known))
    return [] if value in known else [f"{path}: {value!r} should be {shown}"]


def _of_pattern(value: object, pattern: re.Pattern[str], path: str) -> list[str]:
    fits = isinstance(value, str) and pattern.fullmatch(value)
    return [] if fits else [f"{path}: {value!r} should match {pattern.pattern}"]


def _of_type(value: object, kind: type, path: str) -> list[str]:
    return [] if type(value) is kind else [f"{path}: {value!r} should be of type {kind.__name__}"]


_CHECKS: dict[type, Callable[[object, Any, str], list[str]]] = {
    Shape: _of_shape,  # before tuple: a NamedTuple is one
    ListOf: _of_many,
    tuple: _of_values,
    range: _of_values,
    re.Pattern: _of_pattern,
    type: _of_type,
}
