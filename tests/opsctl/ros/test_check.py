"""The resource template agrees with the code, and `findings` reports each kind of mistake."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from opsctl.ros.__main__ import main
from opsctl.ros.check import findings
from opsctl.ros.template import RosTemplate, UnknownReferenceError, read
from yunmock import Account
from yunmock.template import read_template

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_template_and_the_code_agree(capsys: pytest.CaptureFixture[str]) -> None:
    """In tables, keys, indexes, prefix, roles, patterns and delivery."""
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
    ("misspelt property", lambda c: properties(c, "LedgerV3Table").update(MaxVersion=1), "unknown property MaxVersion"),
    ("missing property", lambda c: properties(c, "Instance").pop("ClusterType"), "ClusterType is missing"),
    ("instance name", lambda c: c["Parameters"]["InstanceName"].update(Default="my-ots"), "InstanceName"),
    ("reference", lambda c: properties(c, "Instance").update(InstanceName={"Ref": "Nobody"}), 'reference "Nobody"'),
    (
        "substitution",
        lambda c: properties(c, "LedgerV3Table").update(TableName={"Fn::Sub": "${Nix}a"}),
        'reference "Nix"',
    ),
    ("function", lambda c: properties(c, "LedgerV3Table").update(TableName={"Fn::Join": []}), "function Fn::Join"),
    ("condition", lambda c: c["Conditions"].pop("MakeRules"), 'reference "MakeRules"'),
    (
        "attribute",
        lambda c: target(c).update(DeadLetterQueue={"Arn": {"Fn::GetAtt": ["Instance", "Arn"]}}),
        "Attribute (Instance Arn)",
    ),
    ("output", lambda c: c["Outputs"]["Endpoint"].update(Value={"Ref": "Nobody"}), 'reference "Nobody"'),
    ("dependency", lambda c: c["Resources"]["LedgerV3Table"].update(DependsOn="Nothing"), "depends on Nothing"),
    ("queue gone", lambda c: c["Resources"].pop("FailedQueue"), "queue opsledger-failed: should be"),
    (
        "visibility",
        lambda c: properties(c, "FailedQueue").update(VisibilityTimeout=30),
        "queue opsledger-failed: should",
    ),
    ("alarm", lambda c: properties(c, "FailedAlarm").update(SilenceTime=60), "3600 to 86400"),
    ("alarm level", lambda c: properties(c, "FailedAlarm")["Escalations"]["Warn"].pop("Times"), "Times is missing"),
    ("queue retention", lambda c: properties(c, "FailedQueue").update(MessageRetentionPeriod=10**7), "604800"),
    (
        "column type",
        lambda c: properties(c, "LedgerV3Table")["PrimaryKey"][1].update(Type="DOUBLE"),
        "STRING or INTEGER",
    ),
    ("time to live", lambda c: properties(c, "RecordsV3Table").update(TimeToLive=86400), "TimeToLive"),
    (
        "key",
        lambda c: properties(c, "LedgerV3Table")["PrimaryKey"].reverse(),
        "opsledger_ledger_v3: PrimaryKey should be",
    ),
    ("index", lambda c: properties(c, "RecordsV3Table")["SecondaryIndices"].pop(), "SecondaryIndices should be"),
    (
        "index type",
        lambda c: properties(c, "RecordsV3Table")["SecondaryIndices"][0].update(IndexType="Local"),
        "Indices",
    ),
    ("index column", lambda c: properties(c, "QuarantineV3Table")["Columns"].pop(), "opsledger_quarantine_v3: Columns"),
    ("table gone", lambda c: c["Resources"].pop("CursorsTable"), "opsledger_cursors: the code has it"),
    (
        "table more",
        lambda c: properties(c, "CursorsTable").update(TableName="opsledger_other"),
        "opsledger_other: the code has no such table",
    ),
    ("prefix", lambda c: c["Parameters"]["TablePrefix"].update(Default="ops_"), "TablePrefix: 'ops_' should be"),
    (
        "role gone",
        lambda c: c["Resources"].pop("SweeperRole"),
        "opsledger-sweeper-cn-hangzhou: the function has no role",
    ),
    ("role name", lambda c: properties(c, "SweeperRole").update(RoleName="sweeper"), "s.yaml has no function with it"),
    (
        "trust",
        lambda c: properties(c, "SweeperRole")["AssumeRolePolicyDocument"]["Statement"][0]["Principal"].update(
            Service=["fc.aliyuncs.com", "ecs.aliyuncs.com"]
        ),
        "only fc.aliyuncs.com should be trusted",
    ),
    ("any action", lambda c: statements(c, "SweeperRole")[0].update(Action=["ots:*"]), "is wider"),
    ("any table", lambda c: statements(c, "SweeperRole")[0].update(Resource=["*"]), "is wider"),
    (
        "pattern",
        lambda c: properties(c, "EcsEventsRule")["FilterPattern"].update(type=[{"prefix": "ecs:Instance:"}]),
        "opsledger-ecs-events should have no such pattern",
    ),
    (
        "overlap",
        lambda c: properties(c, "EciKubeletRule")["FilterPattern"]["data"].update(
            source={"component": [{"prefix": "e"}]}
        ),
        "rule opsledger-eci-events: an event may match opsledger-eci-kubelet too",
    ),
    ("rule gone", lambda c: c["Resources"].pop("EciKubeletRule"), "opsledger-eci-events should have one with"),
    (
        "rule's function",
        lambda c: target(c)["ParamList"][0].update(Value="other"),
        "opsledger-ecs-events (but functionName other) should have no such pattern",
    ),
    ("no rules", lambda c: c["Parameters"]["Delivery"].update(Default="triggers"), "should have one with the pattern"),
    ("synchronous", lambda c: target(c)["ParamList"][2].update(Value="Sync"), "InvocationType should be Async"),
    ("no dead letters", lambda c: target(c).pop("DeadLetterQueue"), "DeadLetterQueue is missing"),
    ("few retries", lambda c: target(c).update(PushRetryStrategy="BACKOFF_RETRY"), "should be EXPONENTIAL_DECAY_RETRY"),
    ("blocking", lambda c: target(c).update(ErrorsTolerance="NONE"), "ErrorsTolerance should be ALL"),
    (
        "wider while migrating",
        lambda c: properties(c, "MigrationPolicy")["PolicyDocument"]["Statement"][0].update(
            Action=["ots:GetRange", "*"]
        ),
        "policy opsledger-migration-cn-hangzhou: * on",
    ),
    ("no such role", lambda c: properties(c, "MigrationPolicy")["Roles"].append("other"), "policy: no role other"),
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


def test_rules_are_made_unless_triggers_deliver() -> None:
    """By default the template makes them; with the triggers of the quick start too, every event comes twice."""
    assert len(read().of_type("ALIYUN::EventBridge::Rule")) == 6
    assert not read(Delivery="triggers").of_type("ALIYUN::EventBridge::Rule")


def test_alarms_need_somebody_to_tell() -> None:
    """Without a contact group there is none; with one, each queue has an alarm on the messages that wait in it."""
    kind = "ALIYUN::CMS::ResourceMetricRule"
    queues = {queue["QueueName"] for queue in read().of_type("ALIYUN::MNS::Queue").values()}

    alarms = read(AlarmContactGroup="ops").of_type(kind).values()

    assert not read().of_type(kind)
    assert (
        {alarm["Resources"][0]["queue"] for alarm in alarms} == queues == {"opsledger-failed", "opsledger-undelivered"}
    )


def test_an_alarm_comes_long_before_a_message_is_lost() -> None:
    """The last one, while the queue keeps its messages for most of the time still."""
    (retention,) = {queue["MessageRetentionPeriod"] for queue in read().of_type("ALIYUN::MNS::Queue").values()}

    for alarm in read(AlarmContactGroup="ops").of_type("ALIYUN::CMS::ResourceMetricRule").values():
        waits = [alarm["Period"] * level["Times"] for level in alarm["Escalations"].values()]
        assert max(waits) * 7 < retention


ACCOUNT_WIDE: dict[str, Callable[[Any], list[str]]] = {
    "ALIYUN::RAM::Role": lambda made: [made["RoleName"], *(policy["PolicyName"] for policy in made["Policies"])],
    "ALIYUN::RAM::ManagedPolicy": lambda made: [made["PolicyName"]],
    "ALIYUN::CMS::ResourceMetricRule": lambda made: [made["RuleId"], made["RuleName"]],
}
"""What is the account's, whatever region a stack is in, and its names."""
REGIONAL = {f"ALIYUN::{kind}" for kind in ("OTS::InstanceV2", "OTS::Table", "MNS::Queue", "EventBridge::Rule")}


