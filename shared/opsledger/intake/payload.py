"""One invocation's payload: parsed once, and the text of each of its elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger import strict_json
from opsledger.errors import BadEventError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.strict_json import JsonValue


class Payload:
    """The elements of a payload: of a JSON array each element, of anything else the payload itself.

    An array that cannot be parsed as a whole is cut at its brackets and commas, so that one bad element does not take
    the rest of its batch with it. Each element is then its own text.

    Args:
        payload: JSON, or JSON in a JSON string.

    Raises:
        NotJsonError: it is not JSON, and not an array of several elements either.

    Attributes:
        elements: the value of each element, or its text where the array was cut.
    """

    def __init__(self, payload: bytes | str) -> None:
        self._text = payload
        self._texts: Sequence[str] | None = None
        self._cut = False
        try:
            value = strict_json.parse(payload)
            if isinstance(value, str):
                self._text = value
                value = strict_json.parse(value)
        except BadEventError:
            self._texts = strict_json.split_array(self._text)
            if not self._texts:
                raise
            self._cut = True
            value = [_unquoted(text) for text in self._texts]
        self._array = isinstance(value, list)
        self.elements: Sequence[JsonValue] = value if self._array else [value]
        self._plain = strict_json.is_plain(self._text)

    def plain(self, index: int) -> bool:
        """Whether `strict_json.is_plain` says so of the element's text."""
        return strict_json.is_plain(self._texts[index]) if self._cut and self._texts is not None else self._plain

    def text_of(self, index: int) -> bytes | str:
        """The element as it came. A parsed value has lost its layout, its doubled keys and its odd numbers."""
        element = self.elements[index]
        if isinstance(element, str):  # JSON in a JSON string: the string is what a replay needs
            return element
        if not self._array:
            return self._text
        if self._texts is None:
            self._texts = strict_json.split_array(self._text, at_least=1)
        return self._texts[index]


def _unquoted(text: str) -> str:
    """The element's text; of an element that is JSON in a JSON string, the text in it."""
    try:
        value = strict_json.parse(text) if text.startswith('"') else None
    except BadEventError:
        return text
    return value if isinstance(value, str) else text
