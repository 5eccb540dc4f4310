"""The contents of ECI events: Kubernetes events, as pushed by kube-eventer and as the ECI API returns them.

Sources: "ECI events" (help.aliyun.com/zh/eci), DescribeContainerGroupEvents and DescribeContainerGroups
(alibabacloud.com/help/en/eci/developer-reference), corev1.Event of Kubernetes, kube-eventer's EventBridge sink
(github AliyunContainerService/kube-eventer).
"""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - pydantic may read any annotation of this module
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from opsledger import timestamps
from opsledger.catalog.content import Content, Id, OptionalMoment, ReadContext, Reading, Sample, Word
from opsledger.catalog.templates import in_service_wording, match_message
from opsledger.catalog.transition import Transition
from opsledger.errors import FieldError, MalformedContentError

MINUTE_MS = 60_000
SYSTEM_REBOOT_MS = 48 * 60 * MINUTE_MS
"""A SystemReboot asks to re-create the instance within 48 hours ("ECI events")."""
LONGEST_NOTICE_MIN = 7 * 24 * 60
"""A longer notice before a release is a mistake in the message."""
MAX_COUNT = 1_000_000_000
SHOWN_MESSAGE = 500

OBJECT_NOTICES = ("Normal", "Warning")
"""The two types of a Kubernetes event: the statuses of an event that has no lifecycle."""


def _lower_camel(value: Any) -> Any:
    """`FirstTimestamp` as `firstTimestamp`, at every level: the API's page and its SDK disagree on the casing."""
    if not isinstance(value, dict):
        return value
    return {(k[:1].lower() + k[1:] if isinstance(k, str) else k): _lower_camel(v) for k, v in value.items()}


def _none_is(default: Any) -> BeforeValidator:
    return BeforeValidator(lambda value: default if value is None else value)


class InvolvedObject(BaseModel):
    """What an event is about."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, defer_build=True)

    uid: Annotated[str, StringConstraints(max_length=128)] = ""
    name: Annotated[str, StringConstraints(max_length=256)] = ""
    namespace: Annotated[str, StringConstraints(max_length=256)] = ""
    kind: Annotated[str, StringConstraints(max_length=128)] = ""


class Metadata(BaseModel):
    """The event object's own name: `<object>.<nanoseconds since the epoch in hex>`."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, defer_build=True)

    name: Annotated[str, StringConstraints(max_length=512)] = ""


