"""Read a YAML file with the line of every key and list item.

PyYAML expands aliases, so a small file can describe an endless or a huge document. The limits below end that with an
error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

try:
    import yaml
except ModuleNotFoundError as error:  # `opsledger` alone, as functions need it
    raise ModuleNotFoundError("the linter needs PyYAML; run: pip install 'opsledger[cli]'", name=error.name) from None

from fc3lint.findings import Findings, Mark
from yunmock.s_yaml import merge_objects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.s_yaml import Keys

MAX_BYTES, MAX_VALUES, MAX_DEPTH = 1_000_000, 100_000, 50
"""Far more than an s.yaml has."""

Marks = dict["Keys", Mark]


def read(path: Path, findings: Findings) -> tuple[JsonObject, Marks]:
    """The content of a file, merged over that of the file it extends, and the line of every key.

    A file that cannot be read is a finding, and its content is then empty.
    """
    return _read(path, findings, {path.resolve()})


def _read(path: Path, findings: Findings, seen: set[Path]) -> tuple[JsonObject, Marks]:
    marks: Marks = {(): Mark(str(path), 1)}
    root = _load(path, findings, marks)
    base = root.get("extend")
    if not isinstance(base, str):
        return root, marks
    other = path.parent / base
    if other.resolve() in seen or not other.is_file():
        message = f"{base} extends this file" if other.is_file() else f"there is no file {base}"
        findings.add("missing-file", marks["extend",], message, "Name a file to extend, or remove `extend`.")
        return root, marks
    extended, other_marks = _read(other, findings, {*seen, other.resolve()})
    return merge_objects(extended, root), other_marks | marks


def _load(path: Path, findings: Findings, marks: Marks) -> JsonObject:
    try:
        root = _parse(path, findings, marks)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        findings.add("yaml", Mark(str(path), line), f"this is not valid YAML: {error.problem}", "Fix this line.")
    except RecursionError:
        findings.add("yaml", Mark(str(path), 1), "the file is nested too deeply", "Remove levels.")
    except (yaml.YAMLError, UnicodeDecodeError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        findings.add("yaml", Mark(str(path), 1), f"cannot read the file: {reason}", "Name a Serverless Devs file.")
    else:
        if isinstance(root, dict):
            return root
        message = "the file is empty" if root is None else "the file is not a mapping"
        findings.add("yaml", Mark(str(path), 1), message, "Begin with `edition: 3.0.0`.")
    return {}


def _parse(path: Path, findings: Findings, marks: Marks) -> JsonValue:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES} bytes")
    node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    return None if node is None else _Builder(str(path), findings, marks).value(node, ())


class _Builder(yaml.constructor.SafeConstructor):
    """Builds values from nodes and notes the line of each."""

    def __init__(self, file: str, findings: Findings, marks: Marks) -> None:
        super().__init__()
        self._file, self._findings, self._marks, self._count = file, findings, marks, 0

    def value(self, node: yaml.Node, keys: Keys) -> JsonValue:
        """The value of a node.

        Raises:
            yaml.MarkedYAMLError: an unknown tag or an invalid key, or the document is above the limits.
        """
        self._count += 1
        self._limit(node, self._count <= MAX_VALUES and len(keys) <= MAX_DEPTH)
        if isinstance(node, yaml.MappingNode):
            self._check_duplicates(node)
            self.flatten_mapping(node)
            return {key: self._member(key_node, value, (*keys, key)) for key, key_node, value in self._pairs(node)}
        if isinstance(node, yaml.SequenceNode):
            return [self._member(value, value, (*keys, number)) for number, value in enumerate(node.value)]
        scalar: JsonValue = self.construct_object(node)
        return scalar

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Replace `<<` by what it merges, which aliases can repeat at every level."""
        super().flatten_mapping(node)
        self._limit(node, len(node.value) <= MAX_VALUES)

    def _limit(self, node: yaml.Node, within: bool) -> None:  # noqa: FBT001 - the condition reads best in its place
        if not within:
            problem = "the document is too large or too deep; aliases (`*name`) may repeat it"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        for key_node, value in node.value:
            key = self.construct_object(key_node) if isinstance(key_node, yaml.ScalarNode) else str(key_node.value)
            yield key, key_node, value

    def _member(self, key_node: yaml.Node, value: yaml.Node, keys: Keys) -> JsonValue:
        self._marks[keys] = Mark(self._file, key_node.start_mark.line + 1)
        return self.value(value, keys)

    def _check_duplicates(self, node: yaml.MappingNode) -> None:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = str(key_node.value)
            if key in seen and key != "<<":
                mark = Mark(self._file, key_node.start_mark.line + 1)
                message = f"`{key}` is already in this mapping; only the last value counts"
                self._findings.add("duplicate-key", mark, message, "Merge the two, or remove one.")
            seen.add(key)
