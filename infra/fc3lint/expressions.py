"""Check that every `${…}` of a file has a value.

yunmock's reader says whether a call has one. References are looked up here, to suggest a name that exists.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from fc3lint.document import mapping
from yunmock.s_yaml import EXPRESSION, InvalidTemplateError, parse_call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fc3lint.document import Document
    from yunmock.json_types import JsonValue
    from yunmock.s_yaml import FunctionCall, Keys

FUNCTIONS = ("env", "file", "json", "path", "config", "secret")
CHECKED = ("env", "file", "json")
"""The functions whose value can be checked here; the others depend on who deploys."""
DEPLOYED_AT, DEPLOYED = 2, ("output", "info")
"""The step of `resources.<name>.output` that has a value only after the deployment."""
REFERENCES = ("this", "that", "vars", "resources")
FIXES = {
    "unset-environment": "Set it, or write a default: ${env('NAME', 'default')}.",
    "missing-file": "Create it, or correct the path; paths are relative to this file's folder.",
    "invalid": "Correct the expression.",
}
"""By the code of yunmock's error; others are found where the failing expression is."""


def check(document: Document) -> None:
    """Find every expression without a value."""
    for keys, text in _texts(document.root, ()):
        for expression in dict.fromkeys(found.strip() for found in EXPRESSION.findall(text)):
            call = parse_call(expression)
            if call is not None:
                _check_call(document, call, expression, keys)
            elif expression.partition(".")[0] in REFERENCES:
                _check_reference(document, expression, keys)
            elif "eventRuleFilterPattern" not in keys:  # there the component itself replaces `${functionName}`
                fix = "Write ${vars.…}, ${env('…')}, ${config('…')} or ${this.…}."
                document.add("unknown-expression", keys, f"unknown expression ${{{expression}}}", fix)


def _check_call(document: Document, call: FunctionCall, expression: str, keys: Keys) -> None:
    if call.name not in FUNCTIONS:
        fix = f"Use one of {', '.join(FUNCTIONS)}."
        document.add("unknown-expression", keys, f"unknown function in ${{{call.name}(…)}}", fix)
    elif call.name in CHECKED:
        _check_value(document, expression, keys, "")


def _check_reference(document: Document, expression: str, keys: Keys) -> None:
    resource = str(keys[1]) if keys[0] == "resources" else ""
    steps = expression.split(".")
    if steps[0] in ("this", "that"):
        steps = ["resources", resource, *steps[1:]]
    is_deployed = steps[0] == "resources" and len(steps) > DEPLOYED_AT and steps[DEPLOYED_AT] in DEPLOYED
    value: object = document.root
    for step in steps[:DEPLOYED_AT] if is_deployed else steps:
        if isinstance(value, str) and EXPRESSION.search(value):
            return  # a part of the value of another expression
        if step not in mapping(value):
            near = difflib.get_close_matches(step, [str(key) for key in mapping(value)], 1)
            suggestion = f"; did you mean `{near[0]}`?" if near else ""
            message = f"${{{expression}}} is not defined{suggestion}"
            document.add("undefined-variable", keys, message, f"Define `{step}` under `{steps[0]}:`.")
            return
        value = mapping(value)[step]
    if not is_deployed:
        _check_value(document, expression, keys, resource)


def _check_value(document: Document, expression: str, keys: Keys, resource: str) -> None:
    try:
        document.resolver().resolve(f"${{{expression}}}", keys, resource)
    except InvalidTemplateError as error:
        is_own = error.code == "invalid" or parse_call(expression) is not None
        if error.code in FIXES and is_own:
            code = "undefined-variable" if error.code == "invalid" else error.code
            document.add(code, keys, error.reason, FIXES[error.code])


def _texts(node: JsonValue, keys: Keys) -> Iterator[tuple[Keys, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _texts(value, (*keys, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _texts(value, (*keys, number))
    elif isinstance(node, str):
        yield keys, node
