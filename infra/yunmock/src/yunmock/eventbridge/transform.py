"""What a target receives of an event: ORIGINAL, JSONPATH, TEMPLATE or CONSTANT.

Forms and their texts: https://www.alibabacloud.com/help/en/eventbridge/user-guide/event-transformation. A path that
finds nothing gives empty text, as that page says (the open-source core leaves `${name}` in place). Numbers keep their
text.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yunmock.exact_json import load_json, write_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.json_types import JsonObject, JsonValue

FORMS = ("ORIGINAL", "JSONPATH", "TEMPLATE", "CONSTANT")
MAX_TEXT = 10_240

_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")
_PLACE = re.compile(r"\$\{(?:(?P<function>\w+)\()?\s*(?P<name>[\w.-]+)\s*\)?\}")


class InvalidTransformError(ValueError):
    """The transform is invalid; the message says why."""


@dataclass(frozen=True, slots=True)
class Transform:
    """One entry of a target's ParamList; `Transform.parse` makes a valid one."""

    form: str
    value: str = ""
    template: str = ""

    @classmethod
    def parse(cls, form: str, value: str | None = None, template: str | None = None) -> Transform:
        """Check a form with its texts.

        Raises:
            InvalidTransformError: the form is unknown, a text too long, a path or template malformed.
        """
        if form not in FORMS:
            raise InvalidTransformError(f"unknown Form {form!r}; known are {list(FORMS)}")
        made = cls(form, value or "", template or "")
        if max(len(made.value), len(made.template)) > MAX_TEXT:
            raise InvalidTransformError(f"Value and Template have at most {MAX_TEXT} characters")
        if form == "JSONPATH":
            _steps(made.value)
        if form == "TEMPLATE":
            made.variables()
        return made

    def variables(self) -> dict[str, str]:
        """The names a template may use, each with its path or its literal text.

        Raises:
            InvalidTransformError: Value is not a flat JSON object, or Template uses an unknown function.
        """
        try:
            names = load_json(self.value or "{}")
        except ValueError:
            names = None
        if not isinstance(names, dict) or any(isinstance(item, (dict, list)) for item in names.values()):
            raise InvalidTransformError("the Value of a TEMPLATE must be a flat JSON object of names")
        for place in _PLACE.finditer(self.template):
            if place["function"] not in ESCAPES:
                raise InvalidTransformError(f"unknown function {place['function']!r} in the Template")
        for item in names.values():
            if isinstance(item, str) and item.startswith("$"):
                _steps(item)
        return {name: item if isinstance(item, str) else write_json(item) for name, item in names.items()}

    def apply(self, event: JsonObject) -> str:
        """The text the target receives for an event."""
        return _APPLY[self.form](self, event)


def _original(_transform: Transform, event: JsonObject) -> str:
    return write_json(event)


def _jsonpath(transform: Transform, event: JsonObject) -> str:
    return _bare(find(event, transform.value))


def _constant(transform: Transform, _event: JsonObject) -> str:
    return transform.value


def _template(transform: Transform, event: JsonObject) -> str:
    values = {name: find(event, item) if item.startswith("$") else item for name, item in transform.variables().items()}
    return _PLACE.sub(lambda place: _fill(place, values), transform.template)


def _fill(place: re.Match[str], values: dict[str, JsonValue]) -> str:
    return ESCAPES[place["function"]](_bare(values.get(place["name"], "")))


_APPLY: dict[str, Callable[[Transform, JsonObject], str]] = {
    "ORIGINAL": _original,
    "JSONPATH": _jsonpath,
    "CONSTANT": _constant,
    "TEMPLATE": _template,
}

ESCAPES: dict[str | None, Callable[[str], str]] = {
    None: str,
    "jsonEscape": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "htmlEscape": html.escape,
}


def find(event: JsonObject, path: str) -> JsonValue:
    """The value at a path such as `$.data.instanceId`, `$.data['a-b']` or `$.data.list[0]`; "" if there is none.

    Raises:
        InvalidTransformError: the path uses more of JSONPath than names and positions.
    """
    value: JsonValue = event
    for step in _steps(path):
        value = _child(value, step)
    return value


def _child(value: JsonValue, step: str | int) -> JsonValue:
    if isinstance(value, list) and isinstance(step, int):
        return value[step] if step < len(value) else ""
    return value.get(step, "") if isinstance(value, dict) and isinstance(step, str) else ""


def _steps(path: str) -> list[str | int]:
    if not path.startswith("$"):
        raise InvalidTransformError(f"a path must start with $, not {path!r}")
    steps: list[str | int] = []
    position = 1
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            raise InvalidTransformError(f"yunmock reads names and positions in a path, not {path[position:]!r}")
        name = next(group for group in step.groups() if group is not None)
        steps.append(int(name) if step[2] is not None else name)
        position = step.end()
    return steps


def _bare(value: JsonValue) -> str:
    """Texts without quotes, other values as JSON."""
    return value if isinstance(value, str) else write_json(value)
