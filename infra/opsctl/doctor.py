"""What fc3lint needs to know about OpsLedger: its variables, samples of its events, and its rules."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from fc3lint import Library, LibraryVariable, OtherRule, OtherRules
from opsctl import sample
from opsctl.ros import rules
from opsctl.ros.template import UnknownReferenceError, read
from opsledger import catalog
from opsledger.errors import MisconfiguredError
from opsledger.notify import config
from opsledger.variables import VARIABLES, Reader, Variable
from yunmock import Account
from yunmock.s_yaml import InvalidTemplateError
from yunmock.template import read_template

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from yunmock.fc.model import Function

DELIVERIES = ("rules", "triggers")
"""The values of the template's parameter `Delivery`."""
FORMS = ("cloudevent", "republished")
"""The forms in which EventBridge delivers events to a function."""
SAMPLE_TIME_MS = 1_767_225_600_000
_CREDENTIALS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}
"""Function Compute sets these, so they are never missing."""


@cache
def library() -> Library:
    """OpsLedger, for `fc3lint.lint`."""
    return Library(
        "opsledger",
        variables=tuple(_variable(variable) for variable in VARIABLES),
        prefixes=("OPSLEDGER_", "OTS_", "ECI_", "MNS_"),
        documentation="docs/configuration.md",
        needs_credentials=True,
        samples=_samples(),
    )


def _variable(variable: Variable) -> LibraryVariable:
    if variable.name == "OPSLEDGER_NOTIFY":
        return LibraryVariable(variable.name, variable.meaning, _routes_error)
    is_checked = variable.reader in (Reader.FUNCTION, Reader.DELIVERY, Reader.POLLER, Reader.CONSOLE)
    return LibraryVariable(variable.name, variable.meaning, partial(_error, variable) if is_checked else None)


def _routes_error(environment: Mapping[str, str]) -> str:
    """What is wrong with the channel or the routes in a function's environment."""
    try:
        config.read(environment.get("OPSLEDGER_NOTIFY", ""), environment=environment)
    except config.NotifyConfigError as error:
        return str(error)
    return ""


def _error(variable: Variable, environment: Mapping[str, str]) -> str:
    try:
        variable.value({**_CREDENTIALS, **environment})
    except MisconfiguredError as error:
        return str(error)
    return ""


def _samples() -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Events of every catalogued type, in each status, message and form, by source and type."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for spec in catalog.event_types():
        for form in set(FORMS) & set(sample.forms(spec)):
            for case in sample.cases(spec):
                event = sample.event(
                    spec, case.status, form, seed=spec.type, now_ms=SAMPLE_TIME_MS, template=case.template
                )
                found[str(event["source"])][spec.type].append(event)
    return {source: dict(types) for source, types in found.items()}


def open_consoles(s_yaml: Path) -> list[str]:
    """The console functions of an `s.yaml` that the whole world may read; none where the file cannot be read."""
    try:
        functions = read_template(s_yaml, Account()).functions
    except InvalidTemplateError:  # the linter has said so
        return []
    return [function.name for function in functions if function.code.name == "console" and _is_open(function)]


def _is_open(function: Function) -> bool:
    anonymous = any(t.type == "http" and t.config.get("authType") == "anonymous" for t in function.triggers)
    return anonymous and not function.environment.get("OPSLEDGER_CONSOLE_TOKENS", "").strip()


def other_rules(s_yaml: Path, delivery: str | None = None) -> OtherRules | None:
    """How the functions of an `s.yaml` get their events by the template beside it; None if there is none.

    Args:
        s_yaml: the file.
        delivery: the parameter `Delivery` of the stack; the template's default if None.
    """
    path = s_yaml.resolve().parent / rules.TEMPLATE
    try:
        made = rules.of_template(read(path, **({} if delivery is None else {"Delivery": delivery})))
        needed = rules.of_template(read(path, Delivery="rules"))
    except (OSError, UnknownReferenceError):  # none, or a template of somebody else
        return None
    return OtherRules(
        str(rules.TEMPLATE),
        frozenset(rule.function for rule in needed),
        [OtherRule(rule.name, rule.function, json.dumps(rule.written)) for rule in made],
        twice_fix="Deploy s.yaml; or set the stack's Delivery to triggers, and say so with `--delivery triggers`.",
        never_fix="Set the stack's Delivery to rules; or deploy s.quickstart.yaml, which has triggers.",
    )
