"""Read YAML that somebody else wrote: JSON values only, and no document that includes itself or grows without bound."""

from __future__ import annotations

import marshal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import yaml

if TYPE_CHECKING:
    from yunmock.json_types import JsonValue

MAX_DEPTH = 100
MAX_NODES = 100_000
"""Counting what an alias stands for each time: ten lines of aliases can stand for billions of values."""
MAX_BYTES = 8 * 1024 * 1024
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""LibYAML's, where PyYAML was built with it: eight times as fast."""

_TAG = "tag:yaml.org,2002:"
_TEXT = f"{_TAG}str"
_JSON_TAGS = {f"{_TAG}{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map", "merge")}
_TEXT_TAGS = {f"{_TAG}{name}" for name in ("timestamp", "value")}
"""Read as text: JSON has no dates."""


class _Size(NamedTuple):
    """How many values a node has with its aliases written out, and how many characters are in them."""

    values: int
    characters: int


def loads(text: str) -> JsonValue:
    """Read one YAML document.

    Raises:
        ValueError: the text is not YAML, a value includes itself or is not JSON, or the document is nested more than
            100 levels deep, or longer than 8 MB or larger than 100,000 values with its aliases written out.
    """
    if len(text) > MAX_BYTES:
        raise ValueError(f"the document is longer than {MAX_BYTES} characters")
    content: JsonValue = marshal.loads(_read(text))  # noqa: S302 - our own, of the line above
    return content


@lru_cache(maxsize=8)
def _read(text: str) -> bytes:
    """What a document says, kept: a command reads one file several times, and each caller may change what it gets."""
    try:
        _check_depth(text)
        return marshal.dumps(_construct(_LOADER(text)))
    except RecursionError:
        raise _too_deep() from None
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _check_depth(text: str) -> None:
    """Refuse a document that is nested too deep; LibYAML's composer would end the process with it."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise _too_deep()


def _construct(loader: yaml.SafeLoader) -> JsonValue:
    node = loader.get_single_node()
    if node is None:
        return None
    _size(node, (), {})
    content: JsonValue = loader.construct_document(node)
    return content


def _size(node: yaml.Node, above: tuple[int, ...], known: dict[int, _Size]) -> _Size:
    """How large a node is; `above` are the nodes that it is in."""
    if id(node) in above:
        raise ValueError(f"the value at line {node.start_mark.line + 1} includes itself")
    if len(above) >= MAX_DEPTH and not isinstance(node, yaml.ScalarNode):
        raise _too_deep()
    if id(node) not in known:
        _check_tag(node)
        inner = [_size(child, (*above, id(node)), known) for child in _children(node)]
        own = len(node.value) if isinstance(node, yaml.ScalarNode) else 0
        known[id(node)] = _Size(1 + sum(part.values for part in inner), own + sum(part.characters for part in inner))
    if known[id(node)].values > MAX_NODES:
        raise ValueError(f"the document has more than {MAX_NODES} values when its aliases are written out")
    if known[id(node)].characters > MAX_BYTES:
        raise ValueError(f"the document is longer than {MAX_BYTES} characters when its aliases are written out")
    return known[id(node)]


def _check_tag(node: yaml.Node) -> None:
    if node.tag in _TEXT_TAGS:
        node.tag = _TEXT
    if node.tag not in _JSON_TAGS:
        raise ValueError(f"the value at line {node.start_mark.line + 1} has the tag {node.tag}, which JSON has not")
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        if isinstance(key, yaml.ScalarNode) and key.tag != f"{_TAG}merge":
            key.tag = _TEXT


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _too_deep() -> ValueError:
    return ValueError(f"the document is nested more than {MAX_DEPTH} levels deep")
