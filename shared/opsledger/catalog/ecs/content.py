"""The contents of ECS notifications.

Source of the fields: "ECS event notifications" (help.aliyun.com/zh/ecs/user-guide/overview-35) and, for disks, "Elastic
Block Storage event notifications" in the vendor's documentation repository (AlibabaCloudDocs/ecs, 2021).
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic may read any annotation of this module
from typing import ClassVar, Literal

from opsledger.catalog.content import Content, Id, Moment, OptionalMoment, ReadContext, Reading, Sample, Word
from opsledger.catalog.transition import Transition, whole_second
from opsledger.errors import FieldError, MalformedContentError

INTERRUPTION_NOTICE_MS = 5 * 60 * 1000
"""A preemptible instance is released five minutes after its notification (ECS event notifications)."""
ANNOUNCED = ("Inquiring", "Scheduled")
"""The statuses that announce a system event: reached when it is published."""
DISK_EFFECTS = ("Degraded", "SeverelyDegraded")
"""What a stall of a disk may call itself in its content (Elastic Block Storage event notifications)."""
INTERRUPTION_ACTIONS = ("delete", "stop")
MAX_RAW_NAME = 64
"""The characters of a raw content's own type that are looked at."""


def masked(identifier: str) -> bool:
    """Whether the vendor's documentation blanked out part of it: then it identifies nothing."""
    return "*" in identifier


class SystemEvent(Content):
    """`Instance:SystemMaintenance.*`, `Instance:SystemFailure.*` and the other system events of an instance."""

    status_field = "eventStatus"
    suffixed = True
    raw_marks = frozenset({"eventId", "instanceId", "eventType"})
    sample: ClassVar[Sample] = {
        "*": {
            "eventId": "{event_id}",
            "publishTime": "{now}",
            "instanceId": "{instance_id}",
            "eventType": "{name}",
            "eventStatus": "{status}",
        },
        "Executing": {"executeStartTime": "{now}"},
        "Executed Avoided Canceled Failed": {"executeStartTime": "{now-5m}", "executeFinishTime": "{now}"},
    }

    event_id: Id
    publish_time: Moment
    instance_id: Id
    event_type: Id  # part of what identifies an event whose id is masked
    event_status: Word | None = None
    not_before: OptionalMoment = None
    execute_start_time: OptionalMoment = None
    execute_finish_time: OptionalMoment = None

    @classmethod
    def raw_type(cls, content: Mapping[str, object]) -> str:
        """The content names its type."""
        return f"ecs:Instance:{str(content.get('eventType'))[:MAX_RAW_NAME]}"

    def read(self, context: ReadContext) -> Reading:
        """Identified by the event id; the content's status wins over the name's suffix."""
        status = self.event_status or context.suffix
        if status is None:
            raise MalformedContentError(
                "no status: neither eventStatus nor a suffix of the name",
                [FieldError("eventStatus", "is missing")],
            )
        return Reading(
            entity_id=self._entity_id(),
            resource_id=self.instance_id,
            transition=Transition(
                status=status,
                at=self._at(status),
                not_before=self.not_before,
                due=self.not_before,
                started_at=self.execute_start_time,
                finished_at=self.execute_finish_time,
                issued_at=self.publish_time,
                anomalies=_suffix_anomaly(status, context),
            ),
            # Only an announcement is restated with another notBefore; of the rest not every route gives it.
            distinct=(self.not_before,) if status in ANNOUNCED else (),
            keyed_at=self.publish_time,
            former=(self.publish_time, self.not_before, self.execute_start_time, self.execute_finish_time),
        )

    def _entity_id(self) -> str:
        # The documentation's two samples are one event with its id masked at different places. A masked id does not
        # identify the event, so instance, type and publish time do.
        if masked(self.event_id):
            return f"{self.instance_id}:{self.event_type}:{whole_second(self.publish_time)}"
        return self.event_id

    def _at(self, status: str) -> int | None:
        """When the status was reached, by the content alone: the envelope's time is joined beside it."""
        if status in ANNOUNCED:
            return self.publish_time
        return self.execute_start_time if status == "Executing" else self.execute_finish_time


