"""The resource types that a stack may have: which properties each takes, and which of them an update may change.

Sources: the pages of the types, such as
https://www.alibabacloud.com/help/en/ros/developer-reference/aliyun-ots-table ("Properties": Type, Required, Editable);
for `ALIYUN::OTS::InstanceV2` the vendor's generator of templates
(https://github.com/aliyun/Resource-Orchestration-Service-Cloud-Development-Kit, RosInstanceV2Props), which does not say
what is editable. There is no type for event buses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from yunmock.ros.errors import RosError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yunmock.json_types import JsonObject

NAME_LIMIT = 1_000
"""No service takes a longer name; references that double a name at each step end here."""

Fields: TypeAlias = "Mapping[str, Property]"


class Property(NamedTuple):
    """A property of a resource, or a field of one.

    Attributes:
        kind: `String`, `Integer`, `Boolean`, `List`, `List of String` or `Map`.
        required: whether a resource must have it.
        editable: whether an update may change it; otherwise the resource must be replaced.
        allowed: the values that it may have; any if empty.
        fields: of a map, or of each map in a list, its fields; any if empty.
    """

    kind: str
    required: bool = False
    editable: bool = False
    allowed: tuple[str, ...] | range = ()
    fields: Fields = {}  # noqa: RUF012 - never changed


def _all(kind: str, names: str, **options: Any) -> dict[str, Property]:
    return {name: Property(kind, **options) for name in names.split()}


_POLICY_DOCUMENT = Property("Map", required=True, fields={**_all("String", "Version"), **_all("List", "Statement")})
_KEY = {
    "Name": Property("String", required=True),
    "Type": Property("String", required=True, allowed=("STRING", "INTEGER", "BINARY")),
}
_COLUMN = {
    "Name": Property("String", required=True),
    "Type": Property("String", required=True, allowed=("STRING", "INTEGER", "DOUBLE", "BOOLEAN", "BINARY")),
}
_INDEX = {
    "IndexName": Property("String", required=True),
    "IndexType": Property("String", allowed=("Global", "Local")),
    "PrimaryKeys": Property("List of String", required=True),
    "Columns": Property("List of String"),
}
_INT32 = range(-1, 2**31)

PROPERTIES: dict[str, Fields] = {
    "ALIYUN::OTS::InstanceV2": {
        **_all("String", "InstanceName ClusterType", required=True),
        **_all("String", "InstanceDescription ResourceGroupId", editable=True),
        **_all("List", "NetworkSourceACL NetworkTypeACL Tags", editable=True),
    },
    "ALIYUN::OTS::Table": {
        **_all("String", "InstanceName TableName", required=True),
        "PrimaryKey": Property("List", required=True, fields=_KEY),
        "Columns": Property("List", fields=_COLUMN),
        "SecondaryIndices": Property("List", fields=_INDEX),
        **_all("Integer", "MaxVersions TimeToLive", editable=True, allowed=_INT32),
        "DeviationCellVersionInSec": Property("Integer", editable=True, allowed=range(1, 2**63)),
        "ReservedThroughput": Property("Map", editable=True, fields=_all("Integer", "Read Write", allowed=_INT32)),
    },
    "ALIYUN::MNS::Queue": {
        **_all("String", "QueueName", required=True),
        **_all("Integer", "DelaySeconds MaximumMessageSize MessageRetentionPeriod", editable=True),
        **_all("Integer", "VisibilityTimeout PollingWaitSeconds", editable=True),
        **_all("Boolean", "LoggingEnabled", editable=True),
        **_all("Map", "DlqPolicy", editable=True),
        **_all("List", "Tags", editable=True),
    },
    "ALIYUN::EventBridge::Rule": {
        **_all("String", "EventBusName RuleName", required=True),
        **_all("Map", "FilterPattern", required=True, editable=True),
        **_all("List", "Targets", required=True, editable=True),
        **_all("String", "Status Description", editable=True),
    },
    "ALIYUN::RAM::Role": {
        **_all("String", "RoleName", required=True),
        **_all("Map", "AssumeRolePolicyDocument", required=True, editable=True),
        "Policies": Property(
            "List",
            editable=True,
            fields={"PolicyName": Property("String", required=True), "PolicyDocument": _POLICY_DOCUMENT},
        ),
        **_all("Map", "PolicyAttachments", editable=True),
        **_all("Integer", "MaxSessionDuration", editable=True),
        **_all("Boolean", "DeletionForce", editable=True),
        **_all("Boolean", "IgnoreExisting"),
        **_all("String", "Description"),
    },
    "ALIYUN::RAM::ManagedPolicy": {
        **_all("String", "PolicyName", required=True),
        "PolicyDocument": _POLICY_DOCUMENT._replace(required=False, editable=True),
        **_all("Map", "PolicyDocumentUnchecked", editable=True),
        **_all("List", "Roles Users Groups"),
        **_all("Boolean", "IgnoreExisting"),
        **_all("String", "Description"),
    },
    "ALIYUN::CMS::ResourceMetricRule": {
        **_all("String", "MetricName Namespace", required=True, editable=True),
        **_all("List", "ContactGroups Resources", required=True, editable=True),
        **_all("Map", "Escalations", required=True, editable=True),
        **_all("String", "RuleId"),
        **_all("String", "RuleName EmailSubject Webhook NoDataPolicy", editable=True),
        **_all("String", "EffectiveInterval NoEffectiveInterval", editable=True),
        **_all("Integer", "Interval Period SilenceTime", editable=True),
        **_all("Map", "CompositeExpression Prometheus", editable=True),
        **_all("List", "Labels", editable=True),
        **_all("Boolean", "DeletionForce", editable=True),
    },
}
"""The properties of each type."""

NAMED_BY = {
    "ALIYUN::OTS::InstanceV2": "InstanceName",
    "ALIYUN::OTS::Table": "TableName",
    "ALIYUN::MNS::Queue": "QueueName",
    "ALIYUN::RAM::Role": "RoleName",
    "ALIYUN::RAM::ManagedPolicy": "PolicyName",
    "ALIYUN::EventBridge::Rule": "RuleName",
    "ALIYUN::CMS::ResourceMetricRule": "RuleId",
}
"""The property that names a resource, by its type."""


def check_properties(resource: str, kind: str, given: JsonObject) -> JsonObject:
    """The properties of a resource as its service gets them; one that is null is left out.

    Raises:
        RosError: StackValidationFailed; the type is not emulated, or a property is missing, unknown or of another type.
    """
    if kind not in PROPERTIES:
        known = ", ".join(sorted(PROPERTIES))
        raise _failed(f"yunmock makes no {kind} (resource {resource}); it makes {known}")
    return _checked(f"Resources.{resource}.Properties", given, PROPERTIES[kind])


def fixed(kind: str, before: JsonObject, after: JsonObject) -> list[str]:
    """The properties that differ and that an update cannot change."""
    known = PROPERTIES[kind]
    return [name for name in known if not known[name].editable and before.get(name) != after.get(name)]


def _checked(where: str, given: Mapping[str, Any], fields: Fields) -> JsonObject:
    values = {name: value for name, value in given.items() if value is not None}
    if unknown := sorted(values.keys() - fields.keys()):
        raise _failed(f"Property error: {where}: Unknown Property {unknown[0]}")
    for name, field in fields.items():
        if field.required and name not in values:
            raise _failed(f"Property error: {where}: Property {name} not assigned")
    return {name: _value(f"{where}.{name}", value, fields[name]) for name, value in values.items()}


def _value(where: str, value: Any, field: Property) -> Any:
    try:
        read = READ[field.kind](value)
    except (TypeError, ValueError):
        raise _failed(f"Property error: {where}: {value!r:.100} is not a value of type {field.kind}") from None
    if field.allowed and read not in field.allowed:
        raise _failed(f"Property error: {where}: {read!r:.100} is not {_wording(field.allowed)}")
    if not field.fields:
        return read
    if field.kind == "Map":
        return _checked(where, read, field.fields)
    return [_item(f"{where}.{place}", item, field.fields) for place, item in enumerate(read)]


def _wording(allowed: tuple[str, ...] | range) -> str:
    if isinstance(allowed, range):
        return f"from {allowed[0]} to {allowed[-1]}"
    return f"one of {', '.join(allowed)}"


def _item(where: str, value: Any, fields: Fields) -> JsonObject:
    if not isinstance(value, dict):
        raise _failed(f"Property error: {where}: {value!r:.100} is not a value of type Map")
    return _checked(where, value, fields)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise TypeError
    return int(value)


def _boolean(value: Any) -> bool:
    if str(value).lower() not in ("true", "false"):
        raise TypeError
    return str(value).lower() == "true"


def _string(value: Any) -> str:
    if isinstance(value, (dict, list)):
        raise TypeError
    return str(value).lower() if isinstance(value, bool) else str(value)


def _of(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError
        return value

    return read


READ: dict[str, Callable[[Any], Any]] = {
    "String": _string,
    "Integer": _integer,
    "Boolean": _boolean,
    "List": _of(list),
    "List of String": lambda value: [_string(item) for item in _of(list)(value)],
    "Map": _of(dict),
}
"""How a value of each type is read: a number may be written as text, and the other way round."""


def _failed(reason: str) -> RosError:
    return RosError("StackValidationFailed", reason)
