"""Stacks: what they make in the other services, and what becomes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.yunmock.ros.conftest import code_of

from yunmock.ros.providers import KINDS
from yunmock.ros.resource_types import NAMED_BY, PROPERTIES

if TYPE_CHECKING:
    from tests.yunmock.ros.conftest import Ros

    from yunmock import Cloud

TABLE = {
    "Type": "ALIYUN::OTS::Table",
    "DeletionPolicy": "Retain",
    "Properties": {
        "InstanceName": "shop",
        "TableName": "orders",
        "PrimaryKey": [{"Name": "id", "Type": "STRING"}],
        "Columns": [{"Name": "owner", "Type": "STRING"}],
        "SecondaryIndices": [{"IndexName": "orders_by_owner", "PrimaryKeys": ["owner"], "Columns": []}],
    },
}
QUEUE = {"Type": "ALIYUN::MNS::Queue", "Properties": {"QueueName": {"Ref": "Name"}, "VisibilityTimeout": 60}}
RULE = {
    "Type": "ALIYUN::EventBridge::Rule",
    "Condition": "WithRule",
    "Properties": {
        "EventBusName": "default",
        "RuleName": "reboots",
        "FilterPattern": {"source": ["acs.ecs"]},
        "Targets": [
            {
                "Id": "queue",
                "Type": "acs.mns.queue",
                "Endpoint": {"Fn::GetAtt": ["Queue", "ARN.WithSlash"]},
                "ParamList": [
                    {"ResourceKey": "queue", "Form": "CONSTANT", "Value": {"Ref": "Name"}},
                    {"ResourceKey": "Body", "Form": "ORIGINAL", "Value": ""},
                ],
            }
        ],
    },
}
ROLE = {
    "Type": "ALIYUN::RAM::Role",
    "Properties": {
        "RoleName": "reader",
        "AssumeRolePolicyDocument": {"Version": "1", "Statement": []},
        "Policies": [
            {
                "PolicyName": "reader",
                "PolicyDocument": {
                    "Version": "1",
                    "Statement": [{"Effect": "Allow", "Action": ["ots:GetRow"], "Resource": ["*"]}],
                },
            }
        ],
    },
}
PARAMETERS = {
    "Name": {"Type": "String", "Default": "orders"},
    "Rules": {"Type": "String", "Default": "no", "AllowedValues": ["yes", "no"]},
}


def template(**resources: Any) -> str:
    """A template with these resources."""
    return json.dumps(
        {
            "ROSTemplateFormatVersion": "2015-09-01",
            "Parameters": PARAMETERS,
            "Conditions": {"WithRule": {"Fn::Equals": [{"Ref": "Rules"}, "yes"]}},
            "Resources": resources,
            "Outputs": {"Queue": {"Value": {"Fn::Sub": "${ALIYUN::Region}/${Name}"}}},
        }
    )


ALL = template(Rule=RULE, Table=TABLE, Queue=QUEUE, Role=ROLE)


def parameters(**given: str) -> dict[str, str]:
    """Parameters as the API numbers them."""
    pairs = [(f"Parameters__{n}__ParameterKey", f"Parameters__{n}__ParameterValue") for n in range(1, len(given) + 1)]
    return {
        key: value
        for (first, second), (name, text) in zip(pairs, given.items(), strict=True)
        for key, value in ((first, name), (second, text))
    }


def made(cloud: Cloud) -> set[str]:
    """What the services have: tables, queues, rules and roles by name."""
    tables = cloud.services["tablestore"]._state("shop").tables()  # type: ignore[attr-defined]
    queues = cloud.services["mns"].state.queues("cn-hangzhou")  # type: ignore[attr-defined]
    rules = cloud.services["eventbridge"].registry.rules("default")  # type: ignore[attr-defined]
    assert cloud.access is not None
    return {*(each.name for each in (*tables, *queues, *rules)), *cloud.access.roles}


def create(ros: Ros, cloud: Cloud, body: str = ALL, **given: str) -> str:
    """A stack that is no longer busy; its id."""
    stack = str(ros("CreateStack", body, StackName="shop", **parameters(**given))["StackId"])
    cloud.advance(2)
    return stack


def test_stack_makes_its_resources_in_the_services(ros: Ros, cloud: Cloud) -> None:
    """Tables with indexes, queues, roles, and the rules whose condition is true, exist once the stack does."""
    stack = create(ros, cloud, Name="failed", Rules="yes")

    assert made(cloud) == {"orders", "orders_by_owner", "failed", "reboots", "reader"}
    answer = ros("GetStack", StackId=stack)
    assert (answer["Status"], answer["Outputs"]) == (
        "CREATE_COMPLETE",
        [{"OutputKey": "Queue", "OutputValue": "cn-hangzhou/failed", "Description": ""}],
    )
    names = [row["LogicalResourceId"] for row in ros("ListStackResources", StackId=stack)["Resources"]]
    assert names.index("Queue") < names.index("Rule")


def test_status_is_in_progress_at_first(ros: Ros, cloud: Cloud) -> None:
    """An operation takes time on the cloud's clock, and no other can begin meanwhile."""
    stack = ros("CreateStack", ALL, StackName="shop")["StackId"]

    assert ros("GetStack", StackId=stack)["Status"] == "CREATE_IN_PROGRESS"
    assert code_of(ros, "UpdateStack", template(Queue=QUEUE), StackId=stack) == "ActionInProgress"
    cloud.advance(2)
    assert ros("GetStack", StackId=stack)["Status"] == "CREATE_COMPLETE"


