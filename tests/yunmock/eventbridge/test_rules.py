"""Buses, rules and targets through the vendor's SDK."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_eventbridge import models
from Tea.exceptions import TeaException

from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.target import read_target, write_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.yunmock.conftest import Place

ENDPOINT = "acs:fc:cn-hangzhou:1000000000000001:services/s.LATEST/functions/echo"


def target(name: str = "t1", **changes: Any) -> Any:
    """A function target as the SDK takes it."""
    body = models.EBTargetParam(resource_key="Body", form="ORIGINAL")
    fields = {"id": name, "type": "acs.fc.function", "endpoint": ENDPOINT, "param_list": [body], **changes}
    return models.TargetEntry(**fields)


def rule(name: str = "r1", **changes: Any) -> Any:
    """A rule on bus default as the SDK takes it."""
    fields = {"event_bus_name": "default", "rule_name": name, "filter_pattern": "{}", "targets": [], **changes}
    return models.CreateRuleRequest(**fields)


def refused(call: Callable[[], Any]) -> str:
    """The code a call is refused with."""
    with pytest.raises(TeaException) as refusal:
        call()
    return str(refusal.value.code)


def test_bus_life(place: Place) -> None:
    """A custom bus is created, described, listed by prefix and deleted; `default` always exists."""
    eb = place.eb
    made = eb.create_event_bus(models.CreateEventBusRequest(event_bus_name="mine", description="d"))
    assert made.event_bus_arn == "acs:eventbridge:cn-hangzhou:1000000000000001:eventbus/mine"
    assert eb.get_event_bus(models.GetEventBusRequest(event_bus_name="mine")).description == "d"

    def names(**request: Any) -> list[str]:
        answer = eb.list_event_buses(models.ListEventBusesRequest(**request))
        return [bus.event_bus_name for bus in answer.event_buses]

    assert names() == ["default", "mine"]
    assert names(name_prefix="mi") == ["mine"]
    eb.delete_event_bus(models.DeleteEventBusRequest(event_bus_name="mine"))
    assert names() == ["default"]


def test_buses_refused(here: Place) -> None:
    """A bus name that is taken, reserved or malformed is refused, and so is deleting a bus in use."""
    eb = here.eb

    def create(name: str) -> Callable[[], Any]:
        return lambda: eb.create_event_bus(models.CreateEventBusRequest(event_bus_name=name))

    def delete(name: str) -> Callable[[], Any]:
        return lambda: eb.delete_event_bus(models.DeleteEventBusRequest(event_bus_name=name))

    create("mine")()
    eb.create_rule(rule(event_bus_name="mine"))
    assert refused(create("mine")) == "EventBusAlreadyExist"
    assert refused(create("default")) == "EventBusAlreadyExist"
    assert refused(create("eventbridge-reserved-x")) == "EventBusNameInvalid"
    assert refused(create("-x")) == "EventBusNameInvalid"
    assert refused(delete("mine")) == "EventBusRuleNotEmptyForDelete"
    assert refused(delete("default")) == "EventBusNameInvalid"
    assert refused(delete("gone")) == "EventBusNotExist"
    for number in range(49):
        create(f"b{number}")()
    assert refused(create("one-more")) == "EventBusCountExceedLimit"


def test_rule_life(place: Place) -> None:
    """A rule is created with targets, read, changed, disabled, enabled and deleted."""
    eb, name = place.eb, {"event_bus_name": "default", "rule_name": "r1"}
    made = eb.create_rule(rule(targets=[target()], description="d"))
    assert made.rule_arn.endswith(":eventbus/default/rule/r1")
    got = eb.get_rule(models.GetRuleRequest(**name))
    assert (got.status, got.filter_pattern, got.description) == ("ENABLE", "{}", "d")
    assert got.targets[0].to_map()["ParamList"] == [{"ResourceKey": "Body", "Form": "ORIGINAL"}]

    eb.update_rule(models.UpdateRuleRequest(**name, filter_pattern='{"source":["a"]}', description="e"))
    eb.disable_rule(models.DisableRuleRequest(**name))
    (listed,) = eb.list_rules(models.ListRulesRequest(event_bus_name="default")).rules
    assert (listed.status, listed.filter_pattern, listed.description) == ("DISABLE", '{"source":["a"]}', "e")
    eb.enable_rule(models.EnableRuleRequest(**name))
    assert eb.get_rule(models.GetRuleRequest(**name)).status == "ENABLE"
    eb.delete_rule(models.DeleteRuleRequest(**name))
    assert refused(lambda: eb.get_rule(models.GetRuleRequest(**name))) == "EventRuleNotExist"


def test_rules_refused(here: Place) -> None:
    """A rule with an invalid name, pattern, status or target is refused when it is created."""
    create = here.eb.create_rule
    create(rule("taken"))
    cases = {
        "EventRuleAlreadyExist": rule("taken"),
        "EventRuleNameInvalid": rule("eventbridge-reserved-r"),
        "EventBusNotExist": rule(event_bus_name="gone"),
        "EventRuleFilterPatternInvalid": rule(filter_pattern='{"source":[{"wildcard":"*"}]}'),
        "InvalidArgument": rule(status="ON"),
        "EventTargetInvalid": rule(targets=[target(type="acs.mns.queue")]),
        "EventTargetCountExceedLimit": rule(targets=[target(str(number)) for number in range(6)]),
    }

    for code, request in cases.items():
        assert refused(functools.partial(create, request)) == code


@pytest.mark.parametrize("status", ["enable", "Enable", "ENABLE", "disable", "Disable", "DISABLE"])
def test_status_in_any_case(here: Place, status: str) -> None:
    """The vendor's samples send `enable` in lower case; CreateRule and UpdateRule take any case."""
    name = {"event_bus_name": "default", "rule_name": "r1"}
    here.eb.create_rule(rule(status=status))
    assert here.eb.get_rule(models.GetRuleRequest(**name)).status == status.upper()

    other = "disable" if status.upper() == "ENABLE" else "enable"
    here.eb.update_rule(models.UpdateRuleRequest(**name, status=other))
    assert here.eb.get_rule(models.GetRuleRequest(**name)).status == other.upper()