def account_wide(region: str) -> set[str]:
    """The names of a region's stack that no other stack of the account may have."""
    template = read(region=region, AlarmContactGroup="ops", OldTables="read")
    return {n for kind, names in ACCOUNT_WIDE.items() for made in template.of_type(kind).values() for n in names(made)}


def test_two_regions_of_an_account_have_no_name_in_common() -> None:
    """Their stacks can stand side by side; every type of resource is known as the account's or a region's."""
    here, there = account_wide("cn-hangzhou"), account_wide("ap-southeast-1")

    assert here
    assert not here & there
    assert {resource["Type"] for resource in read().resources.values()} == ACCOUNT_WIDE.keys() | REGIONAL


def test_a_regions_functions_have_its_roles(root: Path) -> None:
    """s.yaml names the roles that the stack of the same region makes."""
    roles = {role["RoleName"] for role in read(region="ap-southeast-1").of_type("ALIYUN::RAM::Role").values()}

    functions = read_template(root / "s.yaml", Account(), {"OPSLEDGER_REGION": "ap-southeast-1"}).functions

    assert {function.role.rpartition("/")[2] for function in functions} == roles


def test_a_trigger_in_s_yaml_is_reported(root: Path, tmp_path: Path) -> None:
    """The template's rules deliver already; the quick start is where triggers are."""
    for name in ("s.yaml", "s.quickstart.yaml"):
        (tmp_path / name).write_text((root / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "functions").symlink_to(root / "functions")
    quick = tmp_path / "s.quickstart.yaml"

    swapped = quick.rename(tmp_path / "both.yaml")
    quick.write_text(swapped.read_text(encoding="utf-8"), encoding="utf-8")
    found = findings(read(), swapped)

    assert any("opsledger-ecs-events-ecs: the template makes the rules" in finding for finding in found), found


def test_an_unknown_parameter_is_refused() -> None:
    """A misspelt name would leave the default in force."""
    with pytest.raises(UnknownReferenceError, match="has no parameter 'Instance'"):
        read(Instance="x")