def test_update_makes_changes_and_deletes(ros: Ros, cloud: Cloud) -> None:
    """An update brings the services to the new template; what is retained stays."""
    stack = create(ros, cloud, Rules="yes")
    longer = {**QUEUE, "Properties": {**QUEUE["Properties"], "VisibilityTimeout": 90}}  # type: ignore[dict-item]

    ros("UpdateStack", template(Queue=longer, Role=ROLE), StackId=stack, UsePreviousParameters="true")
    cloud.advance(2)

    assert made(cloud) == {"orders", "orders_by_owner", "reader"} | {"orders"}
    answer = ros("GetStack", StackId=stack)
    assert (answer["Status"], "UpdateTime" in answer) == ("UPDATE_COMPLETE", True)
    queue = cloud.services["mns"].state.queue("cn-hangzhou", "orders")  # type: ignore[attr-defined]
    assert queue.attributes["VisibilityTimeout"] == 90


def test_update_that_changes_nothing_is_refused(ros: Ros, cloud: Cloud) -> None:
    """The same template and parameters again are refused with the vendor's code."""
    stack = create(ros, cloud)

    assert code_of(ros, "UpdateStack", ALL, StackId=stack) == "NotSupported"


def test_delete_keeps_what_is_retained(ros: Ros, cloud: Cloud) -> None:
    """A deleted stack leaves the tables with `DeletionPolicy: Retain`, and nothing else; its name is free again."""
    stack = create(ros, cloud, Rules="yes")

    ros("DeleteStack", StackId=stack)
    cloud.advance(2)

    assert made(cloud) == {"orders", "orders_by_owner"}
    assert ros("ListStacks")["TotalCount"] == 0
    assert ros("ListStacks", Status__1="DELETE_COMPLETE")["TotalCount"] == 1
    assert create(ros, cloud, template(Queue=QUEUE))


def test_creation_that_a_service_refuses_is_rolled_back(ros: Ros, cloud: Cloud) -> None:
    """What a failed creation has made is deleted again, and the reason names the service's code."""
    create(ros, cloud, template(Table=TABLE))
    again = ros("CreateStack", ALL, StackName="other")["StackId"]
    cloud.advance(2)

    answer = ros("GetStack", StackId=again)

    assert answer["Status"] == "CREATE_ROLLBACK_COMPLETE"
    assert "OTSObjectAlreadyExist" in answer["StatusReason"]
    assert made(cloud) == {"orders", "orders_by_owner"}


def test_update_that_a_service_refuses_is_rolled_back(ros: Ros, cloud: Cloud) -> None:
    """After a failed update the stack has what it had."""
    stack = create(ros, cloud)
    before = made(cloud)
    wrong = {**RULE, "Condition": None, "Properties": {**RULE["Properties"], "EventBusName": "none"}}  # type: ignore[dict-item]

    ros("UpdateStack", template(Table=TABLE, Queue=QUEUE, Role=ROLE, Rule=wrong), StackId=stack)
    cloud.advance(2)

    answer = ros("GetStack", StackId=stack)
    assert (answer["Status"], made(cloud)) == ("ROLLBACK_COMPLETE", before)
    assert "EventBusNotExist" in answer["StatusReason"]