class DiskEvent(Content):
    """`Disk:Stalled` and `Disk:ErrorDetected`: there is no status field; a finish time means that it has ended."""

    status_field = "eventStatus"
    suffixed = True
    raw_marks = frozenset({"eventId", "diskId", "eventType"})
    sample: ClassVar[Sample] = {
        "*": {
            "eventId": "{event_id}",
            "diskId": "{disk_id}",
            "device": "/dev/xvdb",
            "eventType": "{name}",
            "executeStartTime": "{now}",
            "ecsInstanceId": "{instance_id}",
            "ecsInstanceName": "sample",
        },
        "Executed": {"executeStartTime": "{now-5m}", "executeFinishTime": "{now}"},
    }

    event_id: Id
    disk_id: Id
    event_type: Word | None = None
    device: Word | None = None
    event_status: Word | None = None
    execute_start_time: OptionalMoment = None
    execute_finish_time: OptionalMoment = None
    ecs_instance_id: Id | None = None
    ecs_instance_name: str | None = None

    @classmethod
    def raw_type(cls, content: Mapping[str, object]) -> str:
        """The content names its type, or an effect of a stall."""
        named = str(content.get("eventType"))[:MAX_RAW_NAME]
        return "ecs:Disk:Stalled" if named in DISK_EFFECTS else f"ecs:Disk:{named}"

    def read(self, context: ReadContext) -> Reading:
        """Identified by event id and disk: one stall may be reported for several disks.

        No identifier has a plus, so no two pairs share a name.
        """
        # The name's suffix comes last: the documentation's sample of the end still says `Executing`.
        ended = "Executed" if self.execute_finish_time else None
        status = self.event_status or ended or context.suffix or "Executing"
        detail = {"device": self.device, "instance": self.ecs_instance_id, "effect": self.event_type}
        return Reading(
            entity_id=f"{self.event_id}+{self.disk_id}",
            resource_id=self.disk_id,
            transition=Transition(
                status=status,
                at=self.execute_start_time if status == "Executing" else self.execute_finish_time,
                started_at=self.execute_start_time,
                finished_at=self.execute_finish_time,
                detail={name: text for name, text in detail.items() if text},
                anomalies=_suffix_anomaly(status, context),
            ),
            distinct=(self.event_type,),
            keyed_at=self.execute_start_time,
        )


class StateChange(Content):
    """`Instance:StateChange`: when it happened is in the envelope alone."""

    status_field = "state"
    raw_marks = frozenset({"resourceId", "resourceType", "state"})
    sample: ClassVar[Sample] = {
        "*": {"resourceId": "{instance_id}", "resourceType": "ALIYUN::ECS::Instance", "state": "{status}"}
    }

    resource_id: Id
    resource_type: Literal["ALIYUN::ECS::Instance"]
    state: Word

    def read(self, context: ReadContext) -> Reading:
        """One life per instance."""
        return Reading(
            entity_id=self.resource_id,
            resource_id=self.resource_id,
            transition=Transition(
                status=self.state,
                at=context.at,
            ),
        )


class PreemptibleInstanceInterruption(Content):
    """`Instance:PreemptibleInstanceInterruption`: sent five minutes before the release."""

    status_field = "action"
    raw_marks = frozenset({"instanceId", "action"})
    sample: ClassVar[Sample] = {"*": {"instanceId": "{instance_id}", "action": "{status}"}}

    instance_id: Id
    action: Word

    def read(self, context: ReadContext) -> Reading:
        """One record per instance, one transition per notification; due five minutes after it.

        An instance may be stopped instead of released (`SpotInterruptionBehavior` of RunInstances), and interrupted
        again when it runs again. What its notification says then is not documented, so any action is taken: the
        warning is worth more than its wording.
        """
        action = self.action.lower()
        known = action in INTERRUPTION_ACTIONS
        return Reading(
            entity_id=self.instance_id,
            resource_id=self.instance_id,
            transition=Transition(
                status=action if known else "other",
                at=context.at,
                notice_period=INTERRUPTION_NOTICE_MS,
                detail={} if known else {"action": self.action},
            ),
            distinct=() if known else (self.action,),
        )