PATTERNS = {
    "": "EventRuleFilterPatternEmpty",
    '{"aliyunfoo":["x"]}': "EventRuleFilterPatternInvalid",
    '{"data":["x"]}': "EventRuleFilterPatternInvalid",
    '{"data":{}}': "EventRuleFilterPatternInvalid",
    '{"source":[]}': "EventRuleFilterPatternInvalid",
    '{"data":{"n":[NaN]}}': "EventRuleFilterPatternInvalid",
}


@pytest.mark.parametrize(("pattern", "code"), PATTERNS.items())
def test_patterns_refused_by_every_call(here: Place, pattern: str, code: str) -> None:
    """CreateRule, UpdateRule and TestEventPattern refuse the same patterns."""
    here.eb.create_rule(rule("kept"))
    update = models.UpdateRuleRequest(event_bus_name="default", rule_name="kept", filter_pattern=pattern)
    test = models.TestEventPatternRequest(event='{"source":"a"}', event_pattern=pattern)

    assert refused(lambda: here.eb.create_rule(rule(filter_pattern=pattern))) == code
    assert refused(lambda: here.eb.update_rule(update)) == code
    assert refused(lambda: here.eb.test_event_pattern(test)) == code
    assert here.bridge.registry.rule("default", "kept").pattern == "{}"


def test_a_rule_needs_a_pattern(here: Place) -> None:
    """CreateRule without FilterPattern is refused."""
    assert refused(lambda: here.eb.create_rule(rule(filter_pattern=None))) == "EventRuleFilterPatternEmpty"


