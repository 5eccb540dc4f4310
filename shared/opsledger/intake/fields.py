"""Reads an envelope's attributes and collects every error in them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from opsledger import strict_json, timestamps
from opsledger.errors import BadEventError, FieldError, MalformedContentError

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject, JsonValue

MAX_ATTRIBUTE = 1024
"""In characters. The vendor's attributes are shorter; account and region become columns, and a column holds 2 MB."""
MAX_NOTE = 256
"""In characters, up to four bytes each: an envelope's id becomes a key column, and a key column holds 1 KB."""

_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (dict, "an object"),
    (list, "an array"),
    (str, "text"),
    (int, "a number"),
    (float, "a number"),
)
_TEXT = (str, bytes)
_ARN_FIELDS = 5
"""`acs:<product>:<region>:<account>:<resource>`"""


class Fields:
    """The attributes of one envelope. A method that finds an error notes it and returns an empty value."""

    __slots__ = ("_errors", "_value")

    def __init__(self, value: JsonObject) -> None:
        self._value = value
        self._errors: list[FieldError] = []

    def text(self, name: str) -> str:
        """The attribute as text, without spaces around it; empty where it is missing."""
        found = self._value.get(name)
        if type(found) is str and len(found) <= MAX_ATTRIBUTE and found.isascii() and (stripped := found.strip()):
            return stripped  # nearly always
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
        elif not _can_be_stored(found):
            self.wrong(name, "is not text: half of a surrogate pair")
        else:
            return found.strip()
        return ""

    def required_text(self, name: str) -> str:
        """As `text`; a missing attribute is an error."""
        found = self.text(name)
        if not found and self._value.get(name) in (None, ""):
            self.wrong(name, "is missing")
        return found

    def parsed(self, name: str, value: JsonValue | bytes) -> JsonValue:
        """The JSON value that `value` is the text of; `value` itself where it is not text."""
        if not isinstance(value, _TEXT):
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


# ------------------------------------------------------------------- what may be missing or useless without harm
def note(value: JsonValue) -> str | None:
    """An attribute that is only kept beside the event: its text, cut to `MAX_NOTE`; None if it is no text."""
    if value is None:
        return None
    if type(value) is str and len(value) <= MAX_NOTE and value.isascii():
        return value.strip() or None  # nearly always
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**MAX_NOTE else None
    if not isinstance(value, str):
        return None
    text = value.strip()[:MAX_NOTE]
    return text if text and _can_be_stored(text) else None


def moment(value: JsonValue) -> int | None:
    """An attribute that is only kept beside the event, as ms; None if it is no moment."""
    return None if value is None else read_time(value, "")[0]


def read_time(value: JsonValue, path: str) -> tuple[int | None, FieldError | None]:
    """The moment in ms that an envelope gives, and why it cannot be read; neither where it gives none."""
    if value is None or value == "":
        return None, None
    if isinstance(value, int):
        value = str(value)
    elif not isinstance(value, str):
        return None, FieldError(path, f"is not a moment but {kind_of(value)}")
    try:
        return timestamps.parse(value), None
    except ValueError as error:
        return None, FieldError(path, str(error))


def arn_parts(arn: str | None) -> tuple[str | None, str | None, str | None]:
    """Region, account and resource of `acs:<product>:<region>:<account>:<resource>`; None for what it lacks."""
    parts = (arn or "").split(":", _ARN_FIELDS - 1)
    if len(parts) != _ARN_FIELDS:
        return None, None, None
    return parts[2] or None, parts[3] or None, parts[4] or None


def inner_object(value: JsonValue, *names: str) -> JsonObject:
    """The object that `names` lead to, each an object or the JSON text of one; empty where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, str):
            try:
                value = strict_json.read(value)
            except BadEventError:
                return {}
    return value if isinstance(value, dict) else {}


def in_camel_case(value: JsonObject) -> JsonObject:
    """`EventId` as `eventId`, at the top level: the API's pages and its SDK disagree on the casing."""
    return {name[:1].lower() + name[1:]: item for name, item in value.items()}


def either(value: JsonObject, name: str) -> JsonValue:
    """The field called `name`, with a small or a capital first letter."""
    found = value.get(name)
    return value.get(name[:1].upper() + name[1:]) if found is None else found


def from_base64(value: JsonValue) -> bytes:
    """What `value` encodes.

    Raises:
        ValueError: it is not base64.
    """
    if not isinstance(value, str):
        raise ValueError("not text")  # noqa: TRY004 - the value came from outside
    return base64.b64decode("".join(value.split()), validate=True)


def kind_of(value: JsonValue) -> str:
    """What a JSON value is, in words."""
    return next((name for type_, name in _KINDS if isinstance(value, type_)), "null")


def _can_be_stored(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
