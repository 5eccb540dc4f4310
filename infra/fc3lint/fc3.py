"""The keys of a Serverless Devs v3 file and the properties of its component fc3, with their limits.

File: https://github.com/Serverless-Devs/Serverless-Devs/blob/master/docs/en/yaml.md; properties:
https://github.com/devsapp/fc3/blob/master/docs/zh/yaml/readme.md; limits:
https://www.alibabacloud.com/help/en/functioncompute/fc/product-overview/limits-of-usage. Where the component's own JSON
schema refuses what its code accepts (`logConfig: AUTO`, code in OSS without `src`) or the API takes less than the
schema lets pass (the age of asynchronous events), this follows the code and the API.
"""

from __future__ import annotations

from fc3lint.shapes import Anything, Either, Fields, Flag, Items, Keys, Number, Shape, Text, Texts, keys
from fc3lint.triggershapes import TRIGGER

REGIONS = (
    "ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-5 "
    "ap-southeast-7 cn-beijing cn-chengdu cn-hangzhou cn-heyuan-acdr-1 cn-hongkong cn-huhehaote cn-qingdao "
    "cn-shanghai cn-shanghai-cloudspe cn-shanghai-finance-1 cn-shenzhen cn-wulanchabu cn-zhangjiakou eu-central-1 "
    "eu-west-1 me-central-1 us-east-1 us-west-1"
)
RUNTIMES = (
    "custom custom-container micro-sandbox custom.debian10 custom.debian11 custom.debian12 dotnetcore2.1 "
    "dotnetcore3.1 go1 java11 java8 nodejs10 nodejs12 nodejs14 nodejs16 nodejs18 nodejs20 nodejs8 php7.2 python2.7 "
    "python3 python3.10 python3.12 python3.9"
)
MAX_EVENT_AGE_S = 604_800
ACTION_WHEN = ("pre", "success", "fail", "complete")

_text, _flag, _texts = Text(), Flag(), Items(Text())
_health = keys(
    failureThreshold=Number(),
    httpGetUrl=_text,
    initialDelaySeconds=Number(),
    periodSeconds=Number(),
    successThreshold=Number(),
    timeoutSeconds=Number(),
)
_destination = keys("destination", destination=_text)
_hook = keys(handler=_text, command=_texts, timeout=Number(1))
_window = {"name": _text, "startTime": _text, "endTime": _text, "timeZone": _text}
_scheduled = keys("scheduleExpression", **_window, scheduleExpression=_text, target=Number(0))

ASYNC = keys(
    asyncTask=_flag,
    destinationConfig=keys(onSuccess=_destination, onFailure=_destination),
    maxAsyncEventAgeInSeconds=Number(1, MAX_EVENT_AGE_S),
    maxAsyncRetryAttempts=Number(0, 8),
    qualifier=_text,
)
_CONTAINER = keys(
    "image",
    image=_text,
    command=_texts,
    entrypoint=_texts,
    port=Number(),
    healthCheckConfig=_health,
    registryConfig=Anything(),
    accelerationType=_text,
    acrInstanceID=_text,
)
_LOG = keys(
    "project logstore",
    project=_text,
    logstore=_text,
    enableRequestMetrics=_flag,
    enableInstanceMetrics=_flag,
    enableLlmMetrics=_flag,
    logBeginRule=Text(("DefaultRegex", "None")),
)
_NAS = keys(
    "mountPoints",
    groupId=Number(),
    userId=Number(),
    mountPoints=Items(keys("mountDir serverAddr", enableTLS=_flag, mountDir=_text, serverAddr=_text)),
)
_OSS_MOUNT = keys(
    "mountPoints",
    mountPoints=Items(
        keys(
            "bucketName endpoint mountDir",
            bucketName=_text,
            bucketPath=_text,
            endpoint=_text,
            mountDir=_text,
            readOnly=_flag,
        )
    ),
)
_PROVISION = keys(
    alwaysAllocateCPU=_flag,
    alwaysAllocateGPU=_flag,
    defaultTarget=Number(0),
    target=Number(0),
    scheduledActions=Items(_scheduled),
    targetTrackingPolicies=Items(
        keys(**_window, metricType=_text, metricTarget=Number(), minCapacity=Number(0), maxCapacity=Number(0))
    ),
)
_SCALING = keys(
    minInstances=Number(0),
    residentPoolId=_text,
    enableOnDemandScaling=_flag,
    horizontalScalingPolicies=Items(
        keys(**_window, metricType=_text, metricTarget=Number(), minInstances=Number(0), maxInstances=Number(0))
    ),
    scheduledPolicies=Items(_scheduled),
)
_VPC = keys("vpcId vSwitchIds", vpcId=_text, vSwitchIds=Either("auto", _texts), securityGroupId=_text)

