"""What is deployed against what the file says, asked of Function Compute's 2023-03-30 API.

https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-struct-function. What the
API does not tell, and what the file leaves to defaults, is not compared.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fc3lint.document import UNKNOWN
from fc3lint.triggers import triggers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fc3lint.document import Document, Path_

Describe = Callable[[str], dict[str, Any] | None]
"""Asks the API for a path; None for what is not there."""

PROPERTIES = ("runtime", "handler", "timeout", "memorySize", "cpu", "diskSize", "description")
CONFIGURED = ("eventRuleFilterPattern", "triggerEnable", "cronExpression", "payload", "enable", "authType")
ASYNC = ("maxAsyncRetryAttempts", "maxAsyncEventAgeInSeconds", "destinationConfig")
SHOWN = 60
MEND = "Deploy the file, or write into it what is there."


def check(document: Document, functions: Mapping[str, dict[str, Any]], describe: Describe) -> None:
    """Compare every function of the file; `describe` asks the API for a path and gives None for what is not there."""
    for resource, props in functions.items():
        path = ("resources", resource, "props")
        name = f"functions/{props.get('functionName')}"
        there = describe(name)
        if there is None:
            mark = document.mark((*path, "functionName"))
            what = f"{props.get('functionName')!r} is not deployed"
            document.findings.add("not-deployed", mark, what, "Run `s deploy`.")
            continue
        _compare(document, props, there, PROPERTIES, path)
        _compare_environments(document, props, there, path)
        asynchronous = props.get("asyncInvokeConfig")
        if isinstance(asynchronous, dict):
            there = describe(f"{name}/async-invoke-config") or {}
            _compare(document, asynchronous, there, ASYNC, (*path, "asyncInvokeConfig"))
        _check_triggers(document, props, path, describe(f"{name}/triggers") or {})


def _check_triggers(document: Document, props: Mapping[str, Any], path: Path_, told: Mapping[str, Any]) -> None:
    there = {str(item.get("triggerName")): item for item in told.get("triggers") or []}
    for trigger in triggers(props, path):
        found = there.pop(trigger.name, None)
        if found is None:
            what = f"trigger {trigger.name!r} is not deployed"
            document.findings.add("not-deployed", document.mark(trigger.path), what, "Run `s deploy`.")
        else:
            _compare(document, trigger.config, _value(found.get("triggerConfig")), CONFIGURED, trigger.at())
    for name in there:
        what = f"a trigger {name!r} is deployed that the file does not have"
        mark = document.mark((*path, "triggers"))
        document.findings.add("deployed-differs", mark, what, "Remove it there, or add it here.")


def _compare(document: Document, here: Mapping[str, Any], there: Any, names: tuple[str, ...], path: Path_) -> None:
    for name in names:
        told = there.get(name) if isinstance(there, dict) else None
        ours = here.get(name)
        if ours is None or told is None or _has_unknown(ours) or _value(ours) == _value(told):
            continue
        what = f"{name} is {_shown(told)} there and {_shown(ours)} here"
        document.findings.add("deployed-differs", document.mark((*path, name)), what, MEND)


def _compare_environments(document: Document, props: Mapping[str, Any], there: Mapping[str, Any], path: Path_) -> None:
    """By name alone: values may be secrets."""
    here, told = props.get("environmentVariables") or {}, there.get("environmentVariables") or {}
    for name in sorted({*here, *told}):
        if here.get(name) != told.get(name) and here.get(name) is not UNKNOWN:
            how = "missing there" if name not in told else "not in the file" if name not in here else "another there"
            mark = document.mark((*path, "environmentVariables", name))
            document.findings.add("deployed-differs", mark, f"the variable {name} is {how}", MEND)


def _has_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_unknown(item) for item in value.values())
    return value is UNKNOWN


def _value(value: Any) -> Any:
    """Patterns and configurations are compared as JSON: spaces do not matter, nor in which form the API gives them."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
