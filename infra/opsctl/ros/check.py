"""Hold the template to the code and to `s.yaml`; each finding names what is wrong and how to mend it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from opsctl.ros import schema
from opsctl.ros.template import UnknownReferenceError
from opsledger import settings
from opsledger.store.tables import TABLES
from yunmock import Account
from yunmock.template import read_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from opsctl.ros.template import Template
    from opsledger.store.tables import Index, Table
    from yunmock.template import Template as Functions

FORMAT = "2015-09-01"
TRUSTED = ["fc.aliyuncs.com"]
MAX_EXPRESSIONS = 5
"""Of one field of a rule's pattern."""


def findings(template: Template, functions: Path) -> list[str]:
    """Everything that is wrong with the template, beside the `s.yaml` in `functions`."""
    deployed = read_template(functions, Account(), {})
    checks: tuple[Callable[[Template, Functions], Iterator[str]], ...] = (_structure, _tables, _prefix, _roles, _rules)
    whole = type(template)(template.content, {**template.values, "Delivery": "rules"})
    try:
        return [found for check in checks for found in check(whole, deployed)]
    except UnknownReferenceError as error:
        return [f"reference: {error}"]


def _structure(template: Template, _functions: Functions) -> Iterator[str]:
    """The language's own rules, and those of each resource type."""
    if template.content.get("ROSTemplateFormatVersion") != FORMAT:
        yield f"ROSTemplateFormatVersion: should be '{FORMAT}'"
    for name, resource in template.resources.items():
        shape = schema.RESOURCES.get(str(resource.get("Type")))
        if shape is None:
            yield f"{name}: {resource.get('Type')} is no type that is known here (infra/opsctl/ros/schema.py)"
            continue
        for other in [resource["DependsOn"]] if "DependsOn" in resource else []:
            if other not in template.resources:
                yield f"{name}: depends on {other}, which is not there"
        yield from schema.faults(template.resolve(resource.get("Properties") or {}), shape, name)
    template.resolve(template.content.get("Outputs") or {})


def _tables(template: Template, _functions: Functions) -> Iterator[str]:
    """Names, keys, columns and indexes are those of `opsledger.store.tables`."""
    prefix = str(template.values.get("TablePrefix"))
    shown = {str(told.get("TableName")): told for told in template.of_type("ALIYUN::OTS::Table").values()}
    wanted = {prefix + table.name: table for table in TABLES}
    yield from (f"table {name}: the code has no such table; remove it" for name in shown.keys() - wanted.keys())
    for name, table in wanted.items():
        if name not in shown:
            yield f"table {name}: the code has it; add it to the template"
            continue
        for part, expected in _definition(table, prefix).items():
            actual = shown[name].get(part, [])
            if actual != expected:
                yield f"table {name}: {part} should be {json.dumps(expected)}, and is {json.dumps(actual)}"


def _definition(table: Table, prefix: str) -> dict[str, Any]:
    columns = dict.fromkeys(column for index in table.indexes for column in index.columns)
    return {
        "PrimaryKey": [{"Name": name, "Type": kind} for name, kind in table.key],
        "Columns": [{"Name": name, "Type": kind} for name, kind in columns],
        "SecondaryIndices": [_index(index, prefix) for index in table.indexes],
    }


def _index(index: Index, prefix: str) -> dict[str, Any]:
    keys = [name for name, _ in index.columns]
    return {"IndexName": prefix + index.name, "IndexType": "Global", "PrimaryKeys": keys, "Columns": []}


def _prefix(template: Template, functions: Functions) -> Iterator[str]:
    """The three places that name the prefix agree."""
    told = template.values.get("TablePrefix")
    if told != settings.DEFAULT_PREFIX:
        yield f"TablePrefix: {told!r} should be {settings.DEFAULT_PREFIX!r}, the default in opsledger.settings"
    for function in functions.functions:
        given = function.environment.get("OPSLEDGER_TABLE_PREFIX", settings.DEFAULT_PREFIX)
        if given != told:
            yield f"TablePrefix: {told!r}, but s.yaml gives {function.name} the prefix {given!r}"


def _roles(template: Template, functions: Functions) -> Iterator[str]:
    """One role per function, named as it, that Function Compute alone may take on, for our tables alone."""
    roles = {str(told.get("RoleName")): told for told in template.of_type("ALIYUN::RAM::Role").values()}
    names = {function.name for function in functions.functions}
    yield from (f"role {name}: s.yaml has no such function; remove it" for name in sorted(roles.keys() - names))
    yield from (f"role {name}: the function has none; add one" for name in sorted(names - roles.keys()))
    known = {_table_arn(template, name) for table in TABLES for name in (table.name, *(i.name for i in table.indexes))}
    for name, told in roles.items():
        for statement in told["AssumeRolePolicyDocument"]["Statement"]:
            if statement["Principal"]["Service"] != TRUSTED:
                yield f"role {name}: only {TRUSTED[0]} should be trusted"
        for action, resource in grants(told):
            if "*" in action or (action.startswith("ots:") and resource not in known):
                yield f"role {name}: {action} on {resource} is wider than a call on a table of ours"


def grants(role: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each action and resource that a role is granted."""
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            yield from ((action, resource) for action in statement["Action"] for resource in statement["Resource"])


def _table_arn(template: Template, name: str) -> str:
    form = "acs:ots:${ALIYUN::Region}:${ALIYUN::TenantId}:instance/${InstanceName}/table/${TablePrefix}"
    return str(template.resolve({"Fn::Sub": form})) + name


def _rules(template: Template, functions: Functions) -> Iterator[str]:
    """Each rule does what a trigger of `s.yaml` would: the same pattern, the same function, asynchronously."""
    rules = template.of_type("ALIYUN::EventBridge::Rule")
    wanted = {
        function.name: json.loads(str(trigger.config["eventRuleFilterPattern"]))
        for function in functions.functions
        for trigger in function.triggers
        if trigger.type == "eventbridge"
    }
    shown = {_function(target): rule for rule in rules.values() for target in rule["Targets"]}
    yield from (f"rule: {name} has an eventbridge trigger and no rule" for name in sorted(wanted.keys() - shown.keys()))
    yield from (f"rule: {name} has a rule and no trigger" for name in sorted(shown.keys() - wanted.keys()))
    for name in sorted(wanted.keys() & shown.keys()):
        if shown[name]["FilterPattern"] != wanted[name]:
            yield f"rule of {name}: FilterPattern should be the trigger's: {json.dumps(wanted[name])}"
        for field, expressions in shown[name]["FilterPattern"].items():
            if isinstance(expressions, list) and len(expressions) > MAX_EXPRESSIONS:
                yield f"rule of {name}: {field} has more than {MAX_EXPRESSIONS} expressions"


def _function(target: dict[str, Any]) -> str:
    """The function that a target names, twice."""
    ended = str(target["Endpoint"]).rpartition("/")[2]
    named = next((param["Value"] for param in target["ParamList"] if param["ResourceKey"] == "functionName"), ended)
    return ended if ended == named else f"{ended} (but functionName {named})"
