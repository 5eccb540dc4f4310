"""The nearest that moto has: an event bus whose rule puts matching events on a queue. It cannot invoke a function."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
from moto import mock_aws

from benchmarks import workload
from benchmarks.servers import AWS

if TYPE_CHECKING:
    from collections.abc import Iterator


ENTRIES = 10
"""The limit of one PutEvents call on AWS."""


class MotoEventRoute:
    """An event bus, a rule and a queue."""

    def __init__(self) -> None:
        self._events: Any = boto3.client("events")
        queues: Any = boto3.client("sqs")
        self._numbers = count()
        url = queues.create_queue(QueueName="recorded")["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self._events.put_rule(Name="ecs", EventPattern=json.dumps({"source": ["acs.ecs"]}))
        self._events.put_targets(Rule="ecs", Targets=[{"Id": "queue", "Arn": arn}])

    def put(self, entries: int) -> None:
        """Publish `entries` events in one call."""
        events = (workload.event(next(self._numbers)) for _ in range(entries))
        self._events.put_events(
            Entries=[
                {"Source": "acs.ecs", "DetailType": event["type"], "Detail": json.dumps(event["data"])}
                for event in events
            ]
        )


@contextmanager
def route() -> Iterator[MotoEventRoute]:
    """Create the bus, the rule and the queue in this process."""
    os.environ.update(AWS)
    with mock_aws():
        yield MotoEventRoute()