class Series(BaseModel):
    """How often an event recurred and until when, where its reporter uses the present API of Kubernetes' events."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True, strict=True, defer_build=True)

    count: Annotated[int, _none_is(1), Field(ge=0, le=MAX_COUNT)] = 1
    last_observed_time: OptionalMoment = None


class EciEvent(Content):
    """One event of a container group, image cache, data cache or virtual node.

    Without `involvedObject` it is an element of DescribeContainerGroups' `Events`; then `containerGroupId`, which
    the code that took it out of its group must add, says whose it is.
    """

    status_field = "reason"
    sample: ClassVar[Sample] = {
        "*": {
            "metadata": {"name": "{pod}.{nanoseconds}", "namespace": "default"},
            "involvedObject": {
                "apiVersion": "v1",
                "kind": "{object_kind}",
                "name": "{pod}",
                "namespace": "default",
                "uid": "{resource_id}",
            },
            "reason": "{name}",
            "message": "{message}",
            "source": {"component": "EciService"},
            "firstTimestamp": "{now}",
            "lastTimestamp": "{now}",
            "count": 1,
            "type": "{source_severity}",
        }
    }

    reason: Word
    type: Annotated[Literal["Normal", "Warning"] | None, Field()] = None
    message: Annotated[str, _none_is("")] = ""
    count: Annotated[int, _none_is(1), Field(ge=0, le=MAX_COUNT)] = 1
    first_timestamp: OptionalMoment = None
    last_timestamp: OptionalMoment = None
    event_time: OptionalMoment = None
    series: Series | None = None
    involved_object: Annotated[InvolvedObject, _none_is({})] = Field(default_factory=InvolvedObject)
    metadata: Annotated[Metadata, _none_is({})] = Field(default_factory=Metadata)
    name: str | None = None
    container_group_id: Id | None = None

    @model_validator(mode="before")
    @classmethod
    def _either_casing(cls, value: Any) -> Any:
        return _lower_camel(value)

    def read(self, context: ReadContext) -> Reading:
        """The occurrence identifies the transition; its repeats raise the count and move the last moment."""
        first, last = self._moments(context)
        match = match_message(context.templates, self.message)
        params = {} if match is None else match.params
        anomalies = []
        if match is None:
            anomalies.append("message_drift:the message has none of the known wordings")
        if context.source_severity and self.type not in (None, context.source_severity):
            anomalies.append(f"type_mismatch:the catalogue says {context.source_severity}")
        transition = Transition(
            status=self.reason,
            at=first,
            count=max(1, self.count, 0 if self.series is None else self.series.count),
            last_at=last,
            detail={**params, **self._detail()},
            anomalies=tuple(anomalies),
        )
        announce = _ANNOUNCEMENTS.get(self.reason)
        entity_id = self._entity_id()
        occurred = self._occurred()
        return Reading(
            entity_id=entity_id,
            resource_id=entity_id,
            transition=transition if announce is None else announce(transition, params),
            distinct=(
                self.reason,
                in_service_wording(context.templates, self.message, match),
                "" if occurred else self.metadata.name,
            ),
            source_severity=self.type or context.source_severity or "Warning",
            is_global=self._is_global(),
            keyed_at=occurred or first,
        )

    def _moments(self, context: ReadContext) -> tuple[int | None, int | None]:
        first = self.first_timestamp or self.event_time or self.last_timestamp or context.at
        last = self.last_timestamp or (self.series and self.series.last_observed_time) or first
        if first is not None and last is not None and last < first:
            raise MalformedContentError(
                "the event ends before it begins", [FieldError("lastTimestamp", "is before firstTimestamp")]
            )
        return first, last

    def _entity_id(self) -> str:
        named = self.involved_object
        entity_id = named.uid or self.container_group_id or "/".join(n for n in (named.namespace, named.name) if n)
        if not entity_id or not _ENTITY_ID.fullmatch(entity_id):
            raise MalformedContentError(
                "the event does not say what it is about",
                [FieldError("involvedObject.uid", "is missing or no identifier")],
            )
        return entity_id

    def _is_global(self) -> bool:
        """Whether the entity id is unique in the world: a uid or a vendor's id, and no name within a cluster.

        The uid of a node's events is often the node's name, because kubelets write it so.
        """
        named = self.involved_object
        if named.uid and named.uid == named.name:
            return _VENDORS_ID.fullmatch(named.uid) is not None
        return bool(named.uid or self.container_group_id)

    def _occurred(self) -> int | None:
        """When it first occurred, in ms, by its name; this tells it from another with the same message.

        Kubernetes writes that moment into the event's name; so the same event taken from DescribeContainerGroups, which
        gives no such name, is the same occurrence.
        """
        suffix = self.metadata.name.rpartition(".")[2]
        if not _NANOSECONDS.fullmatch(suffix):
            return None
        moment = int(suffix, 16) // 1_000_000
        return moment if timestamps.EARLIEST_MS <= moment < timestamps.LATEST_MS else None

    def _detail(self) -> dict[str, str]:
        named = self.involved_object
        name = named.name or self.name or ""
        detail = {"object": name, "message": self.message[:SHOWN_MESSAGE]}
        return {key: text for key, text in detail.items() if text}


_ENTITY_ID = re.compile(r"[A-Za-z0-9*][A-Za-z0-9*._:@/-]{0,255}", re.ASCII)
_VENDORS_ID = re.compile(r"(?:eci|imc|edc|vnd)-[0-9a-z]{10,}", re.ASCII)
_NANOSECONDS = re.compile(r"[0-9a-f]{15,16}", re.ASCII)


def _spot_release(transition: Transition, params: Mapping[str, str]) -> Transition:
    """Due N minutes after it was last seen."""
    minutes = params.get("minutes", "")
    if minutes.isascii() and minutes.isdigit() and len(minutes) < 6 and int(minutes) <= LONGEST_NOTICE_MIN:  # noqa: PLR2004 - digits of the longest notice
        return transition._replace(notice_period=int(minutes) * MINUTE_MS)
    return _drifted(transition, "the message does not say in how many minutes")


def _system_reboot(transition: Transition, _params: Mapping[str, str]) -> Transition:
    """Due forty-eight hours after it was first seen."""
    return transition._replace(due=None if transition.at is None else transition.at + SYSTEM_REBOOT_MS)


def _scheduled_maintenance(transition: Transition, params: Mapping[str, str]) -> Transition:
    """Due when the message, itself JSON, says."""
    try:
        planned = timestamps.parse(params.get("plan_exec_time", ""))
    except ValueError:
        return _drifted(transition, "the message has no planExecTime that can be read")
    return transition._replace(not_before=planned, due=planned)


def _drifted(transition: Transition, note: str) -> Transition:
    return transition._replace(anomalies=(*transition.anomalies, f"message_drift:{note}"))


_ANNOUNCEMENTS = {
    "SpotToBeReleased": _spot_release,
    "SystemReboot": _system_reboot,
    "ScheduledMaintenance": _scheduled_maintenance,
}
"""Reason → what its message says of the time to come."""


class Notice(EciEvent):
    """An event without a lifecycle: one record per object and reason, in the status that is the event's type."""

    def read(self, context: ReadContext) -> Reading:
        """As `EciEvent`, with the reason in the entity id."""
        reading = super().read(context)
        return reading._replace(
            entity_id=f"{reading.entity_id}:{self.reason}",
            transition=reading.transition._replace(status=reading.source_severity),
        )


class ContainerGroupState(Content):
    """A container group's status, as the poller found it in DescribeContainerGroups.

    Attributes:
        observed_time: when the poller saw it; the API itself dates only the creation and the ends.
    """

    sample: ClassVar[Sample] = {
        "*": {"containerGroupId": "{container_group_id}", "containerGroupName": "{pod}", "status": "{status}"},
        "Scheduling": {"creationTime": "{now}"},
        "ScheduleFailed Pending Running Restarting Updating Terminating Vanished": {"observedTime": "{now}"},
        "Succeeded": {"succeededTime": "{now}"},
        "Failed": {"failedTime": "{now}"},
        "Expired": {"expiredTime": "{now}"},
    }

    container_group_id: Id
    container_group_name: str | None = None
    status: Word
    observed_time: OptionalMoment = None
    creation_time: OptionalMoment = None
    succeeded_time: OptionalMoment = None
    failed_time: OptionalMoment = None
    expired_time: OptionalMoment = None

    def read(self, context: ReadContext) -> Reading:
        """One life per container group."""
        dated = {
            "Scheduling": self.creation_time,
            "Succeeded": self.succeeded_time,
            "Failed": self.failed_time,
            "Expired": self.expired_time,
        }
        at = dated.get(self.status) or self.observed_time or context.at
        return Reading(
            entity_id=self.container_group_id,
            resource_id=self.container_group_id,
            transition=Transition(
                status=self.status,
                at=at,
                started_at=self.creation_time,
                finished_at=self.succeeded_time or self.failed_time or self.expired_time,
                detail={"object": self.container_group_name} if self.container_group_name else {},
            ),
        )
