"""What a notification policy posts about a system event, made from the event that the product publishes.

Fields and forms are those of what people got from the real service, such as in
https://www.alibabacloud.com/help/en/cms/cloudmonitor-1-0/user-guide/configure-callbacks-for-system-event-triggered-alerts-recommended:
the content both as an object and as text, moments in milliseconds, in texts; `eventTime` in Beijing's time. A name ends
in the status of what has one (https://help.aliyun.com/en/ecs/user-guide/overview-35). Levels and types are those of the
list of ECS events in github.com/AlibabaCloudDocs/cms ("Appendix 2: System events").
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

from yunmock.exact_json import write_json

if TYPE_CHECKING:
    from yunmock.json_types import JsonObject, JsonValue

PRODUCTS = {"acs.ecs": "ECS"}
"""The products whose system events CloudMonitor has, by the source of their events; ECI is not among them."""
BEIJING = timezone(timedelta(hours=8))
CRITICAL, WARN, INFO = "CRITICAL", "WARN", "INFO"
LEVELS = (CRITICAL, WARN, INFO)
NORMAL = "Normal"
MAINTENANCE, EXCEPTION, STATUS = "Maintenance", "Exception", "StatusNotification"

_ARN = re.compile(r"acs:[\w-]+:(?P<region>[\w-]+):")
KINDS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"Instance:SystemMaintenance\..*"), CRITICAL, MAINTENANCE),
    (re.compile(r"Instance:(?:SystemFailure|InstanceFailure)\..*"), CRITICAL, EXCEPTION),
    (re.compile(r"Disk:(?:Stalled|ErrorDetected)"), CRITICAL, EXCEPTION),
    (re.compile(r"Instance:PreemptibleInstanceInterruption"), WARN, STATUS),
    (re.compile(r".*"), INFO, STATUS),
)
"""The level and type of an event by its name; the first that fits counts."""


class MonitoredEvent(NamedTuple):
    """A system event as CloudMonitor knows it.

    Attributes:
        name: `Instance:StateChange`, without its status.
        status: `Executing`, or `Normal` of an event that has none.
        resource: the ARN of what it is about.
    """

    product: str
    name: str
    status: str
    level: str
    kind: str
    id: str
    time: datetime
    region: str
    resource: str
    content: JsonObject

    @property
    def full_name(self) -> str:
        """The name with the status, if it has one."""
        return self.name if self.status == NORMAL else f"{self.name}:{self.status}"


def read_event(event: JsonObject, now: datetime) -> MonitoredEvent | None:
    """The system event in a CloudEvent, None if CloudMonitor has no events of its source.

    Args:
        event: the CloudEvent.
        now: when it happened, if the event has no time that can be read.
    """
    product, content = PRODUCTS.get(str(event.get("source"))), event.get("data")
    prefix, _, name = str(event.get("type")).partition(":")
    if product is None or prefix.upper() != product or not name or not isinstance(content, dict):
        return None
    level, kind = next((level, kind) for pattern, level, kind in KINDS if pattern.fullmatch(name))
    resource = str(event.get("subject") or "")
    arn = _ARN.match(resource)
    region = arn["region"] if arn else str(event.get("aliyunregionid") or "")
    return MonitoredEvent(
        product, name, _status(content), level, kind, str(event["id"]), _moment(event, now), region, resource, content
    )


def _status(content: JsonObject) -> str:
    """The status that a content has; that of a disk's event follows from its times."""
    if content.get("eventStatus"):
        return str(content["eventStatus"])
    if content.get("executeFinishTime"):
        return "Executed"
    return "Executing" if content.get("executeStartTime") else NORMAL


def _moment(event: JsonObject, now: datetime) -> datetime:
    try:
        # Python 3.10's `fromisoformat` does not accept a Z.
        return datetime.fromisoformat(str(event.get("time")).replace("Z", "+00:00")).astimezone(BEIJING)
    except ValueError:
        return now.astimezone(BEIJING)


def alert(event: MonitoredEvent, account: str, policy: str) -> JsonObject:
    """What a policy posts about an event."""
    moment = round(event.time.timestamp() * 1000)
    return {
        "severity": event.level,
        "strategyName": policy,
        "userId": account,
        "userInfo": {"userId": account},
        "subscription": {"conditions": [{"field": "source", "op": "EQ", "value": "SYS_EVENT"}], "relation": "AND"},
        "relatedAlertIds": [event.id],
        "alert": {
            "alertStatus": "TRIGGERED",
            "severity": event.level,
            "product": event.product,
            "source": "SYS_EVENT",
            "eventType": event.kind,
            "eventName": event.full_name,
            "arn": event.resource,
            "userId": account,
            "traceId": event.id,
            "dedupId": event.id,
            "timestamp": moment,
            "eventContentMap": event.content,
            "eventRawContent": write_json(event.content),
            "meta": {"sysEventMeta": _meta(event)},
        },
        "startTime": str(moment),
        "time": str(moment),
    }


def _meta(event: MonitoredEvent) -> JsonObject:
    name: JsonValue = event.content.get("instanceName") or event.content.get("ecsInstanceName") or ""
    moment = event.time
    return {
        "id": event.id,
        "product": event.product,
        "serviceTypeEn": event.product,
        "name": event.full_name,
        "eventNameEn": event.full_name,
        "eventType": event.kind,
        "level": event.level,
        "status": event.status,
        "regionId": event.region,
        "regionNameEn": event.region,
        "resourceId": event.resource,
        "instanceName": name,
        "groupId": "",
        "eventTime": f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03d}+0800",
    }
