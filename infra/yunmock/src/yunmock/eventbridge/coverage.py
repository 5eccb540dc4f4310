"""What yunmock emulates of EventBridge: the data-plane API, with events, buses, rules, targets and streams."""

from __future__ import annotations

from yunmock.coverage import Coverage

SOURCES = "event sources are not emulated; publish the events, or feed a stream"

COVERAGE = Coverage(
    service="eventbridge",
    title="EventBridge",
    sdk="alibabacloud_eventbridge 1.3.8",
    calls={
        "putEvents": "the batch, structured and binary bindings",
        "createEventBus": "",
        "deleteEventBus": "",
        "getEventBus": "",
        "listEventBuses": "",
        "createRule": "targets: functions only",
        "deleteRule": "",
        "disableRule": "",
        "enableRule": "",
        "getRule": "",
        "listRules": "",
        "updateRule": "",
        "createTargets": "functions only",
        "deleteTargets": "",
        "listTargets": "",
        "testEventPattern": "",
        "queryEventTraces": "a row for the arrival and one for each attempt",
        "queryEventByEventId": "",
        "queryEventsByPeriod": "",
        "queryEventsByEventIds": "",
        "createEventStreaming": "sinks: functions only; sources are fed by the test",
        "deleteEventStreaming": "",
        "getEventStreaming": "",
        "listEventStreamingMetrics": "the events that wait; TPS and delay are 0",
        "listEventStreamings": "",
        "pauseEventStreaming": "",
        "startEventStreaming": "",
        "updateEventStreaming": "",
    },
    refused={
        "createEventSource": SOURCES,
        "deleteEventSource": SOURCES,
        "updateEventSource": SOURCES,
        "listUserDefinedEventSources": SOURCES,
        "listAliyunOfficialEventSources": SOURCES,
        "listPartnerEventSources": SOURCES,
    },
    limits=(
        "Alibaba Cloud services send no events here: publish them.",
        "Nothing is delivered twice or out of order by chance; use a [fault](README.md#faults).",
        "Streams have no source: a test feeds them. Event sources (queues, HTTP, schedules) are refused.",
        "`ConcurrentConfig` and `Qualifier` of a target are stored and have no effect.",
        "Rates are not limited; use a fault for `TooManyRequests`.",
        "Dead-letter queues of MNS, RocketMQ and Kafka only keep the events that they are sent.",
        "Unproven: under roles, createTargets needs `eventbridge:UpdateTargets`.",
        "Unproven: under roles, calls that name no bus or no stream need their permission on all of them.",
        "Each bus keeps the traces of its newest 20,000 events, up to 64 MB. Retries go on without their trace.",
        "Unproven: what PutEvents answers when a user publishes on the bus `default`. Here it is `AccessDenied`.",
        "Unproven: which extensions patterns may use. Here those that the bus adds; any other is refused.",
        "Unproven: `exists: false` inside `data` fails on an event without data. The open-source core says so.",
        "Unproven: a pattern cannot reach a field of `data` whose name has a dot. The open-source core says so.",
        "Unproven: `exists: true` fails on an empty list. The open-source core says so.",
        "Unproven: the first and last address of a `cidr` network are not in it. The open-source core says so.",
        "Unproven: how deep JSON may be nested (here 255 levels), and that a batch over 128 KB or 32 MB is split.",
    ),
)