PROPS = keys(
    "region functionName runtime",
    region=Text(tuple(REGIONS.split())),
    functionName=_text,
    runtime=Text(tuple(RUNTIMES.split()), "runtime"),
    description=_text,
    handler=_text,
    code=Either("", keys(src=_text, ossBucketName=_text, ossObjectName=_text)),
    cpu=Number(0.05, 16, 0.05),
    memorySize=Number(128, 32_768, 64),
    diskSize=Number(values=(512, 10_240)),
    timeout=Number(1, 86_400),
    instanceConcurrency=Number(1, 200),
    environmentVariables=Texts(),
    role=_text,
    layers=_texts,
    logConfig=Either("auto", _LOG),
    vpcConfig=Either("auto", _VPC),
    nasConfig=Either("auto", _NAS),
    ossMountConfig=Either("auto", _OSS_MOUNT),
    internetAccess=_flag,
    tracingConfig=keys(type=_text, params=_text, jaegerConfig=keys("endpoint", endpoint=_text)),
    instanceLifecycleConfig=keys(initializer=_hook, preStop=_hook),
    asyncInvokeConfig=ASYNC,
    concurrencyConfig=keys("reservedConcurrency", reservedConcurrency=Number(0)),
    provisionConfig=_PROVISION,
    scalingConfig=_SCALING,
    vpcBinding=keys("vpcIds", vpcIds=_texts),
    customDNS=keys(nameServers=_texts, searches=_texts, dnsOptions=Items(keys("name value", name=_text, value=_text))),
    customRuntimeConfig=keys(command=_texts, args=_texts, port=Number(), healthCheckConfig=_health),
    customContainerConfig=_CONTAINER,
    gpuConfig=keys(gpuMemorySize=Number(1024, 98_304), gpuType=_text),
    tags=Items(keys("key value", key=_text, value=_text)),
    resourceGroupId=_text,
    triggers=Items(TRIGGER),
    # Of the component's schema, and explained on no page.
    annotations=Anything(),
    customDomain=Anything(),
    enableLongLiving=_flag,
    endpoint=_text,
    instanceIsolationMode=_text,
    sessionAffinity=_text,
    sessionAffinityConfig=Anything(),
    supplement=Anything(),
)

ACTION = keys(run=_text, path=_text, component=_text, plugin=_text, args=Anything())
EXTEND = keys("name", name=_text, ignore=_texts)
RESOURCE = keys(
    "component props",
    component=_text,
    props=Fields(),
    actions=Fields(),
    extend=EXTEND,
    access=_text,
    flow=Anything(),
)
FILE = keys(
    "edition name resources",
    edition=Anything(),
    name=_text,
    access=_text,
    vars=Fields(),
    resources=Fields(),
    template=Fields(),
    actions=Fields(),
    extend=_text,
    env=_text,
    flow=Anything(),
    plugins=Anything(),
)

BUILT_IN_PYTHON = tuple(name for name in RUNTIMES.split() if name.startswith("python"))


def needs(runtime: str) -> tuple[str, ...]:
    """The properties that functions of this runtime must have beside those that all must have."""
    if runtime in ("custom-container", "micro-sandbox"):
        return ("customContainerConfig",)
    return ("code",) if runtime.startswith("custom") else ("code", "handler")


__all__ = ["ACTION", "ACTION_WHEN", "BUILT_IN_PYTHON", "FILE", "PROPS", "RESOURCE", "Keys", "Shape", "needs"]
