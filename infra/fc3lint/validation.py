"""Validate a part of an s.yaml with a pydantic model and turn pydantic's errors into findings.

The models have no unions, which pydantic would name in an error's location. So a location is always a path in the file.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, NamedTuple, get_args

from pydantic import BaseModel, ValidationError

from fc3lint.document import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic_core import ErrorDetails

    from fc3lint.document import Document
    from yunmock.s_yaml import Keys

SIMILAR_KEY, SIMILAR_VALUE = 0.75, 0.5
"""How alike a name must be to suggest it."""
SHOWN_VALUES = 14
UNKNOWN_KEY = ("extra_forbidden", "invalid_key")
TYPES = {
    "model_type": ("a mapping", "Use the keys {keys}."),
    "dict_type": ("a mapping", "Write one `key: value` per line, or {{}}."),
    "list_type": ("a list", "Write one item per line, each after `- `."),
    "string_type": ("text", 'Put it in quotes: "{value}".'),
    "bool_type": ("true or false", "Write true or false, without quotes."),
    "float_type": ("a number", "Write a number, without quotes."),
}
"""What a value must be, and the fix, by pydantic's type of error."""
NAMES = {dict: "a mapping", list: "a list", str: "text", bool: "a boolean", int: "a number", float: "a number"}


class Problem(NamedTuple):
    """One error of pydantic.

    Attributes:
        keys: where it is in the file.
        known: the keys of the mapping that it is about.
    """

    type: str
    keys: Keys
    known: tuple[str, ...]
    value: object
    context: Mapping[str, object]
    message: str

    @property
    def name(self) -> str:
        """The key, or the key of the list that it is in."""
        return _name(self.keys)


Explanation = tuple[str, str, str]
"""The code, the message and the fix of a finding."""


def validate(document: Document, model: type[BaseModel], value: object, keys: Keys, subject: str = "") -> None:
    """Add a finding for every way in which the value at `keys` does not fit the model.

    Args:
        subject: put before each message.
    """
    try:
        model.model_validate(value)
    except ValidationError as error:
        problems = [_problem(model, details, keys) for details in error.errors(include_url=False)]
    else:
        return
    unknown = [problem for problem in problems if problem.type in UNKNOWN_KEY]
    intended = {(*problem.keys[:-1], _intended(str(problem.keys[-1]), problem.known)) for problem in unknown}
    for problem in problems:
        if problem.value is UNKNOWN and problem.type not in UNKNOWN_KEY:
            continue
        if problem.type == "missing" and problem.keys in intended:
            continue  # found as a misspelt key
        explain = EXPLANATIONS.get(problem.type, _explain_type if problem.type in TYPES else _explain_custom)
        code, message, fix = explain(problem)
        document.add(code, problem.keys, f"{subject}{message}", fix)


def _problem(model: type[BaseModel], details: ErrorDetails, keys: Keys) -> Problem:
    location = details["loc"]
    known = _known(model, location if details["type"] == "model_type" else location[:-1])
    return Problem(details["type"], (*keys, *location), known, details["input"], details.get("ctx", {}), details["msg"])


def _known(model: type[BaseModel], location: Keys) -> tuple[str, ...]:
    """The keys of the mapping at a location."""
    for key in location:
        if isinstance(key, str) and key in model.model_fields:
            model = _model_in(model.model_fields[key].annotation) or model
    return tuple(model.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


# ------------------------------------------------------------------------------------------------ explanations
def _explain_unknown_key(problem: Problem) -> Explanation:
    key = str(problem.keys[-1])
    known = _intended(key, problem.known)
    if not known:
        message = f"unknown key `{key}` in {_name(problem.keys[:-1])}"
        return "unknown-key", message, f"Remove it, or use one of {', '.join(problem.known)}."
    code = "wrong-case" if _plain(key) == _plain(known) else "misspelt-key"
    return code, f"unknown key `{key}`; did you mean `{known}`?", f"Write `{known}:`."


def _explain_missing(problem: Problem) -> Explanation:
    key = problem.keys[-1]
    return "missing-key", f"`{key}` is missing in {_name(problem.keys[:-1])}", f"Add `{key}:`."


def _explain_type(problem: Problem) -> Explanation:
    expected, fix = TYPES[problem.type]
    message = f"{problem.name} must be {expected}, not {NAMES.get(type(problem.value), 'empty')}"
    if problem.type == "string_type" and isinstance(problem.value, dict | list | None):
        fix = "Write text."
    value = str(problem.value).lower() if isinstance(problem.value, bool) else problem.value
    return "wrong-type", message, fix.format(keys=", ".join(problem.known), value=value)


def _explain_value(problem: Problem) -> Explanation:
    values = re.findall(r"[^\s',]+", str(problem.context["expected"]).replace(" or ", " "))
    near = difflib.get_close_matches(str(problem.value), values, 1, SIMILAR_VALUE)
    suggestion = f"; did you mean {near[0]}?" if near else ""
    fix = f"Use one of {', '.join(values)}."
    if len(values) > SHOWN_VALUES:
        first, others = (near or values)[0], len(values) - 1
        fix = f"Use {first} or one of {others} others."
    code = "runtime" if problem.name == "runtime" else "wrong-value"
    return code, f"{problem.name} cannot be {problem.value!r}{suggestion}", fix


def _explain_minimum(problem: Problem) -> Explanation:
    message = f"{problem.name} must be at least {problem.context['ge']:g}; {problem.value} is not"
    return "out-of-range", message, f"Use {problem.context['ge']:g} or more."


def _explain_maximum(problem: Problem) -> Explanation:
    message = f"{problem.name} must be at most {problem.context['le']:g}; {problem.value} is not"
    return "out-of-range", message, f"Use {problem.context['le']:g} or less."


def _explain_step(problem: Problem) -> Explanation:
    size, value = float(str(problem.context["multiple_of"])), float(str(problem.value))
    lower = value // size * size
    message = f"{problem.name} must be a multiple of {size:g}; {problem.value} is not"
    return "out-of-range", message, f"Use {lower:g} or {lower + size:g}."


def _explain_custom(problem: Problem) -> Explanation:
    """An error of `fields.py`: its type is the code."""
    return problem.type, f"{problem.name} {problem.message}", str(problem.context["fix"])


EXPLANATIONS: dict[str, Callable[[Problem], Explanation]] = {
    **dict.fromkeys(UNKNOWN_KEY, _explain_unknown_key),
    "missing": _explain_missing,
    "literal_error": _explain_value,
    "greater_than_equal": _explain_minimum,
    "less_than_equal": _explain_maximum,
    "multiple_of": _explain_step,
}


def _intended(key: str, known: tuple[str, ...]) -> str:
    """The known key that an unknown one probably stands for, or an empty text."""
    by_plain = {_plain(name): name for name in known}
    near = difflib.get_close_matches(_plain(key), by_plain, 1, SIMILAR_KEY)
    return by_plain[near[0]] if near else ""


def _plain(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "")


def _name(keys: Keys) -> str:
    """The last key of a path; an item of a list has the name of the list."""
    return next((key for key in reversed(keys) if isinstance(key, str)), "the file")
