"""The vendor's protobuf messages, without the rest of the vendor's SDK.

Importing anything under `tablestore` runs that package's `__init__`, which imports aiohttp and much else (a third of
a second). The generated modules need none of it, so they are loaded from their files. Loading them twice, here and by
the SDK, is harmless: protobuf keeps one class for each message.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from google.protobuf.message import DecodeError, EncodeError

from yunmock.tablestore import errors
from yunmock.tablestore.fields import check_fields, drop_unknown_fields

if TYPE_CHECKING:
    from types import ModuleType

    from google.protobuf.descriptor import Descriptor, FieldDescriptor
    from google.protobuf.message import Message


def _load(name: str) -> ModuleType:
    package = importlib.util.find_spec("tablestore")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("yunmock.tablestore needs the tablestore package for its protobuf messages")
    path = Path(package.submodule_search_locations[0]) / "protobuf" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"{__name__}.{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


pb = _load("table_store_pb2")
filter_pb = _load("table_store_filter_pb2")


class Answer(Protocol):
    """The message that answers a request."""

    def SerializeToString(self) -> bytes:  # noqa: N802 - protobuf's name
        """The message as bytes."""


class Repeated(Protocol):
    """A repeated field of a message that is being filled in."""

    def add(self, **fields: object) -> Any:
        """Append a message with these fields."""


class BatchAnswer(Answer, Protocol):
    """The answer of a batch, with a message for each table."""

    tables: Repeated


def parse(kind: type[Message], data: bytes, refusal: errors.Refusal = errors.BROKEN_MESSAGE) -> Any:
    """The message of this kind that `data` encodes.

    Fields that these messages lack are checked by `fields.check_fields`.

    Raises:
        TablestoreError: `refusal` when it is not such a message, lacks a required field, or has text that is not
            UTF-8; OTSUnsupportOperation for a field that asks for what yunmock does not do.
    """
    try:
        message = kind.FromString(data)
        has_unknown = drop_unknown_fields(message)
    except (DecodeError, EncodeError):
        raise refusal.error() from None
    if has_unknown:
        message = kind.FromString(data)
        check_fields(message)
    if not _is_text(message):
        raise refusal.error()
    return message


def _is_text(message: Message) -> bool:
    """Whether every string is text: protobuf gives bytes for a string that is not UTF-8."""
    for field in _text_fields(message.DESCRIPTOR):
        if not (field.repeated or message.HasField(field.name)):
            continue
        value = getattr(message, field.name)
        values = value if field.repeated else (value,)
        if field.nested:
            if not all(map(_is_text, values)):
                return False
        elif any(isinstance(text, bytes) for text in values):
            return False
    return True


class _TextField(NamedTuple):
    """A field that holds strings, or messages that may."""

    name: str
    repeated: bool
    nested: bool


@cache
def _text_fields(kind: Descriptor) -> tuple[_TextField, ...]:
    return tuple(
        _TextField(field.name, _is_repeated(field), field.message_type is not None)
        for field in kind.fields
        if _holds_text(field, frozenset())
    )


def _is_repeated(field: FieldDescriptor) -> bool:
    # The stubs are of a protobuf without `label`; the oldest supported one has no `is_repeated`.
    return bool(field.label == field.LABEL_REPEATED)  # type: ignore[attr-defined]


def _holds_text(field: FieldDescriptor, outer: frozenset[Descriptor]) -> bool:
    """Whether the field is a string or contains one at any depth; `outer` are the messages around it."""
    if field.message_type is None:
        return bool(field.type == field.TYPE_STRING)
    if field.message_type in outer:
        return False
    within = outer | {field.message_type}
    return any(_holds_text(each, within) for each in field.message_type.fields)
