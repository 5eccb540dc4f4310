"""CloudMonitor's notifications: pushed to a function, or read with DescribeSystemEventAttribute.

Source: help.aliyun.com, ECS event notifications; CloudMonitor's push to Function Compute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger.intake.delivery import Delivery, Form
from opsledger.intake.fields import Fields, read_time

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject

_ARN_FIELDS = 5
"""`acs:<product>:<region>:<account>:<resource>`"""


def _matches(value: JsonObject) -> bool:
    return "name" in value and ("product" in value or "content" in value)


def _open(value: JsonObject) -> Delivery:
    fields = Fields(value)
    name = fields.required_text("name")
    product = fields.text("product") or "ECS"
    region, account = _region_and_account(fields)
    # DescribeSystemEventAttribute gives the content as text.
    content = fields.json_object("content", fields.parsed("content", value.get("content")))
    fields.check()
    time_name = "eventTime" if "eventTime" in value else "time"
    at, time_error = read_time(value.get(time_name), time_name)
    type_ = f"{product.lower()}:{name}".replace(" ", "")
    subject = fields.text("resourceId") or None
    return Delivery("cloudmonitor", type_, content, at, time_error, account or None, region or None, subject, "content")


def _region_and_account(fields: Fields) -> tuple[str, str]:
    """By their own fields or, where those are missing, by the resource's ARN."""
    arn = fields.text("resourceId").split(":", _ARN_FIELDS - 1)
    region, account = (arn[2], arn[3]) if len(arn) == _ARN_FIELDS else ("", "")
    return fields.text("regionId") or region, fields.text("userId") or account


FORM = Form("cloudmonitor", _matches, _open)
