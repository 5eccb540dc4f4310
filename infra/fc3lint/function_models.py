"""The properties of a function of the component fc3, with their limits.

Properties: https://github.com/devsapp/fc3/blob/master/docs/zh/yaml/readme.md; limits:
https://www.alibabacloud.com/help/en/functioncompute/fc/product-overview/limits-of-usage.

Where the component's own JSON schema refuses what its code accepts (`logConfig: AUTO`, code in OSS without `src`),
these models follow the code. Where the API takes less than the schema (the age of asynchronous events), they follow
the API.
"""
# ruff: noqa: D101, N815 - a class is named after its key, and the keys are those of the file

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import AliasChoices, Field

from fc3lint.fields import UNSET, Auto, Count, Flag, Model, Number, QuotedText, TextOr, one_of, step
from fc3lint.trigger_models import TriggerModel  # noqa: TC001 - pydantic reads the annotation

Region = Literal[
    "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
    "ap-southeast-5", "ap-southeast-7", "cn-beijing", "cn-chengdu", "cn-hangzhou", "cn-heyuan-acdr-1", "cn-hongkong",
    "cn-huhehaote", "cn-qingdao", "cn-shanghai", "cn-shanghai-cloudspe", "cn-shanghai-finance-1", "cn-shenzhen",
    "cn-wulanchabu", "cn-zhangjiakou", "eu-central-1", "eu-west-1", "me-central-1", "us-east-1", "us-west-1",
]  # fmt: skip
Runtime = Literal[
    "custom", "custom-container", "micro-sandbox", "custom.debian10", "custom.debian11", "custom.debian12",
    "dotnetcore2.1", "dotnetcore3.1", "go1", "java11", "java8", "nodejs10", "nodejs12", "nodejs14", "nodejs16",
    "nodejs18", "nodejs20", "nodejs8", "php7.2", "python2.7", "python3", "python3.10", "python3.12", "python3.9",
]  # fmt: skip
BUILT_IN_PYTHON = tuple(name for name in get_args(Runtime) if name.startswith("python"))


class HealthCheck(Model):
    failureThreshold: Number = UNSET
    httpGetUrl: str = UNSET
    initialDelaySeconds: Number = UNSET
    periodSeconds: Number = UNSET
    successThreshold: Number = UNSET
    timeoutSeconds: Number = UNSET


class Destination(Model):
    destination: str


class Destinations(Model):
    onSuccess: Destination = UNSET
    onFailure: Destination = UNSET


class AsyncInvoke(Model):
    asyncTask: Flag = UNSET
    destinationConfig: Destinations = UNSET
    maxAsyncEventAgeInSeconds: Annotated[Number, Field(ge=1, le=604_800)] = UNSET
    maxAsyncRetryAttempts: Annotated[Number, Field(ge=0, le=8)] = UNSET
    qualifier: str = UNSET


class Hook(Model):
    """A lifecycle hook; its highest timeout depends on which it is."""

    handler: str = UNSET
    command: list[str] = UNSET
    timeout: Annotated[Number, Field(ge=1)] = UNSET


class InstanceLifecycle(Model):
    initializer: Hook = UNSET
    preStop: Hook = UNSET


class Window(Model):
    name: str = UNSET
    startTime: str = UNSET
    endTime: str = UNSET
    timeZone: str = UNSET


class Scheduled(Window):
    scheduleExpression: str
    target: Count = UNSET


class MetricWindow(Window):
    metricType: str = UNSET
    metricTarget: Number = UNSET


class TargetTracking(MetricWindow):
    minCapacity: Count = UNSET
    maxCapacity: Count = UNSET


class HorizontalScaling(MetricWindow):
    minInstances: Count = UNSET
    maxInstances: Count = UNSET


class Provision(Model):
    alwaysAllocateCPU: Flag = UNSET
    alwaysAllocateGPU: Flag = UNSET
    defaultTarget: Count = UNSET
    target: Count = UNSET
    scheduledActions: list[Scheduled] = UNSET
    targetTrackingPolicies: list[TargetTracking] = UNSET


class Scaling(Model):
    minInstances: Count = UNSET
    residentPoolId: str = UNSET
    enableOnDemandScaling: Flag = UNSET
    horizontalScalingPolicies: list[HorizontalScaling] = UNSET
    scheduledPolicies: list[Scheduled] = UNSET


class WebServer(Model):
    command: list[str] = UNSET
    port: Number = UNSET
    healthCheckConfig: HealthCheck = UNSET


class Container(WebServer):
    image: str
    entrypoint: list[str] = UNSET
    registryConfig: object = UNSET
    accelerationType: str = UNSET
    acrInstanceID: str = UNSET


class CustomRuntime(WebServer):
    args: list[str] = UNSET


class Log(Model):
    project: str
    logstore: str
    enableRequestMetrics: Flag = UNSET
    enableInstanceMetrics: Flag = UNSET
    enableLlmMetrics: Flag = UNSET
    logBeginRule: Literal["DefaultRegex", "None"] = UNSET


