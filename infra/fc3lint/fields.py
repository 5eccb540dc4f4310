"""The base of the models, and the kinds of values that s.yaml files have beside texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WrapValidator
from pydantic_core import PydanticCustomError, PydanticKnownError

from fc3lint.document import UNKNOWN, Expanded

if TYPE_CHECKING:
    from pydantic import ValidatorFunctionWrapHandler

UNSET: Any = None
"""The default of an optional key. It is not validated, so `key:` with no value is still an error."""

TOLERANCE = 1e-6
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_FLAGS = {"true": True, "false": False}


class Model(BaseModel):
    """A mapping with known keys; a number in quotes is not a number."""

    model_config = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)


def _as_number(value: object) -> object:
    if not isinstance(value, Expanded) or not _NUMBER.fullmatch(value):
        return value
    return float(value) if "." in value else int(value)


def _as_flag(value: object) -> object:
    return _FLAGS.get(value, value) if isinstance(value, Expanded) else value


def step(size: float) -> AfterValidator:
    """A multiple of `size`; unlike `multiple_of` of pydantic, it allows for the rounding of 0.05."""

    def check(value: float) -> float:
        if abs(value / size - round(value / size)) > TOLERANCE:
            raise PydanticKnownError("multiple_of", {"multiple_of": size})
        return value

    return AfterValidator(check)


def one_of(*values: int) -> AfterValidator:
    """One of some numbers; `Literal` would not take 512.0."""

    def check(value: float) -> float:
        if value not in values:
            raise PydanticKnownError("literal_error", {"expected": " or ".join(map(str, values))})
        return value

    return AfterValidator(check)


def _text_or(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    return value if isinstance(value, str) else handler(value)


def _auto(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    if isinstance(value, str) and value.partition("|")[0].lower() != "auto":
        context = {"value": repr(value), "fix": "Write auto, or a mapping."}
        raise PydanticCustomError("wrong-value", "cannot be {value}", context)
    return _text_or(value, handler)


def _quoted(value: object) -> object:
    if isinstance(value, str) or value is UNKNOWN:
        return value
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    context = {"value": shown, "fix": f'Put it in quotes: "{shown}".'}
    raise PydanticCustomError("env-not-text", "must be text; {value} is not", context)


Number = Annotated[float, BeforeValidator(_as_number)]
Count = Annotated[Number, Field(ge=0)]
Flag = Annotated[bool, BeforeValidator(_as_flag)]
TextOr = WrapValidator(_text_or)
"""A text, or the annotated type."""
Auto = WrapValidator(_auto)
"""`auto`, also with options as in `auto|key=value`, or the annotated type."""
QuotedText = Annotated[object, BeforeValidator(_quoted)]
"""The value of an environment variable."""
