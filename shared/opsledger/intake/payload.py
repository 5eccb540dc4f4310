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
    the rest of its batch with it. Each element is then its text.

    Args:
        payload: JSON, or JSON in a JSON string.

    Raises:
        NotJsonError: it is not JSON, and not an array of several elements either.

    Attributes:
        elements: the value of each element; its JSON text where the array was cut, or where that is a JSON string.
    """

    def __init__(self, payload: bytes | str) -> None:
        self._text = payload
        self._cut: Sequence[str] = ()
        """The text of each element, once the array has been cut."""
        try:
            value = self._parse()
        except BadEventError:
            value = self._cut = strict_json.split_array(self._text)
            if not self._cut:
                raise
        self._plain = () if self._cut else (strict_json.is_plain(self._text),)
        self._array = isinstance(value, list)
        self.elements: Sequence[JsonValue] = value if isinstance(value, list) else [value]

    def plain(self, index: int) -> bool:
        """Whether `strict_json.is_plain` says so of the element's text."""
        return self._plain[0] if self._plain else strict_json.is_plain(self._cut[index])

    def text_of(self, index: int) -> bytes | str:
        """The element as it was received.

        A parsed value has lost its layout, its doubled keys and the spelling of its numbers.
        """
        element = self.elements[index]
        if isinstance(element, str):
            return _unquoted(element)
        if not self._array:
            return self._text
        if not self._cut:
            self._cut = strict_json.split_array(self._text, at_least=1)
        return self._cut[index]

    def _parse(self) -> JsonValue:
        value: JsonValue = strict_json.parse(self._text)
        if isinstance(value, str):
            self._text = value
            value = strict_json.parse(value)
        return value


def _unquoted(text: str) -> str:
    """The JSON text in `text`, where that is JSON in a JSON string; `text` itself where it is anything else."""
    if not text.lstrip().startswith('"'):
        return text
    try:
        value = str(strict_json.parse(text))
        strict_json.parse(value)
    except BadEventError:
        return text
    return value