def test_an_update_with_a_bad_pattern_changes_nothing(here: Place) -> None:
    """An update with an invalid pattern changes nothing."""
    here.eb.create_rule(rule(filter_pattern='{"source":["a"]}'))
    bad = models.UpdateRuleRequest(
        event_bus_name="default", rule_name="r1", filter_pattern='{"source":"a"}', description="new"
    )

    assert refused(lambda: here.eb.update_rule(bad)) == "EventRuleFilterPatternInvalid"
    kept = here.bridge.registry.rule("default", "r1")
    assert (kept.pattern, kept.description) == ('{"source":["a"]}', "")


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": "acs:mns:cn-hangzhou:1:queues/q"},
        {"endpoint": ""},
        {"push_retry_strategy": "FOREVER"},
        {"param_list": [models.EBTargetParam(resource_key="Body", form="SCRIPT")]},
        {"param_list": [models.EBTargetParam(resource_key="Body", form="JSONPATH", value="data")]},
    ],
)
def test_targets_refused(here: Place, changes: dict[str, Any]) -> None:
    """An invalid target is reported when it is created, not when an event is delivered."""
    here.eb.create_rule(rule())
    request = models.CreateTargetsRequest(
        event_bus_name="default", rule_name="r1", targets=[target("good"), target("bad", **changes)]
    )

    answer = here.eb.create_targets(request)

    assert answer.error_entries_count == 1
    assert [(entry.entry_id, entry.error_code) for entry in answer.error_entries] == [("bad", "EventTargetInvalid")]
    assert [kept.id for kept in here.bridge.registry.rule("default", "r1").targets] == ["good"]


def test_target_life(place: Place) -> None:
    """Up to five targets are added, none twice, listed and deleted; each error is reported alone."""
    eb, name = place.eb, {"event_bus_name": "default", "rule_name": "r1"}
    eb.create_rule(rule())
    many = [target(f"t{number}") for number in range(6)] + [target("t0")]

    added = eb.create_targets(models.CreateTargetsRequest(**name, targets=many))

    assert [entry.error_code for entry in added.error_entries] == [
        "EventTargetCountExceedLimit",
        "EventTargetAlreadyExist",
    ]
    removed = eb.delete_targets(models.DeleteTargetsRequest(**name, target_ids=["t0", "t1", "gone"]))
    assert [entry.entry_id for entry in removed.error_entries] == ["gone"]
    listed = eb.list_targets(models.ListTargetsRequest(**name)).targets
    assert [entry.id for entry in listed] == ["t2", "t3", "t4"]


def test_every_field_of_a_target_is_kept() -> None:
    """Every field of a target, with dead letters, tolerance and concurrency, is stored."""
    entry: dict[str, Any] = {
        "Id": "t1",
        "Type": "acs.fc.function",
        "Endpoint": ENDPOINT,
        "PushRetryStrategy": "EXPONENTIAL_DECAY_RETRY",
        "ErrorsTolerance": "NONE",
        "ParamList": [{"ResourceKey": "Body", "Form": "TEMPLATE", "Value": '{"a":"$.id"}', "Template": "${a}"}],
        "DeadLetterQueue": {"Arn": "acs:mns:cn-hangzhou:1:/queues/q"},
        "ConcurrentConfig": {"Concurrency": 3},
    }

    assert write_target(read_target(entry)) == entry


@pytest.mark.parametrize(
    "entry", [{}, {"Id": "t", "Type": "acs.fc.function", "Endpoint": ENDPOINT, "ErrorsTolerance": "x"}]
)
def test_incomplete_targets_are_refused(entry: dict[str, Any]) -> None:
    """A target without an id, or with an unknown tolerance, is refused."""
    with pytest.raises(EventBridgeError) as refusal:
        read_target(entry)

    assert refusal.value.code == "EventTargetInvalid"


def test_pages(here: Place) -> None:
    """Lists have pages of Limit entries; each page has a token for the next, the last has none."""
    for number in range(5):
        here.eb.create_rule(rule(f"r{number}"))
    names, token = [], None
    for _ in range(3):
        answer = here.eb.list_rules(models.ListRulesRequest(event_bus_name="default", limit=2, next_token=token))
        names += [[entry.rule_name for entry in answer.rules]]
        token = answer.next_token

    assert names == [["r0", "r1"], ["r2", "r3"], ["r4"]]
    assert token == ""
    assert answer.total == 5
    bad = models.ListRulesRequest(event_bus_name="default", limit=1000)
    assert refused(lambda: here.eb.list_rules(bad)) == "InvalidArgument"
