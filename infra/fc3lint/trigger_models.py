"""The configuration of each type of trigger.

https://github.com/devsapp/fc3/blob/master/docs/zh/yaml/triggers.md. The component's own JSON schema accepts any
`triggerConfig`, because its schema of Tablestore triggers has no keys and one match is enough.
"""
# ruff: noqa: D101, N815 - a class is named after its key, and the keys are those of the file

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from fc3lint.fields import UNSET, Count, Flag, Model, Number

TriggerType = Literal["eventbridge", "http", "timer", "oss", "log", "mns_topic", "cdn_events", "tablestore"]
SourceType = Literal["Default", "MNS", "RocketMQ", "RabbitMQ", "Kafka", "MQTT", "DTS"]
PushRetry = Literal["BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"]
HttpMethod = Literal["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"]
OssEvent = Literal[
    "oss:ObjectCreated:*", "oss:ObjectCreated:AppendObject", "oss:ObjectCreated:CompleteMultipartUpload",
    "oss:ObjectCreated:CopyObject", "oss:ObjectCreated:InitiateMultipartUpload", "oss:ObjectCreated:PostObject",
    "oss:ObjectCreated:PutObject", "oss:ObjectCreated:PutSymlink", "oss:ObjectCreated:UploadPart",
    "oss:ObjectCreated:UploadPartCopy", "oss:ObjectModified:UpdateObjectMeta",
    "oss:ObjectRemoved:AbortMultipartUpload", "oss:ObjectRemoved:DeleteObject", "oss:ObjectRemoved:DeleteObjects",
]  # fmt: skip


# ------------------------------------------------------------------------------------------- sources of EventBridge
class Mns(Model):
    QueueName: str
    IsBase64Decode: Flag = UNSET
    RegionId: str = UNSET


class MessageTopic(Model):
    InstanceId: str
    Topic: str
    RegionId: str = UNSET


class RocketMQ(MessageTopic):
    GroupID: str = UNSET
    Tag: str = UNSET
    Timestamp: object = UNSET
    Offset: str = UNSET
    InstanceType: str = UNSET
    InstanceNetwork: str = UNSET
    InstanceVpcId: str = UNSET
    InstanceVSwitchIds: str = UNSET
    InstanceSecurityGroupId: str = UNSET
    InstanceEndpoint: str = UNSET
    InstanceUsername: str = UNSET
    InstancePassword: str = UNSET
    AuthType: str = UNSET
    FilterType: str = UNSET
    FilterSql: str = UNSET


class RabbitMQ(Model):
    InstanceId: str
    QueueName: str
    RegionId: str = UNSET
    VirtualHostName: str = UNSET


class Kafka(MessageTopic):
    ConsumerGroup: str = UNSET
    OffsetReset: Literal["latest", "earliest"] = UNSET
    Network: str = UNSET
    VpcId: str = UNSET
    VSwitchIds: str = UNSET
    SecurityGroupId: str = UNSET


class Dts(Model):
    BrokerUrl: str
    Topic: str
    Sid: str
    TaskId: str
    RegionId: str = UNSET
    Username: str = UNSET
    Password: str = UNSET
    InitCheckPoint: object = UNSET


class SourceParameters(Model):
    """`eventSourceParameters`: the key depends on `eventSourceType`."""

    sourceDefaultParameters: Model = UNSET
    sourceMNSParameters: Mns = UNSET
    sourceRocketMQParameters: RocketMQ = UNSET
    sourceRabbitMQParameters: RabbitMQ = UNSET
    sourceKafkaParameters: Kafka = UNSET
    sourceMQTTParameters: MessageTopic = UNSET
    sourceDTSParameters: Dts = UNSET


# ------------------------------------------------------------------------------------------- EventBridge triggers
class EventSource(Model):
    eventSourceType: SourceType
    eventSourceParameters: SourceParameters = UNSET


class DeliveryOption(Model):
    eventSchema: Literal["CloudEvents", "RawData"] = UNSET
    concurrency: Annotated[Number, Field(ge=1)] = UNSET
    mode: str = UNSET


class EventSink(Model):
    deliveryOption: DeliveryOption = UNSET


class RetryStrategy(Model):
    PushRetryStrategy: PushRetry
    MaximumEventAgeInSeconds: Count = UNSET
    MaximumRetryAttempts: Count = UNSET


class DeadLetterQueue(Model):
    Arn: str


class BatchWindow(Model):
    CountBasedWindow: Annotated[Number, Field(ge=1, le=10_000)] = UNSET
    TimeBasedWindow: Annotated[Number, Field(ge=0, le=15)] = UNSET


class RunOptions(Model):
    mode: Literal["event-driven", "event-streaming"] = UNSET
    maximumTasks: Annotated[Number, Field(ge=1)] = UNSET
    errorsTolerance: Literal["NONE", "ALL"] = UNSET
    retryStrategy: RetryStrategy = UNSET
    deadLetterQueue: DeadLetterQueue = UNSET
    batchWindow: BatchWindow = UNSET


class EventBridge(Model):
    eventRuleFilterPattern: str
    triggerEnable: Flag
    asyncInvocationType: Flag = UNSET
    eventSourceConfig: EventSource = UNSET
    eventSinkConfig: EventSink = UNSET
    runOptions: RunOptions = UNSET


# ------------------------------------------------------------------------------------------------- other triggers
class Http(Model):
    authType: Literal["anonymous", "function", "jwt"]
    methods: list[HttpMethod]
    disableURLInternet: Flag = UNSET
    authConfig: object = UNSET
    corsConfig: object = UNSET


class Timer(Model):
    cronExpression: str
    enable: Flag
    payload: str = UNSET


class OssKey(Model):
    prefix: str
    suffix: str


class OssFilter(Model):
    key: OssKey = UNSET


class Oss(Model):
    events: list[OssEvent]
    filter: OssFilter


class LogJob(Model):
    maxRetryTime: object = UNSET
    triggerInterval: object = UNSET


class LogTarget(Model):
    project: str
    logstore: str


class LogSource(Model):
    logstore: str
    startTime: object = UNSET


class LogService(Model):
    enable: Flag
    jobConfig: LogJob
    logConfig: LogTarget
    sourceConfig: LogSource
    functionParameter: dict[object, object] = UNSET


class MnsTopic(Model):
    filterTag: str = UNSET
    notifyContentFormat: Literal["JSON", "STREAM"] = UNSET
    notifyStrategy: PushRetry = UNSET
    topicName: str = UNSET
    region: str = UNSET


class CdnEvents(Model):
    eventName: str
    eventVersion: str
    filter: dict[object, object]
    notes: str


class Tablestore(Model):
    instanceName: str = UNSET
    tableName: str = UNSET


class TriggerModel(Model):
    """Any trigger; its configuration is validated by its type."""

    triggerName: str
    triggerType: TriggerType
    triggerConfig: dict[object, object]
    qualifier: str = UNSET
    sourceArn: str = UNSET
    invocationRole: str = UNSET
    description: str = UNSET


CONFIGS: dict[str, type[Model]] = {
    "eventbridge": EventBridge,
    "http": Http,
    "timer": Timer,
    "oss": Oss,
    "log": LogService,
    "mns_topic": MnsTopic,
    "cdn_events": CdnEvents,
    "tablestore": Tablestore,
}
"""The model of `triggerConfig`, by `triggerType`."""
SOURCES: tuple[str, ...] = get_args(SourceType)
ASYNCHRONOUS = frozenset({"timer", "oss", "mns_topic", "cdn_events"})
"""Triggers that always invoke asynchronously; EventBridge triggers by `asyncInvocationType`, the others never."""
