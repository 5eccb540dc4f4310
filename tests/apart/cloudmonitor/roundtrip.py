"""A program with the vendor's SDK for CloudMonitor: it reports metrics, and prints what it got as JSON.

It runs in an environment that has the SDK and nothing of this project. `CLOUDMONITOR_ENDPOINT` is the server's address.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from alibabacloud_cms20190101 import models
from alibabacloud_cms20190101.client import Client
from alibabacloud_tea_openapi.utils_models import Config


def client() -> Any:
    """A client for the server."""
    return Client(
        Config(
            access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            endpoint=os.environ["CLOUDMONITOR_ENDPOINT"].removeprefix("http://"),
            protocol="http",
            region_id="cn-hangzhou",
        )
    )


def entry(**changed: str) -> Any:
    """An entry of a call."""
    values = {"period": "60", "type": "1", "values": '{"LastValue": 3}', **changed}
    return models.PutCustomMetricRequestMetricList(
        dimensions='{"team": "shop"}', group_id="0", metric_name="waiting", time="1508136760000", **values
    )


def refused(call: Any, *arguments: Any) -> Any:
    """The code of a refusal."""
    try:
        call(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever the SDK raises
        return getattr(error, "code", str(error))
    return None


def main() -> None:
    """Print what the server answered."""
    monitor = client()
    put = monitor.put_custom_metric
    body = put(models.PutCustomMetricRequest(metric_list=[entry(), entry(period="300")])).body
    wrong = models.PutCustomMetricRequest(metric_list=[entry(period="900")])
    many = models.PutCustomMetricRequest(metric_list=[entry()] * 22)
    other = models.DescribeSystemEventAttributeRequest()
    json.dump(
        {
            "answer": [body.code, body.message],
            "wrong": refused(put, wrong),
            "many": refused(put, many),
            "other": refused(monitor.describe_system_event_attribute, other),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
