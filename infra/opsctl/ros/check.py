"""Compare the template with the code and with `s.yaml`; each finding says what is wrong and how to fix it."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

from opsctl.ros import patterns, queues, rules, schema
from opsctl.ros.template import UnknownReferenceError
from opsledger.store.tables import REPLACED_BY, TABLES
from opsledger.variables import DEFAULT_PREFIX
from yunmock import Account
from yunmock.template import read_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from opsctl.ros.rules import DeployedRule
    from opsctl.ros.template import Properties, RosTemplate
    from opsledger.store.tables import Index, Table
    from opsledger.strict_json import JsonObject, JsonValue
    from yunmock.template import Template as Functions

FORMAT = "2015-09-01"
TRUSTED = ["fc.aliyuncs.com"]
QUICK_START = "s.quickstart.yaml"
TARGET = {"PushRetryStrategy": "EXPONENTIAL_DECAY_RETRY", "ErrorsTolerance": "ALL"}


def findings(template: RosTemplate, functions: Path) -> list[str]:
    """Return everything that is wrong with the template, compared with the `s.yaml` in `functions`."""
    deployed = read_template(functions, Account(), {})
    checks: tuple[Callable[[RosTemplate, Functions], Iterator[str]], ...] = (
        _structure,
        _tables,
        _prefix,
        _queues,
        _roles,
        _rules,
    )
    whole = type(template)(template.content, {**template.values, "OldTables": "read"})
    try:
        return [found for check in checks for found in check(whole, deployed)]
    except UnknownReferenceError as error:
        return [f"reference: {error}"]


def _structure(template: RosTemplate, _functions: Functions) -> Iterator[str]:
    """The rules of the language, and those of each resource type."""
    if template.content.get("ROSTemplateFormatVersion") != FORMAT:
        yield f"ROSTemplateFormatVersion: should be '{FORMAT}'"
    for name, resource in template.resources.items():
        shape = schema.RESOURCES.get(str(resource.get("Type")))
        if shape is None:
            yield f"{name}: {resource.get('Type')} is not a known type (infra/opsctl/ros/schema.py)"
            continue
        for other in _named(resource.get("DependsOn")):
            if other not in template.resources:
                yield f"{name}: depends on {other}, which does not exist"
        yield from schema.faults(template.resolve(resource.get("Properties") or {}), shape, name)
    template.resolve(template.content.get("Outputs") or {})


def _named(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []


def _tables(template: RosTemplate, _functions: Functions) -> Iterator[str]:
    """Tables have the names, keys, columns and indexes of `opsledger.store.tables`."""
    prefix = str(template.values.get("TablePrefix"))
    shown = {str(table.get("TableName")): table for table in template.of_type("ALIYUN::OTS::Table").values()}
    wanted = {prefix + table.stored_as: table for table in TABLES}
    yield from (f"table {name}: the code has no such table; remove it" for name in shown.keys() - wanted.keys())
    for name, table in wanted.items():
        if name not in shown:
            yield f"table {name}: the code has it; add it to the template"
            continue
        for part, expected in _definition(table, prefix).items():
            actual = shown[name].get(part, [])
            if actual != expected:
                yield f"table {name}: {part} should be {json.dumps(expected)}, not {json.dumps(actual)}"


def _definition(table: Table, prefix: str) -> JsonObject:
    columns = dict.fromkeys(column for index in table.indexes for column in index.columns)
    return {
        "PrimaryKey": [{"Name": name, "Type": kind} for name, kind in table.key],
        "Columns": [{"Name": name, "Type": kind} for name, kind in columns],
        "SecondaryIndices": [_index(index, prefix) for index in table.indexes],
    }


def _index(index: Index, prefix: str) -> JsonObject:
    keys: list[JsonValue] = [name for name, _ in index.columns]
    return {"IndexName": prefix + index.name, "IndexType": "Global", "PrimaryKeys": keys, "Columns": []}


def _prefix(template: RosTemplate, functions: Functions) -> Iterator[str]:
    """The template, the settings and s.yaml have one prefix."""
    prefix = template.values.get("TablePrefix")
    if prefix != DEFAULT_PREFIX:
        yield f"TablePrefix: {prefix!r} should be {DEFAULT_PREFIX!r}, the default in opsledger.variables"
    for function in functions.functions:
        given = function.environment.get("OPSLEDGER_TABLE_PREFIX", DEFAULT_PREFIX)
        if given != prefix:
            yield f"TablePrefix: {prefix!r}, but s.yaml gives {function.name} the prefix {given!r}"


def _queues(template: RosTemplate, _functions: Functions) -> Iterator[str]:
    """The queues are those of `queues`, with all of their attributes."""
    made = {str(queue.get("QueueName")): queue for queue in template.of_type(queues.QUEUE).values()}
    for name in sorted(made.keys() | set(queues.NAMES)):
        wanted = {"QueueName": name, **queues.ATTRIBUTES} if name in queues.NAMES else {}
        if made.get(name, {}) != wanted:
            yield f"queue {name}: should be {json.dumps(wanted)}, not {json.dumps(made.get(name, {}))}"


def _roles(template: RosTemplate, functions: Functions) -> Iterator[str]:
    """Each function of s.yaml has the role that it names, for Function Compute and for our tables only."""
    roles = {str(role.get("RoleName")): role for role in template.of_type("ALIYUN::RAM::Role").values()}
    names = {function.role.rpartition("/")[2] for function in functions.functions}
    yield from (f"role {name}: s.yaml has no function with it; remove it" for name in sorted(roles.keys() - names))
    yield from (f"role {name}: the function has no role; add one" for name in sorted(names - roles.keys()))
    stored = (name for table in TABLES for name in (table.stored_as, *(index.name for index in table.indexes)))
    known = {_table_arn(template, name) for name in stored}
    for name, role in roles.items():
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            if statement["Principal"]["Service"] != TRUSTED:
                yield f"role {name}: only {TRUSTED[0]} should be trusted"
        yield from _too_wide(f"role {name}", grants(policy["PolicyDocument"] for policy in role["Policies"]), known)
    old = {_table_arn(template, table.stored_as) for table in REPLACED_BY}
    for policy in template.of_type("ALIYUN::RAM::ManagedPolicy").values():
        yield from (f"policy: no role {name}" for name in policy["Roles"] if name not in roles)
        yield from _too_wide(f"policy {policy['PolicyName']}", grants([policy["PolicyDocument"]]), old)


def _too_wide(where: str, granted: Iterable[tuple[str, str]], known: set[str]) -> Iterator[str]:
    for action, resource in granted:
        if "*" in action or (action.startswith("ots:") and resource not in known):
            yield f"{where}: {action} on {resource} is wider than one call on one of our tables"


def grants(documents: Iterable[Properties]) -> Iterator[tuple[str, str]]:
    """Each action and resource that policies grant."""
    for document in documents:
        for statement in document["Statement"]:
            yield from ((action, resource) for action in statement["Action"] for resource in statement["Resource"])


def _table_arn(template: RosTemplate, name: str) -> str:
    form = "acs:ots:${ALIYUN::Region}:${ALIYUN::TenantId}:instance/${InstanceName}/table/${TablePrefix}"
    return str(template.resolve({"Fn::Sub": form})) + name


def _rules(template: RosTemplate, functions: Functions) -> Iterator[str]:
    """The template's rules, and the triggers of the quick start, have the wanted patterns, each once."""
    quick = functions.path.with_name(QUICK_START)
    triggers = rules.of_triggers(read_template(quick, Account(), {}))
    yield from _compared("rule", rules.of_template(template))
    yield from _compared(f"{QUICK_START}: trigger", triggers)
    for rule in rules.of_triggers(functions):
        yield f"{rule.name}: the template makes the rules; move the trigger from s.yaml to {QUICK_START}"
    for name, properties in template.of_type(rules.RULE).items():
        for target in properties["Targets"]:
            yield from _target(name, target)


