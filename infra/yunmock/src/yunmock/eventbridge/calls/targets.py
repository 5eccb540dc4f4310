"""The calls about the targets of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eventbridge.arguments import Arguments, Result, items, page
from yunmock.eventbridge.calls.rules import rule_name
from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.model import MAX_TARGETS, Rule
from yunmock.eventbridge.target import read_target, write_target

if TYPE_CHECKING:
    from yunmock.eventbridge.model import Target
    from yunmock.eventbridge.state import EventBridgeState
    from yunmock.json_types import JsonValue


def create_targets(state: EventBridgeState, arguments: Arguments) -> Result:
    """CreateTargets: each entry is accepted or reported alone."""
    with state.atomic():
        rule = state.registry.rule(*rule_name(arguments))
        targets = list(rule.targets)
        errors: list[JsonValue] = []
        for entry in items(arguments, "Targets"):
            try:
                targets.append(_addition(rule, targets, entry))
            except EventBridgeError as error:  # noqa: PERF203 - each entry fails alone
                errors.append(_error(str(entry.get("Id", "")) if isinstance(entry, dict) else "", error))
        state.registry.change_rule(rule.bus, rule.name, targets=tuple(targets))
    return {"ErrorEntriesCount": len(errors), "ErrorEntries": errors}


def delete_targets(state: EventBridgeState, arguments: Arguments) -> Result:
    """DeleteTargets: reports ids that do not exist."""
    with state.atomic():
        rule = state.registry.rule(*rule_name(arguments))
        present = {target.id for target in rule.targets}
        wanted = [str(name) for name in items(arguments, "TargetIds")]
        kept = tuple(target for target in rule.targets if target.id not in wanted)
        state.registry.change_rule(rule.bus, rule.name, targets=kept)
    errors: list[JsonValue] = [
        _error(name, EventBridgeError("EventTargetNotExist", name, rule.name, rule.bus))
        for name in wanted
        if name not in present
    ]
    return {"ErrorEntriesCount": len(errors), "ErrorEntries": errors}


def list_targets(state: EventBridgeState, arguments: Arguments) -> Result:
    """ListTargets of a rule."""
    found, _ = page(arguments, state.registry.rule(*rule_name(arguments)).targets)
    return {"Targets": [write_target(target) for target in found]}


def _addition(rule: Rule, targets: list[Target], entry: JsonValue) -> Target:
    target = read_target(entry)
    if any(target.id == other.id for other in targets):
        raise EventBridgeError("EventTargetAlreadyExist", target.id, rule.name, rule.bus)
    if len(targets) >= MAX_TARGETS:
        raise EventBridgeError("EventTargetCountExceedLimit", len(targets), MAX_TARGETS)
    return target


def _error(name: str, error: EventBridgeError) -> Result:
    return {"EntryId": name, "ErrorCode": error.code, "ErrorMessage": str(error)}
