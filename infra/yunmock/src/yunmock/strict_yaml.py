"""Read YAML that somebody else wrote: no document that includes itself, or grows without bound when it is walked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from yunmock.json_types import JsonValue

MAX_DEPTH = 100
MAX_NODES = 100_000
"""Counting what an alias stands for each time: ten lines of aliases can stand for billions of values."""
MAX_BYTES = 8 * 1024 * 1024
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""LibYAML's, where PyYAML was built with it: eight times as fast."""


def loads(text: str) -> JsonValue:
    """Read one YAML document.

    Raises:
        ValueError: the text is not YAML, a value includes itself, or the document is nested more than 100 levels deep,
            longer than 8 MB or larger than 100,000 values with its aliases written out.
    """
    if len(text) > MAX_BYTES:
        raise ValueError(f"the document is longer than {MAX_BYTES} characters")
    try:
        _check_depth(text)
        return _construct(_LOADER(text))
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
    _count(node, (), {})
    content: JsonValue = loader.construct_document(node)
    return content


def _count(node: yaml.Node, above: tuple[int, ...], counted: dict[int, int]) -> int:
    """The number of values in a node with its aliases written out; `above` are the nodes that it is in."""
    if id(node) in above:
        raise ValueError(f"the value at line {node.start_mark.line + 1} includes itself")
    if len(above) >= MAX_DEPTH and not isinstance(node, yaml.ScalarNode):
        raise _too_deep()
    if id(node) not in counted:
        counted[id(node)] = 1 + sum(_count(child, (*above, id(node)), counted) for child in _children(node))
    if counted[id(node)] > MAX_NODES:
        raise ValueError(f"the document has more than {MAX_NODES} values when its aliases are written out")
    return counted[id(node)]


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _too_deep() -> ValueError:
    return ValueError(f"the document is nested more than {MAX_DEPTH} levels deep")
