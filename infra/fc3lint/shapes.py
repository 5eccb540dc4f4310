"""What a value may look like, and one walk that tells how it differs: keys and types first, then limits.

A shape is data; `fc3.py` and `triggershapes.py` are made of them.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fc3lint.document import UNKNOWN, Given

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fc3lint.document import Path_

Difference = tuple[str, "Path_", str, str]
"""The code of the finding, where, what and the mend."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text; one of `values` if there are any."""

    values: tuple[str, ...] = ()
    code: str = "wrong-value"


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `low` to `high`, a multiple of `step`."""

    low: float | None = None
    high: float | None = None
    step: float | None = None
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """A list of `of`."""

    of: Shape


@dataclass(frozen=True, slots=True)
class Texts:
    """A mapping of names to texts."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping of any keys."""


@dataclass(frozen=True, slots=True)
class Anything:
    """Whatever it is."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A mapping of known keys."""

    keys: Mapping[str, Shape]
    required: frozenset[str] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class Either:
    """One word, such as `auto`, or another shape; any text where the word is empty."""

    word: str
    other: Shape


Shape = Text | Flag | Number | Items | Texts | Fields | Anything | Keys | Either


def keys(required: str = "", /, **shapes: Shape) -> Keys:
    """A mapping; the keys named in `required`, with spaces between, must be there."""
    return Keys(shapes, frozenset(required.split()))


def differences(value: Any, shape: Shape, path: Path_) -> Iterator[Difference]:
    """How `value` differs from `shape`."""
    if value is UNKNOWN or isinstance(shape, Anything):
        return
    yield from _WALKS[type(shape)](value, shape, path)


def _text(value: Any, shape: Text, path: Path_) -> Iterator[Difference]:
    if not isinstance(value, str):
        yield _wrong_type(value, "a text", path, f'Put it in quotes: "{_plain(value)}".')
    elif shape.values and value not in shape.values:
        near = difflib.get_close_matches(value, shape.values, 1, 0.5)
        mend = f"Write {near[0]!r}. " if near else ""
        some = (
            ", ".join(shape.values)
            if len(shape.values) <= _MANY
            else f"{shape.values[0]} and {len(shape.values) - 1} more"
        )
        yield shape.code, path, f"{_name(path)} cannot be {value!r}", f"{mend}There is {some}."


def _flag(value: Any, _shape: Flag, path: Path_) -> Iterator[Difference]:
    if not isinstance(value, bool) and not (isinstance(value, Given) and value in ("true", "false")):
        yield _wrong_type(value, "true or false", path, "Write true or false, without quotes.")


def _number(value: Any, shape: Number, path: Path_) -> Iterator[Difference]:
    number = _as_number(value)
    if number is None:
        yield _wrong_type(value, "a number", path, "Write a number, without quotes.")
    elif shape.values and number not in shape.values:
        allowed = " or ".join(map(str, shape.values))
        yield "wrong-value", path, f"{_name(path)} cannot be {value}", f"Write {allowed}."
    elif (shape.low is not None and number < shape.low) or (shape.high is not None and number > shape.high):
        high = "" if shape.high is None else f" to {shape.high}"
        yield "out-of-range", path, f"{_name(path)} cannot be {value}", f"It goes from {shape.low}{high}."
    elif shape.step is not None and abs(number / shape.step - round(number / shape.step)) > _TOLERANCE:
        lower = int(number // shape.step) * shape.step
        mend = f"Write {lower:g} or {lower + shape.step:g}."
        yield "out-of-range", path, f"{_name(path)} goes in steps of {shape.step:g}, and {value} is none", mend


def _items(value: Any, shape: Items, path: Path_) -> Iterator[Difference]:
    if not isinstance(value, list):
        yield _wrong_type(value, "a list", path, "Write one element a line, each behind `- `.")
        return
    for number, item in enumerate(value):
        yield from differences(item, shape.of, (*path, number))


def _texts(value: Any, _shape: Texts, path: Path_) -> Iterator[Difference]:
    if not isinstance(value, dict):
        yield _wrong_type(value, "a mapping of names to texts", path, "Write `NAME: value` a line.")
        return
    for name, item in value.items():
        if not isinstance(item, str) and item is not UNKNOWN:
            shown = _plain(item)
            yield "env-not-text", (*path, name), f"{name} is {shown}, not a text", f'Put it in quotes: "{shown}".'


def _fields(value: Any, _shape: Fields, path: Path_) -> Iterator[Difference]:
    if not isinstance(value, dict):
        yield _wrong_type(value, "a mapping", path, "Write `key: value` a line, or {}.")


def _keys(value: Any, shape: Keys, path: Path_) -> Iterator[Difference]:
    if not isinstance(value, dict):
        yield _wrong_type(value, "a mapping", path, f"Its keys are {', '.join(shape.keys)}.")
        return
    meant = set()
    for key, item in value.items():
        if key in shape.keys:
            yield from differences(item, shape.keys[key], (*path, key))
        else:
            difference, known = _stranger(str(key), shape, (*path, key))
            meant.add(known)
            yield difference
    for key in sorted(shape.required - value.keys() - meant):
        yield "missing-key", path, f"{_name(path)} has no {key}", f"Add `{key}:`."


def _stranger(key: str, shape: Keys, path: Path_) -> tuple[Difference, str]:
    lowered = {_folded(known): known for known in shape.keys}
    if _folded(key) in lowered:
        known = lowered[_folded(key)]
        return ("wrong-case", path, f"`{key}` is written `{known}`", f"Write `{known}:`."), known
    near = difflib.get_close_matches(key.lower(), [known.lower() for known in shape.keys], 1, _ALIKE)
    if near:
        known = next(known for known in shape.keys if known.lower() == near[0])
        return ("misspelt-key", path, f"`{key}` is no key; `{known}` is", f"Write `{known}:`."), known
    known_keys = ", ".join(shape.keys)
    return ("unknown-key", path, f"`{key}` is no key of {_name(path[:-1])}", f"Its keys are {known_keys}."), ""


def _either(value: Any, shape: Either, path: Path_) -> Iterator[Difference]:
    if not isinstance(value, str):
        yield from differences(value, shape.other, path)
    elif shape.word and value.lower() != shape.word:
        yield "wrong-value", path, f"{_name(path)} cannot be {value!r}", f"Write {shape.word!r}, or its keys."


_WALKS: dict[type, Any] = {
    Text: _text,
    Flag: _flag,
    Number: _number,
    Items: _items,
    Texts: _texts,
    Fields: _fields,
    Keys: _keys,
    Either: _either,
}
_TOLERANCE = 1e-6
_MANY = 14
_ALIKE = 0.75
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def _as_number(value: Any) -> float | None:
    if isinstance(value, Given) and _NUMBER.fullmatch(value):
        return float(value)
    return None if isinstance(value, bool) or not isinstance(value, int | float) else value


def _folded(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "")


def _name(path: Path_) -> str:
    """The last key of a path, with the number of an element behind it."""
    names = [step for step in path if isinstance(step, str)]
    return names[-1] if names else "the file"


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _wrong_type(value: Any, wanted: str, path: Path_, mend: str) -> Difference:
    return "wrong-type", path, f"{_name(path)} takes {wanted}, not {_KINDS.get(type(value), 'this')}", mend


_KINDS: dict[type, str] = {
    dict: "a mapping",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "nothing",
}
