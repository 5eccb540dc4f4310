"""The calls about rules and their targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunmock.eventbridge.arguments import Arguments, items, page, text
from yunmock.eventbridge.buses import bus_arn
from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.model import MAX_TARGETS, STATUSES, Rule, check_pattern
from yunmock.eventbridge.target import read_target, write_target

if TYPE_CHECKING:
    from yunmock.eventbridge.model import Target
    from yunmock.eventbridge.service import EventBridgeService

Result = dict[str, Any]


def create_rule(service: EventBridgeService, arguments: Arguments) -> Result:
    """CreateRule; a pattern with an unknown operator or a target of an unknown type is refused here."""
    rule = Rule(
        bus=text(arguments, "EventBusName"),
        name=text(arguments, "RuleName"),
        pattern=text(arguments, "FilterPattern", "{}"),
        targets=_targets(arguments),
        enabled=_status(arguments) != "DISABLE",
        description=text(arguments, "Description", ""),
    )
    return {"RuleARN": _arn(service, service.registry.create_rule(rule))}


def update_rule(service: EventBridgeService, arguments: Arguments) -> Result:
    """UpdateRule: what is given is replaced."""
    changes: dict[str, Any] = {}
    if arguments.get("FilterPattern") is not None:
        changes["pattern"] = text(arguments, "FilterPattern")
        check_pattern(changes["pattern"])
    if arguments.get("Description") is not None:
        changes["description"] = text(arguments, "Description")
    if arguments.get("Status") is not None:
        changes["enabled"] = _status(arguments) == "ENABLE"
    service.registry.change_rule(*_name(arguments), **changes)
    return {}


def get_rule(service: EventBridgeService, arguments: Arguments) -> Result:
    """GetRule."""
    return _entry(service, service.registry.rule(*_name(arguments)))


def delete_rule(service: EventBridgeService, arguments: Arguments) -> Result:
    """DeleteRule, with its targets."""
    service.registry.delete_rule(*_name(arguments))
    return {}


def enable_rule(service: EventBridgeService, arguments: Arguments) -> Result:
    """EnableRule."""
    service.registry.change_rule(*_name(arguments), enabled=True)
    return {}


def disable_rule(service: EventBridgeService, arguments: Arguments) -> Result:
    """DisableRule: it matches nothing until enabled."""
    service.registry.change_rule(*_name(arguments), enabled=False)
    return {}


def list_rules(service: EventBridgeService, arguments: Arguments) -> Result:
    """ListRules of a bus, by name prefix."""
    bus = service.registry.bus(text(arguments, "EventBusName"))
    prefix = text(arguments, "RuleNamePrefix", "")
    found, rest = page(arguments, [rule for rule in service.registry.rules(bus.name) if rule.name.startswith(prefix)])
    return {"Rules": [_entry(service, rule) for rule in found], **rest}


def create_targets(service: EventBridgeService, arguments: Arguments) -> Result:
    """CreateTargets: each one alone is taken or reported."""
    with service.atomic():
        rule = service.registry.rule(*_name(arguments))
        targets, errors = list(rule.targets), []
        for entry in items(arguments, "Targets"):
            try:
                targets.append(_addition(rule, targets, entry))
            except EventBridgeError as error:  # noqa: PERF203 - each entry fails alone
                errors.append(_error(str(entry.get("Id", "")) if isinstance(entry, dict) else "", error))
        service.registry.change_rule(rule.bus, rule.name, targets=tuple(targets))
    return {"ErrorEntriesCount": len(errors), "ErrorEntries": errors}


def delete_targets(service: EventBridgeService, arguments: Arguments) -> Result:
    """DeleteTargets: ids that are not there are reported."""
    with service.atomic():
        rule = service.registry.rule(*_name(arguments))
        present, wanted = (
            {target.id for target in rule.targets},
            [str(name) for name in items(arguments, "TargetIds")],
        )
        kept = tuple(target for target in rule.targets if target.id not in wanted)
        service.registry.change_rule(rule.bus, rule.name, targets=kept)
    missing = [EventBridgeError("EventTargetNotExist", name, rule.name, rule.bus) for name in wanted]
    errors = [_error(name, error) for name, error in zip(wanted, missing, strict=True) if name not in present]
    return {"ErrorEntriesCount": len(errors), "ErrorEntries": errors}


def list_targets(service: EventBridgeService, arguments: Arguments) -> Result:
    """ListTargets of a rule."""
    found, _ = page(arguments, service.registry.rule(*_name(arguments)).targets)
    return {"Targets": [write_target(target) for target in found]}


def _addition(rule: Rule, targets: list[Target], entry: Any) -> Target:
    if not isinstance(entry, dict):
        raise EventBridgeError("InvalidArgument", "a target is a JSON object")
    target = read_target(entry)
    if any(target.id == other.id for other in targets):
        raise EventBridgeError("EventTargetAlreadyExist", target.id, rule.name, rule.bus)
    if len(targets) >= MAX_TARGETS:
        raise EventBridgeError("EventTargetCountExceedLimit", len(targets), MAX_TARGETS)
    return target


def _targets(arguments: Arguments) -> tuple[Target, ...]:
    entries = items(arguments, "Targets")
    if len(entries) > MAX_TARGETS:
        raise EventBridgeError("EventTargetCountExceedLimit", len(entries), MAX_TARGETS)
    if not all(isinstance(entry, dict) for entry in entries):
        raise EventBridgeError("InvalidArgument", "a target is a JSON object")
    return tuple(read_target(entry) for entry in entries)


def _status(arguments: Arguments) -> str:
    status = text(arguments, "Status", "ENABLE")
    if status not in STATUSES:
        raise EventBridgeError("InvalidArgument", f"Status is one of {list(STATUSES)}")
    return status


def _name(arguments: Arguments) -> tuple[str, str]:
    return text(arguments, "EventBusName"), text(arguments, "RuleName")


def _arn(service: EventBridgeService, rule: Rule) -> str:
    return f"{bus_arn(service.account, rule.bus)}/rule/{rule.name}"


def _error(name: str, error: EventBridgeError) -> Result:
    return {"EntryId": name, "ErrorCode": error.code, "ErrorMessage": str(error)}


def _entry(service: EventBridgeService, rule: Rule) -> Result:
    return {
        "EventBusName": rule.bus,
        "RuleARN": _arn(service, rule),
        "RuleName": rule.name,
        "Description": rule.description,
        "Status": "ENABLE" if rule.enabled else "DISABLE",
        "FilterPattern": rule.pattern,
        "Targets": [write_target(target) for target in rule.targets],
        "Ctime": rule.created_ms,
        "Mtime": rule.modified_ms,
        "Tags": {},
    }
