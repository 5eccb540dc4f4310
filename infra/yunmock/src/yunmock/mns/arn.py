"""The names of queues: ARNs as other services write them.

Function Compute writes `acs:mns:<region>:<account>:/queues/<queue>/messages`, EventBridge
`acs:mns:<region>:<account>:queues/<queue>` for a target and `…:/queues/<queue>` for a dead-letter queue
(https://help.aliyun.com/document_detail/185887.html).
"""

from __future__ import annotations

import re
from typing import NamedTuple

_QUEUE = re.compile(
    r"acs:mns:(?P<region>[\w-]*):(?P<account>\d*):/?queues/(?P<name>[A-Za-z0-9][A-Za-z0-9-]*)(?:/messages)?"
)


class QueueArn(NamedTuple):
    """The parts of a queue's ARN; region and account may be empty."""

    region: str
    account: str
    name: str


def parse_arn(text: str) -> QueueArn | None:
    """The parts of a queue's ARN, None if it names no queue."""
    found = _QUEUE.fullmatch(text)
    return QueueArn(found["region"], found["account"], found["name"]) if found else None
