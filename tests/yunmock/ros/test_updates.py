"""Updates of stacks: what they change, replace and refuse, and what is left of one that fails half-way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from Tea.exceptions import TeaException
from tests.yunmock.ros.test_attacks import plain, queue
from tests.yunmock.ros.test_stacks import QUEUE, ROLE, TABLE, create, made, template

if TYPE_CHECKING:
    from tests.yunmock.ros.conftest import Ros

    from yunmock import Cloud

LONGER = {**QUEUE, "Properties": {"QueueName": {"Ref": "Name"}, "VisibilityTimeout": 90}}
LIVING: dict[str, Any] = {
    "Type": "ALIYUN::OTS::Table",
    "Properties": {"InstanceName": "shop", "TableName": "t", "PrimaryKey": [{"Name": "id", "Type": "STRING"}]},
}
SHORTER = {**LIVING, "Properties": {**LIVING["Properties"], "TimeToLive": 86_400, "MaxVersions": 5}}
KEYED = {**LIVING, "Properties": {**LIVING["Properties"], "PrimaryKey": [{"Name": "no", "Type": "INTEGER"}]}}
NOWHERE: dict[str, Any] = {
    "Type": "ALIYUN::EventBridge::Rule",
    "Properties": {"EventBusName": "none", "RuleName": "r", "FilterPattern": {}, "Targets": []},
}
"""A rule of a bus that does not exist."""
RENAMED = queue("other")
UPDATES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, str], str, set[str]]] = {
    "options of a table": ({"T": LIVING}, {"T": SHORTER}, {}, "UPDATE_COMPLETE", {"t"}),
    "key of a table": ({"T": LIVING}, {"T": KEYED}, {}, "ROLLBACK_COMPLETE", {"t"}),
    "name of a queue": ({"Q": queue()}, {"Q": RENAMED}, {}, "ROLLBACK_COMPLETE", {"q"}),
    "name of a queue, replaced": (
        {"Q": queue()},
        {"Q": RENAMED},
        {"ReplacementOption": "Enabled"},
        "UPDATE_COMPLETE",
        {"other"},
    ),
    "replaced, then refused": (
        {"Q": queue()},
        {"Q": RENAMED, "R": {**NOWHERE, "DependsOn": "Q"}},
        {"ReplacementOption": "Enabled"},
        "ROLLBACK_COMPLETE",
        {"q"},
    ),
    "changed, then refused": (
        {"Queue": QUEUE},
        {"Queue": LONGER, "R": {**NOWHERE, "DependsOn": "Queue"}},
        {},
        "ROLLBACK_COMPLETE",
        {"orders"},
    ),
    "made, then refused, without rollback": (
        {"Q": queue()},
        {"Q": queue(), "P": queue("p"), "Queue": QUEUE, "R": {**NOWHERE, "DependsOn": "P"}},
        {"DisableRollback": "true"},
        "UPDATE_FAILED",
        {"q", "p", "orders"},
    ),
    "retained and removed": ({"T": TABLE}, {"Q": queue()}, {}, "UPDATE_COMPLETE", {"orders", "orders_by_owner", "q"}),
    "another type of the same name": ({"A": queue()}, {"A": ROLE}, {}, "ROLLBACK_COMPLETE", {"q"}),
}


@pytest.mark.parametrize("case", UPDATES)
def test_update(ros: Ros, cloud: Cloud, case: str) -> None:
    """What an update cannot change is replaced only if asked for; what fails leaves what was there before."""
    before, after, options, status, left = UPDATES[case]
    stack = create(ros, cloud, template(**before))

    ros("UpdateStack", template(**after), StackId=stack, **options)
    cloud.advance(2)

    answer = ros("GetStack", StackId=stack)
    assert (answer["Status"], made(cloud)) == (status, left), answer["StatusReason"]
    kept = after if status.startswith("UPDATE") else before
    assert json.loads(ros("GetTemplate", StackId=stack)["TemplateBody"])["Resources"].keys() == kept.keys()
    if case == "changed, then refused":
        found = cloud.services["mns"].state.queue("cn-hangzhou", "orders")  # type: ignore[attr-defined]
        assert found.attributes["VisibilityTimeout"] == 60


def test_rollback_that_a_service_refuses_says_so(ros: Ros, cloud: Cloud) -> None:
    """If what was there cannot be made again, the stack is in ROLLBACK_FAILED with both reasons, and can be deleted."""
    stack = create(ros, cloud, template(Q=queue(), T=LIVING))
    cloud.services["tablestore"].limits.tables = 0  # type: ignore[attr-defined]
    gone = {**NOWHERE, "DependsOn": "T"}
    renamed = {**LIVING, "Properties": {**LIVING["Properties"], "TableName": "u"}}

    ros("UpdateStack", template(Q=queue(), T=renamed, R=gone), StackId=stack, ReplacementOption="Enabled")
    cloud.advance(2)

    answer = ros("GetStack", StackId=stack)
    assert answer["Status"] == "ROLLBACK_FAILED"
    assert answer["StatusReason"].count("OTS") == 2
    assert made(cloud) == {"q"}
    ros("DeleteStack", StackId=stack)
    assert made(cloud) == set()


def test_two_stacks_do_not_share_a_queue_or_a_role(ros: Ros, cloud: Cloud) -> None:
    """The second stack fails and leaves the first one's alone."""
    create(ros, cloud, template(Q=queue(), R=ROLE))
    for shared in ({"P": queue()}, {"P": ROLE}):
        stack = ros("CreateStack", template(**shared), StackName="second")["StackId"]
        cloud.advance(2)
        answer = ros("GetStack", StackId=stack)
        assert (answer["Status"], "belongs to the stack shop" in answer["StatusReason"]) == (
            "CREATE_ROLLBACK_COMPLETE",
            True,
        )
        ros("DeleteStack", StackId=stack)
        cloud.advance(2)
    assert made(cloud) == {"q", "reader"}


def test_previous_parameters_that_the_new_template_lacks_are_dropped(ros: Ros, cloud: Cloud) -> None:
    """UsePreviousParameters keeps the values of parameters that are still declared; NoEcho hides a value."""
    stack = create(ros, cloud, template(Queue=QUEUE), Name="failed")
    hidden = {**plain(A=queue()), "Parameters": {"Key": {"Type": "String", "NoEcho": True, "Default": "secret"}}}

    ros("UpdateStack", json.dumps(hidden), StackId=stack, UsePreviousParameters="true")
    cloud.advance(2)

    answer = ros("GetStack", StackId=stack)
    assert answer["Status"] == "UPDATE_COMPLETE"
    assert {row["ParameterKey"]: row["ParameterValue"] for row in answer["Parameters"]}["Key"] == "****"


def test_pages_of_stacks(ros: Ros, cloud: Cloud) -> None:
    """Pages follow each other without a gap; a size or a number that cannot be is refused."""
    for number in range(5):
        ros("CreateStack", json.dumps(plain()), StackName=f"s{number}")
        cloud.advance(1)
    pages = [ros("ListStacks", PageSize=2, PageNumber=page) for page in (1, 2, 3, 4)]
    assert [[row["StackName"] for row in page["Stacks"]] for page in pages] == [["s4", "s3"], ["s2", "s1"], ["s0"], []]
    for wrong in ({"PageSize": 51}, {"PageSize": 0}, {"PageNumber": 0}, {"PageNumber": "x"}, {"PageSize": "9" * 30}):
        with pytest.raises(TeaException) as refused:
            ros("ListStacks", **wrong)
        assert refused.value.code == "InvalidParameter"
