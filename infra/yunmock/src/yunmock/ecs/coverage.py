"""What yunmock emulates of ECS: instances and disks as they are seen from outside, and their system events."""

from __future__ import annotations

from yunmock.coverage import Coverage
from yunmock.ecs.api_2014 import REFUSED, VERSION

SIMPLIFIED = (
    "The date and the nonce of a signature are not checked, so the clock may be moved and a request repeated.",
    "Errors are JSON, `{Code, Message, RequestId, HostId}`, also when the caller asks for XML.",
    (
        "Every page but the last is full; the cloud's may be shorter. The oldest item is the first; the order is "
        "not documented."
    ),
    "The event bus is that of the account's region: events of instances in other regions do not reach it.",
    (
        "An instance or disk that is created is there already: the bus hears of operations and events, not of the "
        "creation."
    ),
    (
        "The number of simulated events is not limited (SimulatedEventLimitExceeded), and calls are not throttled "
        "unless a fault asks for it."
    ),
    "Network fields, memory and image of an instance are invented.",
)
"""What is simpler than in the cloud."""

UNPROVEN = (
    (
        "the whole envelope of a system event on the bus. No sample of the vendor's was found; type, data and "
        "subject are put together from its lists and from the notifications of CloudMonitor."
    ),
    "the delay of the bus (1.5 s, `set_bus_delay`), and that the API shows an event at once.",
    "an event in Executing is notified with executeStartTime alone; the page says that both times are given.",
    "whether ECS notifies of an event that is moved (`move_event(…, notify=True)` if a test wants it).",
    (
        "what avoids an event, other than rebooting before a SystemMaintenance.Reboot and releasing during a "
        "SystemFailure.Delete: here stopping avoids SystemMaintenance.Stop, redeploying avoids a Redeploy, "
        "releasing avoids whatever is planned."
    ),
    (
        "how long an event is executed (2 min, SystemFailure.Delete 5 min) and how long an instance takes to stop "
        "(10 s) and start (20 s)."
    ),
    "a reboot is notified as Stopping, Starting, Running, without Stopped.",
    "the `action` of the interruption of a spot instance that is stopped and not released (`stop`).",
    "the codes of types and statuses that no sample shows. Go by the names.",
    "the health of an instance or disk, which follows from its open events.",
    "which condition has which of the documented codes of AcceptInquiredSystemEvent.",
    "a simulated SystemFailure.Redeploy begins in Executing, as the page says of all failures.",
    "TriggerRealOps=true does to the instance what a real event of the type does.",
    "of more than 1,000 hits of a filter by tags or resource group the first 1,000 are answered.",
    (
        "under roles, the resources of calls other than AcceptInquiredSystemEvent, CreateSimulatedSystemEvents "
        "and ModifyInstanceMaintenanceAttributes."
    ),
)
"""What the vendor's pages leave open, and how it is here."""

COVERAGE = Coverage(
    service="ecs",
    title="Elastic Compute Service (ECS)",
    sdk=f"alibabacloud-ecs20140526 {VERSION}",
    module="alibabacloud_ecs20140526",
    calls={
        "AcceptInquiredSystemEvent": "not Choice",
        "CancelSimulatedSystemEvents": "",
        "CreateSimulatedSystemEvents": "",
        "DescribeDisksFullStatus": "",
        "DescribeInstanceHistoryEvents": "dedicated hosts and managed hosts have no events",
        "DescribeInstanceMaintenanceAttributes": "",
        "DescribeInstances": "filters by network, image, address and creation time are refused by name",
        "DescribeInstancesFullStatus": "",
        "DescribeRegions": "the account's region and those with instances, under their ids as names",
        "ModifyInstanceMaintenanceAttributes": "",
    },
    refused=REFUSED,
    limits=(*SIMPLIFIED, *(f"Unproven: {each}" for each in UNPROVEN)),
)
