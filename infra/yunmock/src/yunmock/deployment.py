"""Deploy an `s.yaml` to a cloud: its functions, its timers, and a rule or a stream for each EventBridge trigger.

Rules that something else makes, such as a ROS template, are deployed beside it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from yunmock.errors import DataFileError
from yunmock.ram.errors import UnknownRoleError
from yunmock.s_yaml import InvalidTemplateError
from yunmock.template import Template, read_template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from yunmock.cloud import Cloud
    from yunmock.fc.model import Function, Trigger
    from yunmock.json_types import JsonObject
    from yunmock.services import TriggerHost


@runtime_checkable
class FunctionHost(Protocol):
    """A service that functions are deployed to: Function Compute."""

    def deploy(self, functions: Sequence[Function]) -> None:
        """Add or replace functions."""


def deploy_template(cloud: Cloud, path: str | Path, environment: Mapping[str, str] | None = None) -> Template:
    """See `yunmock.deploy`."""
    template = read_template(path, cloud.account, None if environment is None else dict(environment))
    _apply(cloud, template)
    cloud.on_reset[:] = [callback for callback in cloud.on_reset if not _deploys(callback, template)]
    cloud.on_reset.append(functools.partial(_apply, cloud, template))
    return template


def deploy_rules(cloud: Cloud, rules: Sequence[JsonObject]) -> None:
    """See `yunmock.deploy_rules`."""
    _apply_rules(cloud, rules)
    cloud.on_reset.append(functools.partial(_apply_rules, cloud, rules))


def _apply_rules(cloud: Cloud, rules: Sequence[JsonObject]) -> None:
    host = cloud.trigger_host
    for rule in rules:
        _put_rule(host, rule)


def _put_rule(host: TriggerHost, rule: JsonObject) -> None:
    try:
        host.deploy_rule(rule)
    except DataFileError:  # nothing is wrong with the rule
        raise
    except ValueError as error:
        raise ValueError(f"rule {rule.get('RuleName')}: {error}") from None


def _apply(cloud: Cloud, template: Template) -> None:
    host = cloud.services["fc"]
    if not isinstance(host, FunctionHost):
        raise TypeError("the service 'fc' takes no functions")
    for function in template.functions:
        _check_role(cloud, template, function)
    host.deploy(template.functions)
    for function in template.functions:
        for trigger in function.triggers:
            if trigger.type == "eventbridge":
                _put_trigger(cloud, template, function, trigger)


def _check_role(cloud: Cloud, template: Template, function: Function) -> None:
    try:
        cloud.credentials(function.role)
    except UnknownRoleError as error:
        raise InvalidTemplateError(template.path, (), f"role of function {function.name}: {error}") from None


def _put_trigger(cloud: Cloud, template: Template, function: Function, trigger: Trigger) -> None:
    host = cloud.trigger_host
    try:
        host.put_trigger(function.name, trigger.name, trigger.config)
    except DataFileError:
        raise
    except ValueError as error:
        reason = f"trigger {trigger.name} of function {function.name}: {error}"
        raise InvalidTemplateError(template.path, (), reason) from None


def _deploys(callback: Callable[[], None], template: Template) -> bool:
    """Whether a callback deploys an earlier version of the same file."""
    if not isinstance(callback, functools.partial) or callback.func is not _apply:
        return False
    return bool(callback.args[1].path == template.path)
