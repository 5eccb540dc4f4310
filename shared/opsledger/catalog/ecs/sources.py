"""The vendor's pages on which the event types of ECS are documented."""

from __future__ import annotations

from typing import Final

from opsledger.catalog.product import Source

NOTIFICATIONS: Final = Source("ECS event notifications", "help.aliyun.com/zh/ecs/user-guide/overview-35")
SYSTEM_EVENTS: Final = NOTIFICATIONS._replace(title="ECS event notifications, on system events in general")
"""For a system event of which no notification is shown: the page gives all of them the same content."""
DISK_NOTIFICATIONS: Final = Source(
    "Elastic Block Storage event notifications", "help.aliyun.com/zh/ecs/user-guide/ebs-event-notifications"
)
SNAPSHOT_NOTIFICATIONS: Final = Source(
    "Snapshot event notifications", "help.aliyun.com/zh/ecs/user-guide/snapshot-event-notifications"
)
VSWITCH_NOTIFICATIONS: Final = Source(
    "vSwitch event notifications", "help.aliyun.com/zh/ecs/user-guide/vswitch-event-notifications"
)
ADDRESS_NOTIFICATIONS: Final = Source(
    "IP address event notifications", "help.aliyun.com/zh/ecs/user-guide/ip-address-event-notification"
)
CLOUD_ASSISTANT: Final = Source(
    "Subscribe to Cloud Assistant events", "help.aliyun.com/zh/ecs/user-guide/subscribe-to-cloud-assistant-events"
)
# The pages below name a type. None of them shows its content, or the content model does not follow what they show.
EVENTBRIDGE: Final = Source("ECS events", "help.aliyun.com/en/eventbridge/user-guide/ecs-events", content=False)
NETWORK_INTERFACES: Final = Source(
    "ENI event notifications", "help.aliyun.com/zh/ecs/user-guide/eni-operation-event-notifications", content=False
)
METADATA: Final = Source(
    "DescribeSystemEventMetaList", "api.aliyun.com/api/Cms/2019-01-01/DescribeSystemEventMetaList", content=False
)
