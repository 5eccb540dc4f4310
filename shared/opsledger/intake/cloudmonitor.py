"""CloudMonitor's notifications: pushed to a function or a webhook, or read with DescribeSystemEventAttribute.

Sources: help.aliyun.com/zh/ecs/user-guide/overview-35 (ECS event notifications); SendDryRunSystemEvent and
DescribeSystemEventAttribute in github AlibabaCloudDocs/cms; what a notification policy posts to a webhook, as public
receivers of it show (`alert.meta.sysEventMeta`, help.aliyun.com/zh/cms, "notification policies").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from opsledger.errors import DryRunError, FieldError
from opsledger.intake.delivery import Delivery, Form
from opsledger.intake.fields import Fields, arn_parts, in_camel_case, inner_object, moment, note, read_time
from opsledger.ledger.notification import Envelope

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject, JsonValue

_CONTENTS_OF_POLICY = ("eventContentMap", "eventRawContent")


# ------------------------------------------------------------------------------------------------- notifications
def _matches_notification(value: JsonObject) -> bool:
    return ("name" in value and ("product" in value or "content" in value)) or (
        "Name" in value and ("Product" in value or "Content" in value)
    )


def _open_notification(value: JsonObject) -> Delivery:
    named = value if "name" in value else in_camel_case(value)
    fields = Fields(named)
    # DescribeSystemEventAttribute gives the content as text.
    content = fields.json_object("content", fields.parsed("content", named.get("content")))
    return _notification(named, fields, content, "content")


def _notification(value: JsonObject, fields: Fields, content: JsonObject, path: str) -> Delivery:
    name = fields.required_text("name")
    product = fields.text("product") or "ECS"
    arn = fields.text("resourceId")
    region, account, _ = arn_parts(arn)
    region, account = fields.text("regionId") or region, fields.text("userId") or account
    fields.check()
    _refuse_dry_run(arn, content, path)
    time_name = "eventTime" if "eventTime" in value else "time"
    at, time_error = read_time(value.get(time_name), time_name)
    type_ = "".join(f"{product.lower()}:{name}".split())
    subject = arn or None
    instance_name = note(value.get("instanceName")) or note(content.get("instanceName"))
    envelope = Envelope(note(value.get("id")), None, subject, instance_name, note(value.get("level")), at)
    return Delivery("cloudmonitor", type_, content, at, time_error, account, region, subject, path, envelope=envelope)


# ------------------------------------------------------------------------------------------------- test messages
_MASKED = re.compile(r"[^*]\*{3}(?!\*)")
_PLACEHOLDER = re.compile(r"<[^<>]*>")
_IDENTIFYING = re.compile(r"\w*Id|action|state")


def _refuse_dry_run(arn: str, content: JsonObject, path: str) -> None:
    """Refuse the message of SendDryRunSystemEvent, or of the console's test button.

    It is a notification whose ids and action have three stars in the middle, or whose resource is a placeholder such
    as `<resource-id>`. The documentation's own samples mask with eight stars; they are read.
    """
    masked = [
        FieldError(f"{path}.{name}", f"is masked: {text!r}")
        for name, text in content.items()
        if isinstance(text, str) and "***" in text and _IDENTIFYING.fullmatch(name) and _MASKED.search(text[:64])
    ]
    if "<" in arn and _PLACEHOLDER.search(arn):
        masked.append(FieldError("resourceId", f"is a placeholder: {arn[:128]!r}"))
    if masked:
        raise DryRunError("a test message of CloudMonitor's: it is about no real resource", masked)


# ---------------------------------------------------------------------------------------------------- policies
def _matches_policy(value: JsonObject) -> bool:
    """The whole of what a policy posts, or its `alert` alone."""
    if "alert" not in value:
        return "eventContentMap" in value or "eventRawContent" in value
    alert = value["alert"]
    return isinstance(alert, dict) or (isinstance(alert, str) and alert.lstrip()[:1] == "{")


def _open_policy(value: JsonObject) -> Delivery:
    fields = Fields(value)
    alert = fields.json_object("alert", fields.parsed("alert", value.get("alert", value)))
    meta = inner_object(alert, "meta", "sysEventMeta")
    if not meta:
        fields.wrong("alert.meta.sysEventMeta", "is missing: an alarm that is not about a system event")
    path, content = _content_of_policy(alert, fields)
    fields.check()
    owner = value.get("userId") or inner_object(value, "userInfo").get("userId") or alert.get("userId")
    named = {
        "name": alert.get("eventName"),
        "product": alert.get("product"),
        "resourceId": alert.get("arn"),
        "userId": owner,
        "level": alert.get("severity"),
        "id": alert.get("dedupId"),
        **{name: item for name, item in meta.items() if item not in (None, "")},
    }
    if not _is_name(named["name"]) and _is_name(meta.get("eventNameEn")):
        named["name"] = meta["eventNameEn"]
    inner = _notification(named, Fields(named), content, path)
    return inner._replace(
        form="cloudmonitor-policy",
        envelope=inner.envelope._replace(published_at=moment(alert.get("timestamp")) or moment(value.get("time"))),
    )


def _is_name(value: JsonValue) -> bool:
    """Whether it can be the name of an event: text, and not the one that is shown to Chinese readers."""
    return isinstance(value, str) and value != "" and value.isascii()


def _content_of_policy(alert: JsonObject, fields: Fields) -> tuple[str, JsonObject]:
    """The content, with its path: the field that holds more than an empty object."""
    found: dict[str, JsonValue] = {}
    for name in _CONTENTS_OF_POLICY:
        if alert.get(name) not in (None, ""):
            found[name] = fields.parsed(f"alert.{name}", alert[name])
    if not found:
        fields.wrong("alert.eventContentMap", "is missing, and eventRawContent too")
        return "", {}
    name = next((name for name, item in found.items() if item), next(iter(found)))
    return f"alert.{name}", fields.json_object(f"alert.{name}", found[name])


NOTIFICATION = Form(
    "cloudmonitor",
    "CloudMonitor's push to a function or queue; a row of DescribeSystemEventAttribute",
    "`name` with `product` or `content`, in either casing",
    _matches_notification,
    _open_notification,
)
POLICY = Form(
    "cloudmonitor-policy",
    "a notification policy of CloudMonitor, through a webhook or a queue",
    "`alert`, an object or JSON text, with `meta.sysEventMeta`",
    _matches_policy,
    _open_policy,
)
FORMS = (NOTIFICATION, POLICY)