class NasMountPoint(Model):
    mountDir: str
    serverAddr: str
    enableTLS: Flag = UNSET


class Nas(Model):
    mountPoints: list[NasMountPoint]
    groupId: Number = UNSET
    userId: Number = UNSET


class OssMountPoint(Model):
    bucketName: str
    endpoint: str
    mountDir: str
    bucketPath: str = UNSET
    readOnly: Flag = UNSET


class OssMount(Model):
    mountPoints: list[OssMountPoint]


class Vpc(Model):
    vpcId: str
    vSwitchIds: Annotated[list[str], Auto]
    securityGroupId: str = UNSET


class VpcBinding(Model):
    vpcIds: list[str]


class Jaeger(Model):
    endpoint: str


class Tracing(Model):
    type: str = UNSET
    params: str = UNSET
    jaegerConfig: Jaeger = UNSET


class Concurrency(Model):
    reservedConcurrency: Count


class DnsOption(Model):
    name: str
    value: str


class Dns(Model):
    nameServers: list[str] = UNSET
    searches: list[str] = UNSET
    dnsOptions: list[DnsOption] = UNSET


class Gpu(Model):
    gpuMemorySize: Annotated[Number, Field(ge=1024, le=98_304)] = UNSET
    gpuType: str = UNSET


class Tag(Model):
    """A tag; the component takes both spellings."""

    key: str = Field(validation_alias=AliasChoices("key", "Key"))
    value: str = Field(validation_alias=AliasChoices("value", "Value"))


class Code(Model):
    src: str = UNSET
    ossBucketName: str = UNSET
    ossObjectName: str = UNSET


class Function(Model):
    """The properties of any function."""

    region: Region
    functionName: str
    runtime: Runtime
    description: str = UNSET
    handler: str = UNSET
    code: Annotated[Code, TextOr] = UNSET
    cpu: Annotated[Number, Field(ge=0.05, le=16), step(0.05)] = UNSET
    memorySize: Annotated[Number, Field(ge=128, le=32_768), step(64)] = UNSET
    diskSize: Annotated[Number, one_of(512, 10_240)] = UNSET
    timeout: Annotated[Number, Field(ge=1, le=86_400)] = UNSET
    instanceConcurrency: Annotated[Number, Field(ge=1, le=200)] = UNSET
    environmentVariables: dict[object, QuotedText] = UNSET
    role: str = UNSET
    layers: list[str] = UNSET
    logConfig: Annotated[Log, Auto] = UNSET
    vpcConfig: Annotated[Vpc, Auto] = UNSET
    nasConfig: Annotated[Nas, Auto] = UNSET
    ossMountConfig: Annotated[OssMount, Auto] = UNSET
    internetAccess: Flag = UNSET
    tracingConfig: Tracing = UNSET
    instanceLifecycleConfig: InstanceLifecycle = UNSET
    asyncInvokeConfig: AsyncInvoke = UNSET
    concurrencyConfig: Concurrency = UNSET
    provisionConfig: Provision = UNSET
    scalingConfig: Scaling = UNSET
    vpcBinding: VpcBinding = UNSET
    customDNS: Dns = UNSET
    customRuntimeConfig: CustomRuntime = UNSET
    customContainerConfig: Container = UNSET
    gpuConfig: Gpu = UNSET
    tags: list[Tag] = UNSET
    resourceGroupId: str = UNSET
    triggers: list[TriggerModel] = UNSET
    # These are in the component's schema, but no page explains them.
    annotations: object = UNSET
    customDomain: object = UNSET
    enableLongLiving: Flag = UNSET
    endpoint: str = UNSET
    instanceIsolationMode: str = UNSET
    sessionAffinity: str = UNSET
    sessionAffinityConfig: object = UNSET
    supplement: object = UNSET


class CustomFunction(Function):
    """A function of a custom runtime."""

    code: Annotated[Code, TextOr]


class BuiltInFunction(CustomFunction):
    """A function of a built-in runtime."""

    handler: str


class ContainerFunction(Function):
    """A function in a container."""

    customContainerConfig: Container


class GpuLimits(Model):
    """The higher limits of functions with a GPU."""

    memorySize: Annotated[Number, Field(ge=128, le=65_536), step(64)] = UNSET
    diskSize: Annotated[Number, Field(ge=512, le=61_440)] = UNSET


class GpuCustomFunction(GpuLimits, CustomFunction):
    """A function of a custom runtime with a GPU."""


class GpuContainerFunction(GpuLimits, ContainerFunction):
    """A function in a container with a GPU."""


def function_model(runtime: object, *, gpu: bool) -> type[Function]:
    """The model of a function's properties: what is required depends on the runtime, the limits on the GPU."""
    if not isinstance(runtime, str):
        return Function
    if runtime in ("custom-container", "micro-sandbox"):
        return GpuContainerFunction if gpu else ContainerFunction
    if runtime.startswith("custom"):
        return GpuCustomFunction if gpu else CustomFunction
    return BuiltInFunction
