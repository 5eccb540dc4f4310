"""The calls about rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eventbridge.arguments import Arguments, Result, items, page, pattern, text
from yunmock.eventbridge.calls.buses import bus_arn
from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.model import MAX_TARGETS, STATUSES, Rule
from yunmock.eventbridge.target import read_target, write_target

if TYPE_CHECKING:
    from yunmock.eventbridge.model import Target
    from yunmock.eventbridge.registry import RuleChanges
    from yunmock.eventbridge.state import EventBridgeState


def create_rule(state: EventBridgeState, arguments: Arguments) -> Result:
    """CreateRule; refuses a pattern with an unknown operator and a target of an unknown type."""
    return {"RuleARN": _arn(state, state.registry.create_rule(read_rule(arguments)))}


def read_rule(arguments: Arguments) -> Rule:
    """A rule from the parameters of CreateRule.

    Raises:
        EventBridgeError: one is missing or wrong.
    """
    return Rule(
        bus=text(arguments, "EventBusName"),
        name=text(arguments, "RuleName"),
        pattern=pattern(arguments, "FilterPattern"),
        targets=_targets(arguments),
        enabled=_status(arguments) != "DISABLE",
        description=text(arguments, "Description", ""),
    )


def update_rule(state: EventBridgeState, arguments: Arguments) -> Result:
    """UpdateRule: replaces the given fields."""
    changes: RuleChanges = {}
    if arguments.get("FilterPattern") is not None:
        changes["pattern"] = pattern(arguments, "FilterPattern")
    if arguments.get("Description") is not None:
        changes["description"] = text(arguments, "Description")
    if arguments.get("Status") is not None:
        changes["enabled"] = _status(arguments) == "ENABLE"
    state.registry.change_rule(*rule_name(arguments), **changes)
    return {}


def get_rule(state: EventBridgeState, arguments: Arguments) -> Result:
    """GetRule."""
    return _entry(state, state.registry.rule(*rule_name(arguments)))


def delete_rule(state: EventBridgeState, arguments: Arguments) -> Result:
    """DeleteRule, with its targets."""
    state.registry.delete_rule(*rule_name(arguments))
    return {}


def enable_rule(state: EventBridgeState, arguments: Arguments) -> Result:
    """EnableRule."""
    state.registry.change_rule(*rule_name(arguments), enabled=True)
    return {}


def disable_rule(state: EventBridgeState, arguments: Arguments) -> Result:
    """DisableRule: the rule matches nothing until it is enabled."""
    state.registry.change_rule(*rule_name(arguments), enabled=False)
    return {}


def list_rules(state: EventBridgeState, arguments: Arguments) -> Result:
    """ListRules of a bus, by name prefix."""
    bus = state.registry.bus(text(arguments, "EventBusName"))
    prefix = text(arguments, "RuleNamePrefix", "")
    found, rest = page(arguments, [rule for rule in state.registry.rules(bus.name) if rule.name.startswith(prefix)])
    return {"Rules": [_entry(state, rule) for rule in found], **rest}


def _targets(arguments: Arguments) -> tuple[Target, ...]:
    entries = items(arguments, "Targets")
    if len(entries) > MAX_TARGETS:
        raise EventBridgeError("EventTargetCountExceedLimit", len(entries), MAX_TARGETS)
    return tuple(read_target(entry) for entry in entries)


def _status(arguments: Arguments) -> str:
    """ENABLE or DISABLE; the vendor's samples send it in lower case."""
    status = text(arguments, "Status", "ENABLE").upper()
    if status not in STATUSES:
        raise EventBridgeError("InvalidArgument", f"Status must be one of {list(STATUSES)}")
    return status


def rule_name(arguments: Arguments) -> tuple[str, str]:
    """The names of the bus and the rule that a call is about."""
    return text(arguments, "EventBusName"), text(arguments, "RuleName")


def _arn(state: EventBridgeState, rule: Rule) -> str:
    return f"{bus_arn(state.account, rule.bus)}/rule/{rule.name}"


def _entry(state: EventBridgeState, rule: Rule) -> Result:
    return {
        "EventBusName": rule.bus,
        "RuleARN": _arn(state, rule),
        "RuleName": rule.name,
        "Description": rule.description,
        "Status": "ENABLE" if rule.enabled else "DISABLE",
        "FilterPattern": rule.pattern,
        "Targets": [write_target(target) for target in rule.targets],
        "Ctime": rule.created_ms,
        "Mtime": rule.modified_ms,
        "Tags": {},
    }
