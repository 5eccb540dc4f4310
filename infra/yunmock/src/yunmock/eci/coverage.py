"""What yunmock emulates of ECI: the two calls that observe container groups."""

from __future__ import annotations

from yunmock.coverage import Coverage

ACCOUNT = "regions, stock, prices and quotas are not emulated"
CONTROL = "use the control interface to create and change container groups"
DATA = "data caches are not emulated"
IMAGES = "image caches are not emulated"
NODES = "virtual nodes are not emulated"
NOTHING_RUNS = "no container runs"
OPERATIONS = "operation tasks are not emulated"
TAGS = "give tags when you create a group through the control interface"

COVERAGE = Coverage(
    service="eci",
    title="Elastic Container Instance (ECI)",
    sdk="alibabacloud-eci20180808 2.1.0",
    module="alibabacloud_eci20180808",
    calls={
        "DescribeContainerGroups": "every parameter except the owner's",
        "DescribeContainerGroupEvents": "also answers a NextToken, which the SDK's model drops",
    },
    refused={
        "CommitContainer": OPERATIONS,
        "CopyDataCache": DATA,
        "CreateContainerGroup": CONTROL,
        "CreateDataCache": DATA,
        "CreateImageCache": IMAGES,
        "CreateInstanceOpsTask": OPERATIONS,
        "CreateVirtualNode": NODES,
        "DeleteContainerGroup": CONTROL,
        "DeleteDataCache": DATA,
        "DeleteImageCache": IMAGES,
        "DeleteVirtualNode": NODES,
        "DescribeAvailableResource": ACCOUNT,
        "DescribeCommitContainerTask": OPERATIONS,
        "DescribeContainerGroupMetric": NOTHING_RUNS,
        "DescribeContainerGroupPrice": ACCOUNT,
        "DescribeContainerGroupStatus": "DescribeContainerGroups answers the status of a group",
        "DescribeContainerLog": NOTHING_RUNS,
        "DescribeDataCaches": DATA,
        "DescribeImageCaches": IMAGES,
        "DescribeInstanceOpsRecords": OPERATIONS,
        "DescribeMultiContainerGroupMetric": NOTHING_RUNS,
        "DescribeRegions": ACCOUNT,
        "DescribeVirtualNodes": NODES,
        "ExecContainerCommand": NOTHING_RUNS,
        "ListTagResources": TAGS,
        "ListUsage": ACCOUNT,
        "ResizeContainerGroupVolume": CONTROL,
        "RestartContainerGroup": CONTROL,
        "TagResources": TAGS,
        "UntagResources": TAGS,
        "UpdateContainerGroup": CONTROL,
        "UpdateDataCache": DATA,
        "UpdateImageCache": IMAGES,
        "UpdateVirtualNode": NODES,
    },
    limits=(
        "The date and the nonce of a signature are not checked, so the clock may be moved and a request repeated.",
        "The security token of a role's key is checked; the account's own key is accepted with any token.",
        "Unproven: under roles, a call that names no container group needs its permission on `containergroup/*`.",
        "ACS3-HMAC-SM3, ACS3-RSA-SHA256 and bearer tokens are refused.",
        "Errors are JSON, `{Code, Message, RequestId, HostId}`, also when the caller asks for XML.",
        "Every page but the last is full; the cloud's may be shorter.",
        "Network fields (VpcId, IntranetIp, EniInstanceId …) are invented.",
        "Calls are not throttled unless a fault asks for it.",
    ),
)
