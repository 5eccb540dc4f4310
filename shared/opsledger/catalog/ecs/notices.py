"""Notices of ECS: contents that are kept as they come, because the vendor documents them thinly or not at all.

Nothing in such a content can be wrong. A field that is missing, or is not what a page or a public file shows, is no
reason to refuse the event: the ledger keeps the whole content, and the record gets what can be read of it.

Sources of the fields, all at help.aliyun.com/zh/ecs/user-guide: `ebs-event-notifications` (disks),
`snapshot-event-notifications`, `vswitch-event-notifications`, `ip-address-event-notification`,
`eni-operation-event-notifications`, `subscribe-to-cloud-assistant-events`. No page describes the contents of
`AutoReactivateCompleted`, `SurplusCreditIncurCharge`, `CreateSnapshotInitiated`, `SnapshotDeleted`,
`SlaveEniWorkStateChanged` and `FirstHeartbeat`: EventBridge's list of ECS events names the types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import ConfigDict

from opsledger import timestamps
from opsledger.catalog.content import Content, ReadContext, Reading, Sample
from opsledger.catalog.transition import Transition

NOTED = "Noted"
"""The status of a notice that names no result."""
UNIDENTIFIED = "unidentified"
"""Stands for the resource where neither content nor envelope names one."""

_ID = re.compile(r"[A-Za-z0-9*][A-Za-z0-9*._@-]{0,127}", re.ASCII)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", re.ASCII)


class ResourceNotice(Content):
    """An event that says that something happened to a resource: one record per resource and type.

    Attributes:
        id_fields: the fields that may name the resource, the best first.
        status_fields: the fields that may say how it ended or what state it led to.
        began_fields, ended_fields: the fields that may say when it began and ended.
        shown: the fields that a record shows. All others are in the ledger alone: a field that only one route sends, or
            the vendor adds, must not make another notification.
        distinguished_by: the fields that tell two notices of the same second apart.
        no_status: the status of a content that has none.
    """

    model_config = ConfigDict(extra="allow")

    status_field = "result"
    id_fields: ClassVar[tuple[str, ...]] = ("instanceId", "ecsInstanceId", "resourceId")
    status_fields: ClassVar[tuple[str, ...]] = ("result",)
    began_fields: ClassVar[tuple[str, ...]] = ("startTime",)
    ended_fields: ClassVar[tuple[str, ...]] = ("endTime", "finishTime")
    shown: ClassVar[tuple[str, ...]] = ()
    distinguished_by: ClassVar[tuple[str, ...]] = ()
    no_status: ClassVar[str] = NOTED
    sample: ClassVar[Sample] = {
        "*": {"instanceId": "{instance_id}"},
        "accomplished failed": {"result": "{status}"},
    }

    def read(self, context: ReadContext) -> Reading:
        """Whatever the content says of its resource, result and time; it is never refused."""
        fields = _NoticeFields(self.model_extra or {})
        resource = fields.identifier(self.id_fields) or _named_by(context.subject) or fields.any_identifier()
        began, ended = fields.moment(self.began_fields), fields.moment(self.ended_fields)
        at = ended or began or context.at
        return Reading(
            entity_id=self._entity_id(fields, resource or UNIDENTIFIED, context),
            resource_id=resource or UNIDENTIFIED,
            transition=Transition(
                status=self._status(fields, context),
                at=at,
                started_at=began,
                finished_at=ended,
                detail={name: text for name in self.shown if (text := fields.text(name))},
                anomalies=() if resource else ("unidentified:neither content nor envelope names a resource",),
            ),
            distinct=tuple(fields.text(name) for name in self.distinguished_by),
            keyed_at=self._keyed_at(at),
            is_global=resource is not None,
        )

    @classmethod
    def known_fields(cls) -> frozenset[str]:
        """The fields that are looked for, whether or not a content has them."""
        return frozenset((*cls.id_fields, *cls.status_fields, *cls.began_fields, *cls.ended_fields, *cls.shown))

    def _entity_id(self, _fields: _NoticeFields, resource: str, context: ReadContext) -> str:
        return f"{resource}:{context.name}"

    def _status(self, fields: _NoticeFields, _context: ReadContext) -> str:
        return fields.word(self.status_fields) or self.no_status

    def _keyed_at(self, at: int | None) -> int | None:
        return at


class DiskNotice(ResourceNotice):
    """`Disk:ConvertToPostpaidCompleted` and `Disk:OverduePaymentRelease`."""

    id_fields = ("diskId", "resourceId")
    shown = ("instanceId",)
    sample: ClassVar[Sample] = {
        "*": {"diskId": "{disk_id}"},
        "Noted": {"instanceId": "{instance_id}"},
        "accomplished failed": {"result": "{status}"},
    }


class DiskOperation(ResourceNotice):
    """`Disk:DiskOperationCompleted`: a data disk was attached or detached, or was not."""

    id_fields = ("diskId", "resourceId")
    shown = distinguished_by = ("operation",)
    raw_marks = frozenset({"diskId", "operation", "result"})
    sample: ClassVar[Sample] = {"*": {"diskId": "{disk_id}", "operation": "AttachDisk", "result": "{status}"}}


class VSwitchChange(ResourceNotice):
    """`Instance:VSwitchChanged`: an instance moved to another vSwitch or VPC."""

    shown = ("vswitchId", "vpcId", "privateIpAddress")
    distinguished_by = ("vswitchId",)
    raw_marks = frozenset({"instanceId", "vswitchId", "vpcId"})
    sample: ClassVar[Sample] = {
        "*": {
            "instanceId": "{instance_id}",
            "vswitchId": "{vswitch_id}",
            "privateIpAddress": "172.16.0.4",
            "vpcId": "{vpc_id}",
        }
    }


class NetworkInterfaceNotice(ResourceNotice):
    """`NetworkInterface:NetworkInterfaceOperateCompleted` and `NetworkInterface:SlaveEniWorkStateChanged`."""

    id_fields = ("eniId", "networkInterfaceId", "resourceId")
    shown = distinguished_by = ("operation", "operationType")
    sample: ClassVar[Sample] = {
        "*": {"eniId": "{network_interface_id}"},
        "accomplished failed": {"result": "{status}"},
    }


class AddressNotice(ResourceNotice):
    """`NetworkInterface:PrivateIPAssigned` and its like: which addresses a network interface got or lost."""

    id_fields = ("eniId", "networkInterfaceId", "resourceId")
    # The fields of IPv6 are those of the API's actions, AssignIpv6Addresses; the page shows IPv4 alone.
    shown = distinguished_by = (
        "primaryPrivateIp",
        "secondaryPrivateIps",
        "ipv4Prefixes",
        "ipv6Addresses",
        "ipv6Prefixes",
    )
    sample: ClassVar[Sample] = {"*": {"eniId": "{network_interface_id}", "primaryPrivateIp": "172.16.0.4"}}


class SnapshotStep(ResourceNotice):
    """`Snapshot:*`: a snapshot is begun, ends well or not, and is deleted; one record per snapshot."""

    id_fields = ("snapshotId", "resourceId")
    shown = ("diskId", "snapshotName", "snapshotType")
    no_status = "Completed"
    sample: ClassVar[Sample] = {
        "*": {
            "snapshotId": "{snapshot_id}",
            "snapshotName": "sample",
            "snapshotType": "user",
            "diskId": "{disk_id}",
        },
        "accomplished failed": {"result": "{status}", "startTime": "{now-1m}", "endTime": "{now}"},
    }
    stages: ClassVar[Mapping[str, str]] = {
        "Snapshot:CreateSnapshotInitiated": "Initiated",
        "Snapshot:SnapshotDeleted": "Deleted",
    }
    """The types that are a status by themselves."""

    def _entity_id(self, _fields: _NoticeFields, resource: str, _context: ReadContext) -> str:
        return resource

    def _status(self, fields: _NoticeFields, context: ReadContext) -> str:
        return self.stages.get(context.name) or super()._status(fields, context)

    def _keyed_at(self, _at: int | None) -> int | None:
        return 0  # each step is taken once in the life of a snapshot


class CloudAssistantTask(ResourceNotice):
    """`CloudAssistant:TaskCompleted`: a command ended on an instance; one record per invocation and instance."""

    status_field = "invocationStatus"
    status_fields = ("invocationStatus", "invokeStatus", "status")
    shown = ("commandId", "commandName", "exitCode", "invokeId")
    sample: ClassVar[Sample] = {
        "*": {
            "commandId": "{command_id}",
            "commandName": "sample.sh",
            "exitCode": "0",
            "finishTime": "{now}",
            "instanceId": "{instance_id}",
            "invocationStatus": "{status}",
            "invokeId": "{task_id}",
        }
    }
    raw_marks = frozenset({"invokeId", "invocationStatus"})
    no_status = "Completed"

    def _entity_id(self, fields: _NoticeFields, resource: str, context: ReadContext) -> str:
        task = fields.identifier(("invokeId", "taskId"))
        if task is None:
            return super()._entity_id(fields, resource, context)
        return task if resource in (task, UNIDENTIFIED) else f"{task}+{resource}"


class _NoticeFields:
    """The fields of a content, by name in any casing: API elements begin with a capital."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._names = content.keys()
        self._by_name = {name.lower(): value for name, value in content.items()}

    def text(self, name: str) -> str | None:
        """The field's value as text, a list's in alphabetical order; None where it is missing, empty or an object."""
        value = self._by_name.get(name.lower())
        if isinstance(value, list):
            return ", ".join(sorted(filter(None, map(_text, value)))) or None
        return _text(value)

    def word(self, names: tuple[str, ...]) -> str | None:
        """The first of the fields that has one word."""
        return next((text for name in names if (text := self.text(name)) and _WORD.fullmatch(text)), None)

    def identifier(self, names: tuple[str, ...]) -> str | None:
        """The first of the fields that has an identifier, also at the end of an ARN."""
        return next((found for name in names if (found := _named_by(self.text(name) or ""))), None)

    def any_identifier(self) -> str | None:
        """The identifier in the first field, by name, that is called an id; not that of an event or a request."""
        named = (
            name for name in sorted(self._names) if name.endswith(("Id", "ID")) and name.lower() not in _NO_RESOURCES
        )
        return self.identifier(tuple(named))

    def moment(self, names: tuple[str, ...]) -> int | None:
        """The first of the fields that has a moment, in ms."""
        return next((found for name in names if (found := _moment(self.text(name))) is not None), None)


_NO_RESOURCES = frozenset({"id", "eventid", "requestid", "accountid", "userid", "regionid", "zoneid"})
"""Fields that are called an id and name no resource, in lower case."""


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value) or None


def _named_by(text: str) -> str | None:
    """The identifier that `text` is, or that an ARN such as `acs:ecs:<region>:<account>:disk/<id>` ends in."""
    last = re.split("[:/]", text)[-1]
    return last if _ID.fullmatch(last) else None


def _moment(text: str | None) -> int | None:
    try:
        return timestamps.parse(text) if text else None
    except ValueError:
        return None
