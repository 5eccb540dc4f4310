"""The text of a part of what was received, found when it is asked for.

Only a refusal asks: a refused event is kept with the layout, the doubled keys and the numbers that it came with.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from opsledger import strict_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_CONTAINERS = ("{", "[")


class Received:
    """A piece of text that came in, and the pieces in it. Each text is cut once, however many pieces are asked for."""

    __slots__ = ("_find", "_inside", "_pieces")

    def __init__(self, find: Callable[[], bytes | str]) -> None:
        self._find = find
        self._inside: dict[str | int, Received] = {}
        self._pieces: dict[str | int, str] | None = None

    def text(self) -> bytes | str:
        """The text as received; of JSON in a JSON string, what is in the string."""
        found = self._find()
        return found if isinstance(found, bytes) else _unquoted(found)

    def at(self, steps: Sequence[str | int]) -> Received:
        """The piece that `steps` lead to, by keys and positions; this one if they lead nowhere."""
        if not steps:
            return self
        first, *rest = steps
        if first not in self._inside:
            self._inside[first] = Received(lambda: self._piece(first))
        return self._inside[first].at(rest)

    def _piece(self, step: str | int) -> bytes | str:
        if self._pieces is None:
            found = self._find()
            self._pieces = _pieces(found if isinstance(found, str) else strict_json.decoded(found))
        piece = self._pieces.get(step)
        return self._find() if piece is None else piece


def _pieces(text: str) -> dict[str | int, str]:
    text = _opened(text.strip())
    if text.startswith("["):
        return dict(enumerate(strict_json.split_array(text, at_least=1)))
    return dict(strict_json.split_object(text).items()) if text.startswith("{") else {}


def _opened(text: str) -> str:
    """The JSON in a JSON string, also where it is encoded in base64; `text` itself where there is none."""
    if text.startswith(_CONTAINERS):
        return text
    inner = _unquoted(text).strip()
    if inner.startswith(_CONTAINERS):
        return inner
    try:
        return strict_json.decoded(base64.b64decode(inner)).strip()
    except ValueError:
        return ""


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        return text