def _compared(what: str, made: Sequence[DeployedRule]) -> Iterator[str]:
    wanted = patterns.wanted()
    for function in sorted(wanted.keys() | {rule.function for rule in made}):
        given = {rule.name: rule.written for rule in made if rule.function == function}
        expected = wanted.get(function, [])
        for name, pattern in given.items():
            if pattern not in expected:
                yield f"{what} {name}: {function} should have no such pattern (infra/opsctl/ros/patterns.py)"
        for pattern in expected:
            if pattern not in given.values():
                yield f"{what}: {function} should have one with the pattern {json.dumps(pattern)}"
        for first, second in itertools.combinations(given, 2):
            if not patterns.are_disjoint(given[first], given[second]):
                yield f"{what} {first}: an event may match {second} too"


def _target(name: str, target: Properties) -> Iterator[str]:
    """Nothing is lost between EventBridge and the function: a day of retries, a dead-letter queue, asynchronous."""
    for key, wanted in TARGET.items():
        if target.get(key) != wanted:
            yield f"{name}: {key} should be {wanted}"
    if "DeadLetterQueue" not in target:
        yield f"{name}: DeadLetterQueue is missing"
    if {"ResourceKey": "InvocationType", "Form": "CONSTANT", "Value": "Async"} not in target["ParamList"]:
        yield f"{name}: InvocationType should be Async"
