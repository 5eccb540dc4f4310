"""An s.yaml read with the line of every key kept, its templates merged in and its `${…}` replaced.

A value whose expression has no value here (`${resources.x.output.y}`, an unset environment variable) becomes `UNKNOWN`,
of which no check says anything.
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from fc3lint.findings import Findings
from yunmock.cloud import Account
from yunmock.s_yaml import InvalidTemplateError, Resolver

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Path_ = tuple[str | int, ...]
EXPRESSION = re.compile(r"\$\{([^{}]+)\}")
PLACEHOLDER = re.compile(r"\{\{.*\}\}", re.DOTALL)
"""What `s init` fills in, in the file of an application's template."""
_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)", re.DOTALL)
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"|([^,'\"\s]+)")
MAX_VALUES, MAX_DEPTH = 100_000, 50
_ELSEWHERE = ("config", "secret", "path")
_ONLINE = ("output", "info")


class Mark(NamedTuple):
    """A place."""

    file: str
    line: int


class _Unknown:
    def __repr__(self) -> str:
        return "unknown"


UNKNOWN = _Unknown()


class Given(str):
    """A text that an expression gave: where a number is wanted, `${env('TIMEOUT', '60')}` will do."""

    __slots__ = ()


@dataclass(slots=True)
class Document:
    """One file.

    Attributes:
        root: its content, unresolved, with what it extends.
        marks: the place of every key and element, by its path.
        findings: what reading it found.
    """

    path: Path
    root: dict[str, Any]
    marks: dict[Path_, Mark] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    environment: Mapping[str, str] | None = None

    def mark(self, path: Path_) -> Mark:
        """The place of `path`, or of the nearest thing around it."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.marks:
                return self.marks[path[:end]]
        return Mark(str(self.path), 1)

    def resources(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The resources of component fc3, by name, each with its template's properties merged in, resolved."""
        resources = self.root.get("resources")
        for name, resource in (resources if isinstance(resources, dict) else {}).items():
            if isinstance(resource, dict) and _is_fc3(resource):
                props = self._merged(name, resource)
                yield name, self._resolved(props, ("resources", name, "props"), name)

    def check_expressions(self) -> None:
        """Find every expression that names what is not there."""
        for path, text in _texts(self.root, ()):
            resource = str(path[1]) if path[:1] == ("resources",) and len(path) > 1 else ""
            for found in EXPRESSION.finditer(text):
                self._check_expression(found[1].strip(), path, resource)

    # ------------------------------------------------------------------------------------------- templates
    def _merged(self, name: str, resource: dict[str, Any]) -> dict[str, Any]:
        props = resource.get("props")
        props = props if isinstance(props, dict) else {}
        extend = resource.get("extend")
        if not isinstance(extend, dict):
            return props
        templates = self.root.get("template")
        base = templates.get(extend.get("name")) if isinstance(templates, dict) else None
        if not isinstance(base, dict):
            mark = self.mark(("resources", name, "extend", "name"))
            what = f"there is no template {extend.get('name')!r}"
            self.findings.add("unknown-template", mark, what, "Write it under `template:`, or name one that is there.")
            return props
        base = {key: value for key, value in base.items() if key not in (extend.get("ignore") or ())}
        self._borrow_marks(("template", str(extend["name"])), ("resources", name, "props"))
        return dict(merged(base, props))

    def _borrow_marks(self, source: Path_, target: Path_) -> None:
        for path, mark in list(self.marks.items()):
            if path[: len(source)] == source and len(path) > len(source):
                self.marks.setdefault((*target, *path[len(source) :]), mark)

    # ------------------------------------------------------------------------------------------- variables
    def _resolved(self, node: Any, path: Path_, resource: str) -> Any:
        if isinstance(node, dict):
            return {key: self._resolved(value, (*path, key), resource) for key, value in node.items()}
        if isinstance(node, list):
            return [self._resolved(value, (*path, number), resource) for number, value in enumerate(node)]
        if not isinstance(node, str) or not EXPRESSION.search(node):
            return UNKNOWN if isinstance(node, str) and PLACEHOLDER.search(node) else node
        resolver = Resolver(self.path, self.root, Account(), None if self.environment is None else {**self.environment})
        try:
            value = resolver.resolve(node, path, resource)
        except InvalidTemplateError:
            return UNKNOWN
        return Given(value) if isinstance(value, str) else value

    def _check_expression(self, expression: str, path: Path_, resource: str) -> None:
        call = _CALL.fullmatch(expression)
        steps = expression.split(".")
        if call is not None:
            self._check_call(call["name"], call["arguments"], path)
        elif steps[0] in ("this", "that", "vars", "resources"):
            self._check_reference(steps, path, resource)
        elif "eventRuleFilterPattern" not in path:  # there the component itself replaces `${functionName}`
            what = f"${{{expression}}} is no expression that is documented"
            self._add("unknown-expression", path, what, "Write ${vars.…}, ${env('…')}, ${config('…')} or ${this.…}.")

    def _check_call(self, name: str, text: str, path: Path_) -> None:
        arguments = [next(filter(None, parts), "") for parts in _QUOTED.findall(text)]
        first = arguments[0] if arguments else ""
        if name == "env":
            known = self._environ()
            if len(arguments) < 2 and first not in known:  # noqa: PLR2004 - name and default
                what = f"the environment variable {first} is not set and has no default"
                self._add("unset-environment", path, what, f"Set it, or write ${{env('{first}', '<default>')}}.")
        elif name in ("file", "json"):
            if not (self.path.parent / first).is_file():
                self._add("missing-file", path, f"there is no file {first}", "Paths count from this file's folder.")
        elif name not in _ELSEWHERE:
            what = f"${{{name}(…)}} is no function that is documented"
            self._add("unknown-expression", path, what, "There are env, file, json, path, config and secret.")

    def _check_reference(self, steps: list[str], path: Path_, resource: str) -> None:
        shown = ".".join(steps)
        if steps[0] in ("this", "that"):
            steps = ["resources", resource, *steps[1:]]
        if len(steps) > 2 and steps[0] == "resources" and steps[2] in _ONLINE:  # noqa: PLR2004 - resources, its name
            steps = steps[:2]  # known once it is deployed
        value: Any = self.root
        for step in steps:
            if isinstance(value, str) and EXPRESSION.search(value):
                return  # a part of what another expression gives
            if not isinstance(value, dict) or step not in value:
                mend = f"Define it under `{steps[0]}:`" + _nearest(step, value) + "."
                self._add("undefined-variable", path, f"${{{shown}}} is not defined", mend)
                return
            value = value[step]

    def _environ(self) -> Mapping[str, str]:
        return os.environ if self.environment is None else self.environment

    def _add(self, code: str, path: Path_, what: str, mend: str) -> None:
        self.findings.add(code, self.mark(path), what, mend)