def test_roles_of_a_stack_are_enforced(ros: Ros, cloud: Cloud) -> None:
    """In a cloud that enforces roles, a stack's role may do what its policies allow, until the stack is deleted."""
    stack = create(ros, cloud, template(Role=ROLE))
    assert cloud.access is not None
    assert cloud.credentials("acs:ram::1:role/reader").access_key_id
    assert [permission.action for permission in cloud.access.unused("reader")] == ["ots:GetRow"]

    ros("DeleteStack", StackId=stack)

    assert cloud.access.roles == []


def test_every_resource_type_is_in_every_table() -> None:
    """A type has a service that makes it, its properties, and the one that names it, which its properties have."""
    assert KINDS.keys() == PROPERTIES.keys() == NAMED_BY.keys()
    assert all(name in PROPERTIES[kind] for kind, name in NAMED_BY.items())


UNKNOWN = {"Type": "ALIYUN::ECS::VPC", "Properties": {}}
CIRCLE = {"Type": "ALIYUN::MNS::Queue", "Properties": {"QueueName": {"Ref": "Circle"}}}
DANGLING = {"Type": "ALIYUN::MNS::Queue", "Properties": {"QueueName": {"Fn::GetAtt": ["None", "ARN.WithSlash"]}}}
REFUSED: dict[str, tuple[str, dict[str, str], str]] = {
    "not YAML": ("{", {}, "InvalidSchema"),
    "no template": ("{}", {}, "InvalidTemplateVersion"),
    "no type": (template(Queue={"Properties": {}}), {}, "InvalidTemplatePropertyType"),
    "unknown type": (template(Vpc=UNKNOWN), {}, "StackValidationFailed"),
    "circle": (template(Circle=CIRCLE), {}, "CircularDependency"),
    "dangling reference": (template(Queue=DANGLING), {}, "InvalidTemplateReference"),
    "unknown parameter": (ALL, {"Colour": "red"}, "UnknownUserParameter"),
    "value that is not allowed": (ALL, {"Rules": "maybe"}, "StackValidationFailed"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_templates_are_refused_before_anything_is_made(ros: Ros, cloud: Cloud, case: str) -> None:
    """What is wrong with a template or a parameter is found before the first resource."""
    body, given, code = REFUSED[case]

    assert code_of(ros, "CreateStack", body, StackName="shop", **parameters(**given)) == code
    assert made(cloud) == set()
    assert ros("ListStacks")["TotalCount"] == 0


@pytest.mark.parametrize(
    ("action", "sent", "code"),
    [
        ("GetStack", {"StackId": "none"}, "StackNotFound"),
        ("DeleteStack", {"StackId": "none"}, "StackNotFound"),
        ("GetStack", {}, "MissingParameter"),
        ("CreateStack", {"StackName": "shop", "TemplateURL": "oss://a/b"}, "NotSupported"),
        ("CreateStack", {"StackName": "a b"}, "InvalidParameter"),
        ("ListStackEvents", {"StackId": "none"}, "ActionNotSupported"),
        ("Nonsense", {}, "InvalidAction.NotFound"),
    ],
)
def test_wrong_calls_are_refused(ros: Ros, action: str, sent: dict[str, str], code: str) -> None:
    """A call with wrong parameters, of something that is not there, or that is not emulated says so."""
    assert code_of(ros, action, **sent) == code


def test_second_stack_of_a_name_is_refused(ros: Ros, cloud: Cloud) -> None:
    """A region has one stack of a name."""
    create(ros, cloud)

    assert code_of(ros, "CreateStack", ALL, StackName="shop") == "StackExists"


def test_templates_are_checked_and_shown(ros: Ros, cloud: Cloud) -> None:
    """ValidateTemplate lists parameters, PreviewStack what would be made, GetTemplate what a stack was made with."""
    assert [row["ParameterKey"] for row in ros("ValidateTemplate", ALL)["Parameters"]] == ["Name", "Rules"]
    preview = ros("PreviewStack", ALL, StackName="shop")["Stack"]["Resources"]
    assert {row["LogicalResourceId"] for row in preview} == {"Table", "Queue", "Role"}
    assert made(cloud) == set()
    stack = create(ros, cloud)
    assert json.loads(ros("GetTemplate", StackId=stack)["TemplateBody"]) == json.loads(ALL)
