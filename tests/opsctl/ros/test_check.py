"""The resource template agrees with the code, and `findings` reports each kind of mistake."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from opsctl.ros.__main__ import main
from opsctl.ros.check import findings
from opsctl.ros.template import RosTemplate, UnknownReferenceError, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_template_and_the_code_agree(capsys: pytest.CaptureFixture[str]) -> None:
    """In tables, keys, indexes, prefix, roles and patterns."""
    assert main() == 0
    assert capsys.readouterr().out == ""


def properties(content: Any, name: str) -> Any:
    """The properties of one resource, to change."""
    return content["Resources"][name]["Properties"]


def statements(content: Any, name: str) -> Any:
    """The statements of a role's policy, to change."""
    return properties(content, name)["Policies"][0]["PolicyDocument"]["Statement"]


def target(content: Any) -> Any:
    """The target of a rule, to change."""
    return properties(content, "EcsEventsRule")["Targets"][0]


MISTAKES: list[tuple[str, Callable[[Any], object], str]] = [
    ("format", lambda c: c.update(ROSTemplateFormatVersion="2010-09-09"), "ROSTemplateFormatVersion"),
    ("type", lambda c: c["Resources"]["Instance"].update(Type="ALIYUN::OTS::Cluster"), "not a known type"),
    (
        "rule type",
        lambda c: c["Resources"]["EcsEventsRule"].update(Type="ALIYUN::EventBridge::EventRule"),
        "not a known type",
    ),
    ("misspelt property", lambda c: properties(c, "LedgerTable").update(MaxVersion=1), "unknown property MaxVersion"),
    ("missing property", lambda c: properties(c, "Instance").pop("ClusterType"), "ClusterType is missing"),
    ("instance name", lambda c: c["Parameters"]["InstanceName"].update(Default="my-ots"), "InstanceName"),
    ("reference", lambda c: properties(c, "Instance").update(InstanceName={"Ref": "Nobody"}), "unknown parameter"),
    (
        "substitution",
        lambda c: properties(c, "LedgerTable").update(TableName={"Fn::Sub": "${Nix}a"}),
        "unknown parameter",
    ),
    ("function", lambda c: properties(c, "LedgerTable").update(TableName={"Fn::Join": []}), "function 'Fn::Join'"),
    ("condition", lambda c: c["Conditions"].pop("MakeRules"), "condition 'MakeRules'"),
    (
        "attribute",
        lambda c: target(c).update(DeadLetterQueue={"Arn": {"Fn::GetAtt": ["Instance", "Arn"]}}),
        "attribute",
    ),
    ("output", lambda c: c["Outputs"]["Endpoint"].update(Value={"Ref": "Nobody"}), "unknown parameter"),
    ("dependency", lambda c: c["Resources"]["LedgerTable"].update(DependsOn="Nothing"), "depends on Nothing"),
    ("queue retention", lambda c: properties(c, "FailedQueue").update(MessageRetentionPeriod=10**7), "604800"),
    ("column type", lambda c: properties(c, "LedgerTable")["PrimaryKey"][1].update(Type="DOUBLE"), "STRING or INTEGER"),
    ("time to live", lambda c: properties(c, "RecordsTable").update(TimeToLive=86400), "TimeToLive"),
    ("key", lambda c: properties(c, "LedgerTable")["PrimaryKey"].reverse(), "opsledger_ledger: PrimaryKey should be"),
    ("index", lambda c: properties(c, "RecordsTable")["SecondaryIndices"].pop(), "SecondaryIndices should be"),
    ("index type", lambda c: properties(c, "RecordsTable")["SecondaryIndices"][0].update(IndexType="Local"), "Indices"),
    ("index column", lambda c: properties(c, "QuarantineTable")["Columns"].pop(), "opsledger_quarantine: Columns"),
    ("table gone", lambda c: c["Resources"].pop("CursorsTable"), "opsledger_cursors: the code has it"),
    (
        "table more",
        lambda c: properties(c, "CursorsTable").update(TableName="opsledger_other"),
        "opsledger_other: the code has no such table",
    ),
    ("prefix", lambda c: c["Parameters"]["TablePrefix"].update(Default="ops_"), "TablePrefix: 'ops_' should be"),
    ("role gone", lambda c: c["Resources"].pop("SweeperRole"), "opsledger-sweeper: the function has no role"),
    ("role name", lambda c: properties(c, "SweeperRole").update(RoleName="sweeper"), "s.yaml has no such function"),
    (
        "trust",
        lambda c: properties(c, "SweeperRole")["AssumeRolePolicyDocument"]["Statement"][0]["Principal"].update(
            Service=["fc.aliyuncs.com", "ecs.aliyuncs.com"]
        ),
        "only fc.aliyuncs.com should be trusted",
    ),
    ("any action", lambda c: statements(c, "SweeperRole")[0].update(Action=["ots:*"]), "is wider"),
    ("any table", lambda c: statements(c, "SweeperRole")[0].update(Resource=["*"]), "is wider"),
    ("pattern", lambda c: properties(c, "EcsEventsRule")["FilterPattern"]["type"].pop(), "should be the trigger's"),
    ("rule gone", lambda c: c["Resources"].pop("EciEventsRule"), "has an eventbridge trigger and no rule"),
    ("rule's function", lambda c: target(c)["ParamList"][0].update(Value="other"), "has a rule and no trigger"),
    ("param value", lambda c: target(c)["ParamList"][3].pop("Value"), "ParamList[3]: Value is missing"),
    ("retry", lambda c: target(c).update(PushRetryStrategy="EXPONENTIAL"), "EXPONENTIAL_DECAY_RETRY"),
]


@pytest.mark.parametrize(("change", "expected"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_a_mistake_is_reported(root: Path, change: Callable[[Any], object], expected: str) -> None:
    """With the resource, and what it should be."""
    original = read()
    content = copy.deepcopy(original.content)
    change(content)
    defaults = {name: parameter["Default"] for name, parameter in content["Parameters"].items()}

    found = findings(RosTemplate(content, {**original.values, **defaults}), root / "s.yaml")

    assert any(expected in finding for finding in found), found


def test_rules_are_made_only_with_delivery_rules() -> None:
    """By default the triggers of s.yaml make them; both would deliver every event twice."""
    assert not read().of_type("ALIYUN::EventBridge::Rule")
    assert len(read(Delivery="rules").of_type("ALIYUN::EventBridge::Rule")) == 2


def test_an_unknown_parameter_is_refused() -> None:
    """A misspelt name would leave the default in force."""
    with pytest.raises(UnknownReferenceError, match="unknown parameter 'Instance'"):
        read(Instance="x")
