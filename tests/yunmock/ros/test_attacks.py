"""Templates that are wrong in every part: each is refused with a code of the vendor's, and nothing is left over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from Tea.exceptions import TeaException
from tests.yunmock.ros.test_stacks import PARAMETERS, QUEUE, ROLE, RULE, TABLE, made, parameters, template

if TYPE_CHECKING:
    from tests.yunmock.ros.conftest import Ros

    from yunmock import Cloud

VALUES: tuple[Any, ...] = (
    None,
    1,
    -1,
    2**70,
    True,
    "x",
    "",
    [],
    [1],
    [None],
    [{}],
    {},
    {"a": 1},
    {"Ref": "Nobody"},
    1.5,
)
"""What takes the place of each part of a template."""


def plain(**resources: Any) -> dict[str, Any]:
    """A template as data."""
    return {"ROSTemplateFormatVersion": "2015-09-01", "Resources": resources}


def queue(name: Any = "q", **other: Any) -> dict[str, Any]:
    """A queue with a name."""
    return {"Type": "ALIYUN::MNS::Queue", "Properties": {"QueueName": name, **other}}


def outcome(ros: Ros, cloud: Cloud, body: str, **given: str) -> str:
    """The code that a creation is refused with, or the status that it ends with; the stack is deleted again."""
    try:
        stack = ros("CreateStack", body, StackName="attack", **parameters(**given))["StackId"]
    except TeaException as refused:
        return str(refused.code)
    cloud.advance(2)
    answer = ros("GetStack", StackId=stack)
    ros("DeleteStack", StackId=stack)
    cloud.advance(2)
    return str(answer["Status"])


REFUSED: dict[str, tuple[dict[str, Any] | str, dict[str, str], str]] = {
    "a property missing": (plain(A={"Type": "ALIYUN::MNS::Queue"}), {}, "StackValidationFailed"),
    "a property unknown": (plain(A=queue(Colour="red")), {}, "StackValidationFailed"),
    "a property of another type": (plain(A=queue(VisibilityTimeout=[60])), {}, "StackValidationFailed"),
    "a number that is none": (plain(A=queue(VisibilityTimeout="soon")), {}, "StackValidationFailed"),
    "a type that ROS has not": (plain(A={"Type": "ALIYUN::EventBridge::EventBus"}), {}, "StackValidationFailed"),
    "properties no map": (plain(A={**queue(), "Properties": []}), {}, "InvalidTemplatePropertyType"),
    "a field unknown": (plain(A={**queue(), "Colour": "red"}), {}, "InvalidTemplateSection"),
    "a deletion policy unknown": (plain(A={**queue(), "DeletionPolicy": "Keep"}), {}, "StackValidationFailed"),
    "a section unknown": ({**plain(), "Colours": {}}, {}, "InvalidTemplateSection"),
    "a section not evaluated": ({**plain(), "Rules": {}}, {}, "InvalidTemplateSection"),
    "an output without value": ({**plain(), "Outputs": {"A": {}}}, {}, "InvalidTemplateSection"),
    "an output of nothing": ({**plain(), "Outputs": {"A": {"Value": {"Ref": "B"}}}}, {}, "InvalidTemplateReference"),
    "Ref of nothing": (plain(A=queue({"Ref": "B"})), {}, "InvalidTemplateReference"),
    "Fn::Sub of nothing": (plain(A=queue({"Fn::Sub": "${B}"})), {}, "InvalidTemplateReference"),
    "GetAtt of nothing": (plain(A=queue({"Fn::GetAtt": ["B", "QueueName"]})), {}, "InvalidTemplateReference"),
    "GetAtt of no attribute": (
        plain(A=queue(), B=queue({"Fn::GetAtt": ["A", "Colour"]})),
        {},
        "InvalidTemplateAttribute",
    ),
    "a function unknown": (plain(A=queue({"Fn::Select": [0, ["q"]]})), {}, "StackValidationFailed"),
    "a condition unknown": (plain(A={**queue(), "Condition": "C"}), {}, "InvalidTemplateReference"),
    "a condition of itself": (
        {**plain(A={**queue(), "Condition": "C"}), "Conditions": {"C": {"Fn::Not": "C"}}},
        {},
        "CircularDependency",
    ),
    "a circle of DependsOn": (
        plain(A={**queue("a"), "DependsOn": "B"}, B={**queue("b"), "DependsOn": ["A"]}),
        {},
        "CircularDependency",
    ),
    "a circle of names": (plain(A=queue({"Fn::Sub": "${B}x"}), B=queue({"Ref": "A"})), {}, "CircularDependency"),
    "names that double": (
        plain(**{f"R{n}": queue({"Fn::Sub": f"${{R{n + 1}}}${{R{n + 1}}}"}) for n in range(40)}, R40=queue("q")),
        {},
        "StackValidationFailed",
    ),
    "texts that multiply": (
        {**plain(), "Parameters": PARAMETERS, "Outputs": {"A": {"Value": {"Fn::Sub": "${Name}" * 30_000}}}},
        {"Name": "x" * 30_000},
        "StackValidationFailed",
    ),
    "conditions that double": (
        {
            **plain(A={**queue(), "Condition": "C0"}),
            "Conditions": {
                **{f"C{n}": {"Fn::And": [f"C{n + 1}", f"C{n + 1}"]} for n in range(40)},
                "C40": {"Fn::Equals": [1, 1]},
            },
        },
        {},
        "CREATE_COMPLETE",
    ),
    "too many resources": (plain(**{f"R{n}": queue(f"q{n}") for n in range(201)}), {}, "StackValidationFailed"),
    "a parameter missing": ({**plain(), "Parameters": {"P": {"Type": "String"}}}, {}, "UserParameterMissing"),
    "a parameter of no type": ({**plain(), "Parameters": {"P": {"Type": "Colour"}}}, {}, "InvalidTemplatePropertyType"),
    "a number too large": (
        {**plain(), "Parameters": {"P": {"Type": "Number"}}},
        {"P": "1.e999"},
        "StackValidationFailed",
    ),
    "a pattern that is none": (
        {**plain(), "Parameters": {"P": {"Type": "String", "AllowedPattern": "("}}},
        {"P": "a"},
        "StackValidationFailed",
    ),
    "a text too short": (
        {**plain(), "Parameters": {"P": {"Type": "String", "MinLength": 2}}},
        {"P": "a"},
        "StackValidationFailed",
    ),
    "a default that is not allowed": (
        {**plain(), "Parameters": {"P": {"Type": "Number", "Default": 3, "MaxValue": 2}}},
        {},
        "StackValidationFailed",
    ),
    "YAML with a tag": ("ROSTemplateFormatVersion: '2015-09-01'\nResources: !Ref A", {}, "InvalidSchema"),
    "a list": ("[]", {}, "InvalidSchema"),
    "not a number": ("{ROSTemplateFormatVersion: '2015-09-01', Description: .nan}", {}, "InvalidSchema"),
    "a number of too many digits": (
        f"{{ROSTemplateFormatVersion: '2015-09-01', Metadata: {{A: 0x{'f' * 9_000}}}}}",
        {},
        "InvalidSchema",
    ),
    "another version": ("ROSTemplateFormatVersion: 2010-09-09", {}, "InvalidTemplateVersion"),
    "a date as version": ("ROSTemplateFormatVersion: 2015-09-01", {}, "CREATE_COMPLETE"),
}


def test_wrong_templates_are_refused_with_the_codes_of_ros(ros: Ros, cloud: Cloud) -> None:
    """Each has its code of CreateStack's table, nothing is made, and nothing takes long."""
    found = {
        case: outcome(ros, cloud, body if isinstance(body, str) else json.dumps(body), **given)
        for case, (body, given, _) in REFUSED.items()
    }

    assert found == {case: code for case, (_, _, code) in REFUSED.items()}
    assert made(cloud) == set()


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of each part of a template."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


def replaced(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The template with `value` at a path."""
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = replaced(node[path[0]], path[1:], value)
    return copy


WHOLE = json.loads(template(Rule={**RULE, "Condition": "WithRule"}, Table=TABLE, Queue=QUEUE, Role=ROLE))
PLACES = places(WHOLE)


def test_anything_anywhere_in_a_template_has_an_answer(ros: Ros, cloud: Cloud) -> None:
    """Whatever stands at any place of a template, a creation is refused or ends, with a code or a status of ROS."""
    for number, path in enumerate(PLACES):
        body = replaced(WHOLE, path, VALUES[number % len(VALUES)])
        found = outcome(ros, cloud, json.dumps(body), Rules="yes")
        assert found in KNOWN, (path, found)
        cloud.storage.reset()  # a table that is retained


KNOWN = {code for _, _, code in REFUSED.values()} | {"CREATE_ROLLBACK_COMPLETE"}
