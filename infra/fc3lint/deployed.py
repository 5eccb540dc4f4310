"""Compare the file with what is deployed, through Function Compute's 2023-03-30 API.

https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-struct-function. A setting
is compared only if both the file and the API state it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fc3lint.document import UNKNOWN, mapping
from fc3lint.triggers import triggers

if TYPE_CHECKING:
    from fc3lint.document import Document
    from yunmock.s_yaml import Keys

Describe = Callable[[str], Mapping[str, object] | None]
"""Asks the API for a path; returns None if there is nothing."""

PROPERTIES = ("runtime", "handler", "timeout", "memorySize", "cpu", "diskSize", "description")
CONFIGURED = ("eventRuleFilterPattern", "triggerEnable", "cronExpression", "payload", "enable", "authType")
ASYNC = ("maxAsyncRetryAttempts", "maxAsyncEventAgeInSeconds", "destinationConfig")
SHOWN = 60
FIX = "Deploy the file, or change the file to what is deployed."


def check(document: Document, functions: Mapping[str, Mapping[str, object]], describe: Describe) -> None:
    """Compare every function of the file."""
    for resource, props in functions.items():
        keys: Keys = ("resources", resource, "props")
        path = f"functions/{props.get('functionName')}"
        deployed = describe(path)
        if deployed is None:
            message = f"the function {props.get('functionName')!r} is not deployed"
            document.add("not-deployed", (*keys, "functionName"), message, "Run `s deploy`.")
            continue
        _compare(document, props, deployed, PROPERTIES, keys)
        _compare_environments(document, props, deployed, keys)
        asynchronous = props.get("asyncInvokeConfig")
        if isinstance(asynchronous, dict):
            config = describe(f"{path}/async-invoke-config") or {}
            _compare(document, asynchronous, config, ASYNC, (*keys, "asyncInvokeConfig"))
        _check_triggers(document, props, keys, describe(f"{path}/triggers") or {})


def _check_triggers(
    document: Document, props: Mapping[str, object], keys: Keys, described: Mapping[str, object]
) -> None:
    items = described.get("triggers")
    deployed = {str(mapping(item).get("triggerName")): item for item in (items if isinstance(items, list) else [])}
    for trigger in triggers(props, keys):
        found = deployed.pop(trigger.name, None)
        if found is None:
            message = f"the trigger {trigger.name!r} is not deployed"
            document.add("not-deployed", trigger.keys, message, "Run `s deploy`.")
        else:
            config = mapping(_parsed(mapping(found).get("triggerConfig")))
            _compare(document, trigger.config, config, CONFIGURED, trigger.at())
    for name in deployed:
        message = f"the trigger {name!r} is deployed, but is not in the file"
        document.add("deployed-differs", (*keys, "triggers"), message, "Delete it there, or add it here.")


def _compare(
    document: Document, here: Mapping[str, object], there: Mapping[str, object], names: tuple[str, ...], keys: Keys
) -> None:
    for name in names:
        ours, theirs = here.get(name), there.get(name)
        if ours is None or theirs is None or _has_unknown(ours) or _parsed(ours) == _parsed(theirs):
            continue
        message = f"{name} is {_shown(theirs)} in the deployment and {_shown(ours)} in the file"
        document.add("deployed-differs", (*keys, name), message, FIX)


def _compare_environments(
    document: Document, props: Mapping[str, object], deployed: Mapping[str, object], keys: Keys
) -> None:
    """Report names only: values may be secrets."""
    here, there = mapping(props.get("environmentVariables")), mapping(deployed.get("environmentVariables"))
    for name in sorted({*here, *there}):
        if here.get(name) != there.get(name) and here.get(name) is not UNKNOWN:
            how = "is not deployed" if name not in there else "is not in the file" if name not in here else "differs"
            where = (*keys, "environmentVariables", name)
            document.add("deployed-differs", where, f"the variable {name} {how}", FIX)


def _has_unknown(value: object) -> bool:
    if isinstance(value, dict):
        return any(_has_unknown(item) for item in value.values())
    return value is UNKNOWN


def _parsed(value: object) -> object:
    """A text that is JSON as its value: spaces do not matter, and the API gives configurations as text or object."""
    try:
        parsed: object = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
    return parsed


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