def _is_fc3(resource: dict[str, Any]) -> bool:
    """By its component's name; one that is a path or an expression is told by what it deploys."""
    component, props = str(resource.get("component", "")), resource.get("props")
    if component.startswith(("$", ".", "/")):
        return isinstance(props, dict) and "functionName" in props
    return component.partition("@")[0] == "fc3"


def merged(base: Any, over: Any) -> Any:
    """`over` laid on `base`, mapping by mapping."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    return {**base, **{key: merged(base.get(key), value) for key, value in over.items()}}


def _nearest(step: str, value: Any) -> str:
    near = difflib.get_close_matches(step, [str(key) for key in value] if isinstance(value, dict) else [], 1)
    return f", or write {near[0]!r}" if near else ""


def _texts(node: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _texts(value, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _texts(value, (*path, number))
    elif isinstance(node, str):
        yield path, node


# ------------------------------------------------------------------------------------------------- reading
def read(path: Path, environment: Mapping[str, str] | None = None) -> Document:
    """Read a file; what keeps it from being read is a finding, and then its content is empty."""
    document = Document(path, {}, environment=environment)
    root = _read_into(document, path, {path.resolve()})
    document.root = root if isinstance(root, dict) else {}
    if root is not None and not isinstance(root, dict):
        document.findings.add("yaml", Mark(str(path), 1), "the file is no mapping", "Begin with `edition: 3.0.0`.")
    return document


def _read_into(document: Document, path: Path, seen: set[Path]) -> Any:
    marks: dict[Path_, Mark] = {(): Mark(str(path), 1)}
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        root = None if node is None else _Builder(document, str(path), marks).value(node, ())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        document.findings.add("yaml", Mark(str(path), line), f"no YAML: {error.problem}", "Mend the line.")
        return None
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        why = getattr(error, "strerror", None) or str(error)
        document.findings.add("yaml", Mark(str(path), 1), f"cannot be read: {why}", "Name a Serverless Devs file.")
        return None
    if root is None:
        document.findings.add("yaml", Mark(str(path), 1), "the file is empty", "Begin with `edition: 3.0.0`.")
    if isinstance(root, dict) and isinstance(root.get("extend"), str):
        root = _extended(document, path, marks, root, seen)
    document.marks.update(marks)
    return root


def _extended(document: Document, path: Path, marks: dict[Path_, Mark], own: dict[str, Any], seen: set[Path]) -> Any:
    base = own["extend"]
    other = path.parent / base
    if other.resolve() in seen or not other.is_file():
        document.findings.add("missing-file", marks[("extend",)], f"there is no file {base} to extend", "Name one.")
        return own
    return merged(_read_into(document, other, {*seen, other.resolve()}) or {}, own)


class _Builder(yaml.constructor.SafeConstructor):
    """Values out of nodes, with the line of each noted."""

    def __init__(self, document: Document, file: str, marks: dict[Path_, Mark]) -> None:
        super().__init__()
        self._document, self._file, self._marks, self._values = document, file, marks, 0

    def value(self, node: yaml.Node, path: Path_) -> Any:
        """The value of a node.

        Raises:
            yaml.MarkedYAMLError: a tag or key that is none, or aliases that would fill the memory.
        """
        self._values += 1
        if self._values > MAX_VALUES or len(path) > MAX_DEPTH:
            raise yaml.constructor.ConstructorError(None, None, "more than any such file has", node.start_mark)
        if isinstance(node, yaml.MappingNode):
            self._note_twice(node)
            self.flatten_mapping(node)
            return {key: self._member(key_node, value, (*path, key)) for key, key_node, value in self._pairs(node)}
        if isinstance(node, yaml.SequenceNode):
            return [self._member(value, value, (*path, number)) for number, value in enumerate(node.value)]
        return self.construct_object(node)

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[Any, yaml.Node, yaml.Node]]:
        for key_node, value in node.value:
            key = self.construct_object(key_node) if isinstance(key_node, yaml.ScalarNode) else str(key_node.value)
            yield key, key_node, value

    def _member(self, key_node: yaml.Node, value: yaml.Node, path: Path_) -> Any:
        self._marks[path] = Mark(self._file, key_node.start_mark.line + 1)
        return self.value(value, path)

    def _note_twice(self, node: yaml.MappingNode) -> None:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = str(key_node.value)
            if key in seen and key != "<<":
                mark = Mark(self._file, key_node.start_mark.line + 1)
                what = f"`{key}` stands twice in this mapping; only the last counts"
                self._document.findings.add("duplicate-key", mark, what, "Join the two, or remove one.")
            seen.add(key)
