"""The values of a template's parameters: read from the texts that a caller gives, and checked.

https://www.alibabacloud.com/help/en/ros/user-guide/parameters.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from yunmock import strict_yaml
from yunmock.ros.errors import RosError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yunmock.ros.structure import Properties

MASK = "****"


def values_of(declared: Mapping[str, Properties], given: Mapping[str, str]) -> dict[str, object]:
    """The value of each parameter: as given, or its default.

    Raises:
        RosError: UnknownUserParameter, UserParameterMissing, or StackValidationFailed for a value that is not allowed.
    """
    if unknown := sorted(given.keys() - declared.keys()):
        raise RosError("UnknownUserParameter", unknown[0])
    values: dict[str, object] = {}
    for name, parameter in declared.items():
        if name in given:
            values[name] = _checked(name, parameter, _typed(name, str(parameter["Type"]), given[name]))
        elif "Default" in parameter:
            values[name] = _checked(name, parameter, parameter["Default"])
        else:
            raise RosError("UserParameterMissing", name)
    return values


def shown(parameter: Properties, value: object) -> str:
    """A value as GetStack answers it; one with NoEcho is masked."""
    if str(parameter.get("NoEcho")).lower() == "true":
        return MASK
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _checked(name: str, declared: Properties, value: Any) -> Any:
    """The value, if the parameter's constraints allow it; a default of null has none."""
    if value is None:
        return None
    for constraint, holds in CONSTRAINTS.items():
        wanted = declared.get(constraint)
        if wanted is None:
            continue
        try:
            kept = holds(value, wanted)
        except (TypeError, ValueError, re.error):
            raise RosError("StackValidationFailed", f"the parameter {name}: its {constraint} is not valid") from None
        if not kept:
            hidden = shown(declared, value)
            raise RosError("StackValidationFailed", f"the parameter {name}: {hidden:.100} violates its {constraint}")
    return value


def _is_listed(value: Any, allowed: Any) -> bool:
    if not isinstance(allowed, list):
        raise TypeError
    return value in allowed


def _matches(value: Any, pattern: Any) -> bool:
    return not isinstance(value, str) or re.search(pattern, value) is not None


CONSTRAINTS: dict[str, Callable[[Any, Any], bool]] = {
    "AllowedValues": _is_listed,
    "AllowedPattern": _matches,
    "MinLength": lambda value, bound: len(value) >= int(bound),
    "MaxLength": lambda value, bound: len(value) <= int(bound),
    "MinValue": lambda value, bound: value >= float(bound),
    "MaxValue": lambda value, bound: value <= float(bound),
}


def _typed(name: str, kind: str, given: str) -> Any:
    try:
        return READ.get(kind, str)(given)
    except ValueError:
        raise RosError("StackValidationFailed", f"the parameter {name} must be a {kind}") from None


def _number(given: str) -> int | float:
    number = float(given) if "." in given else int(given)
    if not math.isfinite(number):
        raise ValueError
    return number


def _boolean(given: str) -> bool:
    if given.lower() not in ("true", "false"):
        raise ValueError
    return given.lower() == "true"


READ: dict[str, Callable[[str], Any]] = {
    "Number": _number,
    "Boolean": _boolean,
    "Json": strict_yaml.loads,
    "CommaDelimitedList": lambda given: given.split(","),
}
"""How the text of a parameter is read; every other type is a text."""