class LiveMigrationAcrossDDH(Content):
    """`Instance:LiveMigrationAcrossDDH`: an instance moves between dedicated hosts while running."""

    raw_marks = frozenset({"instanceId", "sourceDedicatedHostId"})
    sample: ClassVar[Sample] = {
        "*": {
            "instanceId": "{instance_id}",
            "sourceDedicatedHostId": "{source_host_id}",
            "destinationDedicatedHostId": "{destination_host_id}",
            "startTime": "{now}",
            "status": "{status}",
        },
        "accomplished failed": {"startTime": "{now-1m}", "endTime": "{now}"},
    }

    instance_id: Id
    source_dedicated_host_id: Id
    destination_dedicated_host_id: Id
    start_time: Moment
    end_time: OptionalMoment = None
    status: Word

    def read(self, context: ReadContext) -> Reading:  # noqa: ARG002 - the content says when
        """One migration per instance and start time."""
        began = self.status == "started"
        return Reading(
            entity_id=f"{self.instance_id}:{whole_second(self.start_time)}",
            resource_id=self.instance_id,
            transition=Transition(
                status=self.status,
                at=self.start_time if began else self.end_time,
                started_at=self.start_time,
                finished_at=self.end_time,
                detail={"from": self.source_dedicated_host_id, "to": self.destination_dedicated_host_id},
            ),
            distinct=(self.source_dedicated_host_id, self.destination_dedicated_host_id),
            keyed_at=self.end_time or self.start_time,
        )


class PerformanceModeChange(Content):
    """`Instance:PerformanceModeChange`: a burstable instance's mode after the switch, and who switched it."""

    status_field = "creditSpecification"
    raw_marks = frozenset({"instanceId", "creditSpecification"})
    sample: ClassVar[Sample] = {
        "*": {"instanceId": "{instance_id}", "creditSpecification": "{status}", "operator": "System"}
    }

    instance_id: Id
    credit_specification: Word
    operator: Literal["User", "System"]

    def read(self, context: ReadContext) -> Reading:
        """One mode per instance."""
        return Reading(
            entity_id=self.instance_id,
            resource_id=self.instance_id,
            transition=Transition(
                status=self.credit_specification,
                at=context.at,
                detail={"operator": self.operator},
            ),
            distinct=(self.operator,),
        )


class BurstablePerformanceRestricted(Content):
    """`Instance:BurstablePerformanceRestricted`: held below baseline at some time within an hour."""

    raw_marks = frozenset({"instanceId", "intervalStart", "intervalEnd"})
    sample: ClassVar[Sample] = {
        "*": {"instanceId": "{instance_id}", "intervalStart": "{hour-1h}", "intervalEnd": "{hour}"}
    }

    instance_id: Id
    interval_start: Moment
    interval_end: Moment

    def read(self, context: ReadContext) -> Reading:  # noqa: ARG002 - the interval says it all
        """One record per instance, one transition per interval."""
        if self.interval_end <= self.interval_start:
            raise MalformedContentError(
                "the interval ends before it begins",
                [FieldError("intervalEnd", "is not after intervalStart")],
            )
        return Reading(
            entity_id=self.instance_id,
            resource_id=self.instance_id,
            transition=Transition(
                status="Restricted",
                at=self.interval_start,
                started_at=self.interval_start,
                finished_at=self.interval_end,
            ),
            distinct=(self.interval_start, self.interval_end),
        )


def _suffix_anomaly(status: str, context: ReadContext) -> tuple[str, ...]:
    if context.suffix is None or context.suffix == status:
        return ()
    return (f"status_mismatch:the name says {context.suffix}",)
