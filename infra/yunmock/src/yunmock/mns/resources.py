"""The resource that a ROS stack makes here: a queue.

Properties: https://help.aliyun.com/zh/ros/developer-reference/aliyun-mns-queue; the attributes have the API's names.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from yunmock.mns.attributes import DEFAULTS, LOGGING, RANGES, check_name, read_attributes
from yunmock.mns.calls.queues import create

if TYPE_CHECKING:
    from yunmock.json_types import JsonObject
    from yunmock.mns.state import MnsState


class QueueResources:
    """Makes queues."""

    def __init__(self, state: MnsState) -> None:
        self._state = state

    def make(self, kind: str, properties: JsonObject, region: str) -> None:  # noqa: ARG002 - there is one kind
        """Create a queue.

        Raises:
            MnsError: a queue of this name has other attributes, or the name or an attribute is invalid.
        """
        check_name(_name(properties))
        create(self._state, region, _name(properties), _attributes(properties))

    def change(self, kind: str, properties: JsonObject, region: str) -> None:  # noqa: ARG002 - as above
        """Set the attributes of a queue.

        Raises:
            MnsError: QueueNotExist, or an attribute is invalid.
        """
        state = self._state
        with state.atomic():
            queue = state.queue(region, _name(properties))
            state.put_queue(replace(queue, attributes=_attributes(properties), modified_s=state.now_ms() // 1000))

    def delete(self, kind: str, properties: JsonObject, region: str) -> None:  # noqa: ARG002 - as above
        """Delete a queue with its messages."""
        queue = self._state.find(region, _name(properties))
        if queue is not None:
            self._state.delete_queue(queue)


def _name(properties: JsonObject) -> str:
    return str(properties["QueueName"])


def _attributes(properties: JsonObject) -> dict[str, int]:
    given = {name: str(properties[name]) for name in (*RANGES, LOGGING) if name in properties}
    return {**DEFAULTS, **read_attributes(given)}
