"""The configuration of each type of trigger.

https://github.com/devsapp/fc3/blob/master/docs/zh/yaml/triggers.md. In the component's own JSON schema any
`triggerConfig` passes, since that of Tablestore triggers takes whatever it is given and any one of them will do.
"""

from __future__ import annotations

from fc3lint.shapes import Anything, Fields, Flag, Items, Keys, Number, Text, keys

_text, _flag = Text(), Flag()
_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")
_OSS_EVENTS = tuple(
    f"oss:{event}"
    for event in (
        "ObjectCreated:*",
        "ObjectCreated:AppendObject",
        "ObjectCreated:CompleteMultipartUpload",
        "ObjectCreated:CopyObject",
        "ObjectCreated:InitiateMultipartUpload",
        "ObjectCreated:PostObject",
        "ObjectCreated:PutObject",
        "ObjectCreated:PutSymlink",
        "ObjectCreated:UploadPart",
        "ObjectCreated:UploadPartCopy",
        "ObjectModified:UpdateObjectMeta",
        "ObjectRemoved:AbortMultipartUpload",
        "ObjectRemoved:DeleteObject",
        "ObjectRemoved:DeleteObjects",
    )
)
_PUSH = Text(("BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"))

SOURCES: dict[str, Keys] = {
    "Default": keys(),
    "MNS": keys("QueueName", QueueName=_text, IsBase64Decode=_flag, RegionId=_text),
    "RocketMQ": keys(
        "InstanceId Topic",
        RegionId=_text,
        InstanceId=_text,
        GroupID=_text,
        Topic=_text,
        Tag=_text,
        Timestamp=Anything(),
        Offset=_text,
        InstanceType=_text,
        InstanceNetwork=_text,
        InstanceVpcId=_text,
        InstanceVSwitchIds=_text,
        InstanceSecurityGroupId=_text,
        InstanceEndpoint=_text,
        InstanceUsername=_text,
        InstancePassword=_text,
        AuthType=_text,
        FilterType=_text,
        FilterSql=_text,
    ),
    "RabbitMQ": keys("InstanceId QueueName", RegionId=_text, InstanceId=_text, QueueName=_text, VirtualHostName=_text),
    "Kafka": keys(
        "InstanceId Topic",
        RegionId=_text,
        InstanceId=_text,
        Topic=_text,
        ConsumerGroup=_text,
        OffsetReset=Text(("latest", "earliest")),
        Network=_text,
        VpcId=_text,
        VSwitchIds=_text,
        SecurityGroupId=_text,
    ),
    "MQTT": keys("InstanceId Topic", RegionId=_text, InstanceId=_text, Topic=_text),
    "DTS": keys(
        "BrokerUrl Topic Sid TaskId",
        RegionId=_text,
        BrokerUrl=_text,
        Topic=_text,
        Sid=_text,
        Username=_text,
        Password=_text,
        InitCheckPoint=Anything(),
        TaskId=_text,
    ),
}
"""What each `eventSourceType` takes in `eventSourceParameters.source<type>Parameters`."""

EVENTBRIDGE = keys(
    "eventRuleFilterPattern triggerEnable",
    triggerEnable=_flag,
    asyncInvocationType=_flag,
    eventRuleFilterPattern=_text,
    eventSourceConfig=keys(
        "eventSourceType",
        eventSourceType=Text(tuple(SOURCES)),
        eventSourceParameters=keys("", **{f"source{name}Parameters": shape for name, shape in SOURCES.items()}),
    ),
    eventSinkConfig=keys(
        deliveryOption=keys(eventSchema=Text(("CloudEvents", "RawData")), concurrency=Number(1), mode=_text)
    ),
    runOptions=keys(
        mode=Text(("event-driven", "event-streaming")),
        maximumTasks=Number(1),
        errorsTolerance=Text(("NONE", "ALL")),
        retryStrategy=keys(
            "PushRetryStrategy",
            PushRetryStrategy=_PUSH,
            MaximumEventAgeInSeconds=Number(0),
            MaximumRetryAttempts=Number(0),
        ),
        deadLetterQueue=keys("Arn", Arn=_text),
        batchWindow=keys(CountBasedWindow=Number(1, 10_000), TimeBasedWindow=Number(0, 15)),
    ),
)

CONFIGS: dict[str, Keys] = {
    "eventbridge": EVENTBRIDGE,
    "http": keys(
        "authType methods",
        authType=Text(("anonymous", "function", "jwt")),
        methods=Items(Text(_METHODS)),
        disableURLInternet=_flag,
        authConfig=Anything(),
        corsConfig=Anything(),
    ),
    "timer": keys("cronExpression enable", cronExpression=_text, enable=_flag, payload=_text),
    "oss": keys(
        "events filter",
        events=Items(Text(_OSS_EVENTS)),
        filter=keys("key", key=keys("prefix suffix", prefix=_text, suffix=_text)),
    ),
    "log": keys(
        "enable jobConfig logConfig sourceConfig",
        enable=_flag,
        functionParameter=Fields(),
        jobConfig=keys(maxRetryTime=Anything(), triggerInterval=Anything()),
        logConfig=keys("project logstore", project=_text, logstore=_text),
        sourceConfig=keys("logstore", logstore=_text, startTime=Anything()),
    ),
    "mns_topic": keys(
        filterTag=_text,
        notifyContentFormat=Text(("JSON", "STREAM")),
        notifyStrategy=_PUSH,
        topicName=_text,
        region=_text,
    ),
    "cdn_events": keys(
        "eventName eventVersion filter notes",
        eventName=_text,
        eventVersion=_text,
        filter=Fields(),
        notes=_text,
    ),
    "tablestore": keys(instanceName=_text, tableName=_text),
}

TRIGGER = keys(
    "triggerName triggerType triggerConfig",
    triggerName=_text,
    triggerType=Text(tuple(CONFIGS)),
    triggerConfig=Fields(),  # by its type, in `triggers.py`
    qualifier=_text,
    sourceArn=_text,
    invocationRole=_text,
    description=_text,
)

ASYNCHRONOUS = frozenset({"timer", "oss", "mns_topic", "cdn_events"})
"""Triggers that always invoke asynchronously; EventBridge triggers by `asyncInvocationType`, the others never."""
