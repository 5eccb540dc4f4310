"""Reads an envelope's attributes and collects every error in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger import strict_json, timestamps
from opsledger.errors import BadEventError, FieldError, MalformedContentError

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject, JsonValue

MAX_ATTRIBUTE = 1024
"""In characters. The vendor's attributes are shorter; account and region become columns, and a column holds 2 MB."""

_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (dict, "an object"),
    (list, "an array"),
    (str, "text"),
    (int, "a number"),
    (float, "a number"),
)


class Fields:
    """The attributes of one envelope. A method that finds an error notes it and returns an empty value."""

    __slots__ = ("_errors", "_value")

    def __init__(self, value: JsonObject) -> None:
        self._value = value
        self._errors: list[FieldError] = []

    def text(self, name: str) -> str:
        """The attribute as text, without spaces around it; empty where it is missing."""
        found = self._value.get(name)
        if isinstance(found, int) and not isinstance(found, bool):  # account ids are sometimes numbers
            found = str(found)
        if found is None or found == "":
            return ""
        if not isinstance(found, str):
            self.wrong(name, f"is not text but {kind_of(found)}")
        elif len(found) > MAX_ATTRIBUTE:
            self.wrong(name, f"is longer than {MAX_ATTRIBUTE} characters")
        elif not found.strip():
            self.wrong(name, "is blank")
        else:
            return found.strip()
        return ""

    def required_text(self, name: str) -> str:
        """As `text`; a missing attribute is an error."""
        if self._value.get(name) in (None, ""):
            self.wrong(name, "is missing")
        return self.text(name)

    def parsed(self, name: str, value: JsonValue | bytes) -> JsonValue:
        """The JSON value that `value` is the text of; `value` itself where it is not text."""
        if not isinstance(value, str | bytes):
            return value
        try:
            return strict_json.read(value)
        except BadEventError as error:
            self.wrong(name, str(error))
            return {}

    def json_object(self, name: str, value: JsonValue) -> JsonObject:
        """`value`, which has to be a JSON object."""
        if isinstance(value, dict):
            return value
        self.wrong(name, f"is not a JSON object but {kind_of(value)}")
        return {}

    def wrong(self, path: str, message: str) -> None:
        """Note an error."""
        self._errors.append(FieldError(path, message))

    def check(self) -> None:
        """Refuse the envelope if there was any error.

        Raises:
            MalformedContentError: with every error.
        """
        if self._errors:
            shown = "; ".join(f"{path} {message}" for path, message in self._errors)
            raise MalformedContentError(f"the envelope is ill-formed: {shown}", self._errors)


def read_time(value: JsonValue, path: str) -> tuple[int | None, FieldError | None]:
    """The moment in ms that an envelope gives, and why it cannot be read; neither where it gives none."""
    if value in (None, ""):
        return None, None
    try:
        return timestamps.parse(value if isinstance(value, str) else str(value)), None
    except ValueError as error:
        return None, FieldError(path, str(error))


def kind_of(value: JsonValue) -> str:
    """What a JSON value is, in words."""
    return next((name for type_, name in _KINDS if isinstance(value, type_)), "null")
