"""The XML of the API: read requests, write answers.

A document with a DOCTYPE is refused: the API has none, and entities that are declared there could stand for a text
without bounds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from yunmock.mns.errors import MnsError

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMESPACE = "http://mns.aliyuncs.com/doc/v1/"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

Content: TypeAlias = "str | int | list[Element]"
"""What is inside an element."""
Element: TypeAlias = "tuple[str, Content]"
"""An element to be written: its name and content."""

_LINE_ENDS = {"\r": "&#13;"}
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What a document cannot hold, not even escaped (https://www.w3.org/TR/xml/#charsets)."""
_BATCH = re.compile(rb"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*<(?P<root>\w+)", re.DOTALL)


class _Builder(ET.TreeBuilder):
    """Builds the tree of a document without a DOCTYPE."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:  # noqa: ARG002 - the parser's signature
        """The parser has met a DOCTYPE."""
        raise MnsError("MalformedXML")


def root_name(body: bytes) -> str:
    """The name of a document's root element, without parsing it; empty if there is none."""
    found = _BATCH.match(body.removeprefix(b"\xef\xbb\xbf"))
    return found["root"].decode() if found else ""


def parse(body: bytes, root: str) -> ET.Element:
    """The root element of a request's document.

    Raises:
        MnsError: MalformedXML; InvalidArgument if the root has another name.
    """
    # The builder refuses a DOCTYPE, so there are no entities to expand.
    parser = ET.XMLParser(target=_Builder())  # noqa: S314 - see above
    try:
        parser.feed(body)
        element: ET.Element = parser.close()
    except (ET.ParseError, ValueError, LookupError):
        raise MnsError("MalformedXML") from None
    if local_name(element) != root:
        raise MnsError("InvalidArgument", local_name(element)[:100])
    return element


def local_name(element: ET.Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def texts(element: ET.Element, names: Iterable[str] | None = None) -> dict[str, str]:
    """The texts of an element's children by their names.

    Args:
        names: those that it may have; None for any.

    Raises:
        MnsError: InvalidArgument for a child that it may not have, has twice, or that has children of its own.
    """
    found: dict[str, str] = {}
    for child in element:
        name = local_name(child)
        if name in found or len(child) or (names is not None and name not in names):
            raise MnsError("InvalidArgument", name[:100])
        found[name] = child.text or ""
    return found


def is_writable(text: str) -> bool:
    """Whether a document can hold a text."""
    return _FORBIDDEN.search(text) is None


def write(root: str, content: Content) -> bytes:
    """A document."""
    return f'{HEAD}<{root} xmlns="{NAMESPACE}">{_inside(content)}</{root}>'.encode()


def _inside(content: Content) -> str:
    if isinstance(content, list):
        return "".join(f"<{name}>{_inside(inner)}</{name}>" for name, inner in content)
    return escape(_FORBIDDEN.sub("\ufffd", str(content)), _LINE_ENDS)  # a message has none; what a refusal quotes may
