"""The queues: their names and attributes, which the template repeats, and how to make them on a local cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.mns.errors import MnsError
from yunmock.mns.service import MnsService

if TYPE_CHECKING:
    from yunmock import Cloud

QUEUE = "ALIYUN::MNS::Queue"
FAILED, UNDELIVERED = "opsledger-failed", "opsledger-undelivered"
NAMES = (FAILED, UNDELIVERED)
"""Events that could not be recorded, and events that EventBridge could not deliver."""
ATTRIBUTES = {"MaximumMessageSize": 65536, "MessageRetentionPeriod": 604800, "VisibilityTimeout": 600}
"""The most and the longest that the service allows; a received message is hidden for longer than the redriver runs."""


def create(cloud: Cloud) -> None:
    """Make the queues on a local cloud; one that exists stays as it is."""
    service = cloud.services["mns"]
    assert isinstance(service, MnsService)
    for name in NAMES:
        _create(service, name)


def _create(service: MnsService, name: str) -> None:
    try:
        service.create_queue(name, "", **ATTRIBUTES)
    except MnsError as error:
        if error.code != "QueueAlreadyExist":
            raise
