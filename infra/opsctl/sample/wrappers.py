"""What other routes put around an event: a queue's message, an HTTP request, a list, a response of an API."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, NamedTuple

from opsledger import strict_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsctl.sample.names import Names


class Wrapping(NamedTuple):
    """A way to wrap an event.

    Attributes:
        wrap: makes the wrapper of an event about some names.
        forms: the forms of events that come so; empty for any form.
    """

    wrap: Callable[[Any, Names], Any]
    forms: tuple[str, ...] = ()


def _base64(event: Any) -> str:
    return base64.b64encode(strict_json.write_in_order(event).encode()).decode()


def _carrier(type_: str, data: Any, names: Names) -> dict[str, Any]:
    """The CloudEvent of an event stream from a queue or topic."""
    return {
        "id": f"carrier-{names.envelope_id}",
        "source": "message-stream",
        "specversion": "1.0",
        "type": type_,
        "datacontenttype": "application/json;charset=utf-8",
        "subject": f"acs:mns:{names.region}:{names.account}:queues/events",
        "time": "2026-01-01T00:00:01Z",
        "aliyunaccountid": names.account,
        "aliyunregionid": names.region,
        "data": data,
    }


def _smq(body: Any, names: Names) -> dict[str, Any]:
    data = {"requestId": "606EA3074344430D4C810000", "messageId": f"m-{names.envelope_id}", "messageBody": body}
    return _carrier("mns:Queue:SendMessage", data, names)


def _smq_topic(event: Any, names: Names) -> dict[str, Any]:
    return {
        "TopicOwner": names.account,
        "TopicName": "events",
        "Subscriber": names.account,
        "SubscriptionName": "ledger",
        "MessageId": f"m-{names.envelope_id}",
        "PublishTime": "1767225601000",
        "Message": strict_json.write_in_order(event),
    }


def _kafka(event: Any, names: Names) -> str:
    message = {"topic": "events", "partition": 0, "offset": 5, "timestamp": 1_767_225_601_000, "key": "k"}
    data = {**message, "value": strict_json.write_in_order(event)}
    return strict_json.write_in_order(_carrier("alikafka:Topic:Message", data, names))


def _rocketmq(event: Any, names: Names) -> dict[str, Any]:
    data = {"topic": "events", "systemProperties": {"TAGS": "ecs"}, "userProperties": {}, "body": event}
    return _carrier("mq:Topic:SendMessage", data, names)


def _rabbitmq(event: Any, names: Names) -> dict[str, Any]:
    data = {"props": {"contentType": "application/json"}, "envelope": {"deliveryTag": 1}, "body": event}
    return _carrier("amqp:Queue:SendMessage", data, names)


def _http(body: str, names: Names, *, base64_encoded: bool = False) -> dict[str, Any]:
    return {
        "version": "v1",
        "rawPath": "/",
        "headers": {"Content-Type": "application/json"},
        "queryParameters": {},
        "body": body,
        "isBase64Encoded": base64_encoded,
        "requestContext": {
            "accountId": names.account,
            "requestId": "1-0000",
            "time": "2026-01-01T00:00:02Z",
            "timeEpoch": "1767225602000",
        },
    }


def _fc_destination(payload: Any, names: Names) -> dict[str, Any]:
    return {
        "timestamp": 1_767_225_603_000,
        "requestContext": {
            "requestId": f"request-{names.envelope_id}",
            "functionArn": f"acs:fc:{names.region}:{names.account}:functions/opsledger-ecs-events",
            "condition": "RetryExhausted",
            "approximateInvokeCount": 4,
        },
        "requestPayload": strict_json.write_in_order(payload),
        "responseContext": {"statusCode": 200, "functionError": "UnhandledInvocationError"},
        "responsePayload": "",
    }


def _sls(event: Any, names: Names, *, as_text: bool = False) -> dict[str, Any]:
    return {
        "hostname": "virtual-kubelet-cn-hangzhou-a",
        "level": event["type"],
        "pod_id": event["involvedObject"]["uid"],
        "pod_name": names.pod,
        "eventId": strict_json.write_in_order(event) if as_text else event,
    }


def _eci_response(event: Any, names: Names) -> dict[str, Any]:
    group = {"ContainerGroupId": names.container_group_id, "Name": names.pod, "Namespace": "default", "Events": [event]}
    return {"TotalCount": 1, "RequestId": "6D7C4A1F", "Data": [group]}


WRAPPINGS: dict[str, Wrapping] = {
    "http": Wrapping(lambda event, names: _http(strict_json.write_in_order(event), names)),
    "http-base64": Wrapping(lambda event, names: _http(_base64(event), names, base64_encoded=True)),
    "smq-text": Wrapping(lambda event, names: _smq(strict_json.write_in_order(event), names)),
    "smq-object": Wrapping(_smq),
    "smq-base64": Wrapping(lambda event, names: _smq(_base64(event), names)),
    "smq-raw-data": Wrapping(lambda event, names: _smq(strict_json.write_in_order(event), names)["data"]),
    "smq-topic": Wrapping(_smq_topic),
    "kafka": Wrapping(_kafka),
    "rocketmq": Wrapping(_rocketmq),
    "rabbitmq": Wrapping(_rabbitmq),
    "fc-destination": Wrapping(_fc_destination),
    "fc-destination-array": Wrapping(lambda event, names: _fc_destination([event], names)),
    "fc-destination-http": Wrapping(
        lambda event, names: _fc_destination(_http(strict_json.write_in_order(event), names), names)
    ),
    "kubernetes-watch": Wrapping(lambda event, _: {"type": "ADDED", "object": event}, ("kubernetes",)),
    "kubernetes-list": Wrapping(
        lambda event, _: {"apiVersion": "v1", "kind": "List", "items": [event]}, ("kubernetes",)
    ),
    "sls-event-centre": Wrapping(_sls, ("kubernetes",)),
    "sls-event-centre-text": Wrapping(lambda event, names: _sls(event, names, as_text=True), ("kubernetes",)),
    "eci-events-response": Wrapping(_eci_response, ("api",)),
    "cloudmonitor-response": Wrapping(
        lambda event, _: {"RequestId": "6D7C4A1F", "Code": "200", "SystemEvents": {"SystemEvent": [event]}},
        ("cloudmonitor-attribute", "cloudmonitor-attribute-pascal"),
    ),
    "ecs-history-response": Wrapping(
        lambda event, _: {
            "RequestId": "6D7C4A1F",
            "InstanceSystemEventSet": {"InstanceSystemEventType": [event]},
        },
        ("ecs-history",),
    ),
}
"""Name of a wrapper → how to make one. Messages and requests carry any form; others carry one form alone."""


def wrappings(form: str) -> tuple[str, ...]:
    """The wrappers in which an event in `form` may come."""
    return tuple(name for name, wrapping in WRAPPINGS.items() if not wrapping.forms or form in wrapping.forms)


def wrapped(name: str, event: Any, names: Names) -> Any:
    """`event` in the wrapper `name`."""
    return WRAPPINGS[name].wrap(event, names)
