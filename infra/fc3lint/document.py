"""One s.yaml: its content, the line of every key, and its functions with templates merged and `${…}` replaced.

An expression that has a value only when it is deployed (`${resources.x.output.y}`), or none here, becomes `UNKNOWN`.
No check reports an unknown value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fc3lint import source
from fc3lint.findings import Findings, Mark
from yunmock.cloud import Account
from yunmock.s_yaml import EXPRESSION, InvalidTemplateError, Resolver, Where, extended_props

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.s_yaml import Keys

PLACEHOLDER = re.compile(r"\{\{.*\}\}", re.DOTALL)
"""What `s init` fills in when it copies an application template."""


class _Unknown:
    def __repr__(self) -> str:
        return "unknown"


UNKNOWN = _Unknown()


class Expanded(str):
    """The text of an expression. It also stands for a number or a boolean: `timeout: ${env('TIMEOUT', '60')}`."""

    __slots__ = ()


UNKNOWN_ACCOUNT = "0" * 16
"""What `${config('AccountID')}` stands for: the account that deploys."""


@dataclass(slots=True)
class Document:
    """One file.

    Attributes:
        root: its content, with that of the file it extends; expressions are not replaced.
        marks: the line of every key and list item, by its path.
        environment: what `${env(…)}` reads; this process's environment if None.
    """

    path: Path
    root: JsonObject
    marks: dict[Keys, Mark]
    findings: Findings = field(default_factory=Findings)
    environment: Mapping[str, str] | None = None

    def add(self, code: str, keys: Keys, message: str, fix: str) -> None:
        """Add a finding at a key, or at the nearest key around it."""
        ends = range(len(keys), -1, -1)
        mark = next((self.marks[keys[:end]] for end in ends if keys[:end] in self.marks), Mark(str(self.path), 1))
        self.findings.add(code, mark, message, fix)

    def functions(self) -> Iterator[tuple[str, dict[str, object]]]:
        """The properties of every resource of component fc3, by the resource's name."""
        resolver = self.resolver()
        for name, resource in mapping(self.root.get("resources")).items():
            if isinstance(resource, dict) and _is_fc3(resource):
                props = self._props(name, resource)
                yield name, mapping(_replaced(props, ("resources", name, "props"), name, resolver))

    def resolver(self) -> Resolver:
        """What replaces this file's expressions."""
        return Resolver(self.path, self.root, Account(account_id=UNKNOWN_ACCOUNT), self.environment)

    def _props(self, name: str, resource: JsonObject) -> JsonObject:
        try:
            props = extended_props(Where(self.path), self.root, name)
        except InvalidTemplateError as error:
            if error.code == "unknown-template":
                fix = "Add it under `template:`, or name an existing template."
                self.add(error.code, (*error.keys, "name"), error.reason, fix)
            own = resource.get("props")
            return own if isinstance(own, dict) else {}
        self._borrow_marks(name)
        return props

    def _borrow_marks(self, name: str) -> None:
        """A property that comes from a template is found where the template has it."""
        template = dig(self.root, "resources", name, "extend", "name")
        source_keys, target = ("template", template), ("resources", name, "props")
        for keys, mark in list(self.marks.items()):
            if keys[:2] == source_keys and len(keys) > len(source_keys):
                self.marks.setdefault((*target, *keys[2:]), mark)


def read(path: Path, environment: Mapping[str, str] | None = None) -> Document:
    """Read a file. A file that cannot be read is a finding, and its content is then empty."""
    findings = Findings()
    root, marks = source.read(path, findings)
    return Document(path, root, marks, findings, environment)


def mapping(value: object) -> dict[str, object]:
    """The value if it is a mapping, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def dig(value: object, *keys: str) -> object:
    """The value inside nested mappings, None if there is none; UNKNOWN if an outer value is unknown."""
    for key in keys:
        value = UNKNOWN if value is UNKNOWN else mapping(value).get(key)
    return value


def _is_fc3(resource: JsonObject) -> bool:
    """Decide by the component's name; a component that is a path or an expression is known by its properties."""
    component = str(resource.get("component", ""))
    if component.startswith(("$", ".", "/")):
        return "functionName" in mapping(resource.get("props"))
    return component.partition("@")[0] == "fc3"


def _replaced(node: JsonValue, keys: Keys, resource: str, resolver: Resolver) -> object:
    """The node with every expression replaced by its value."""
    if isinstance(node, dict):
        return {key: _replaced(value, (*keys, key), resource, resolver) for key, value in node.items()}
    if isinstance(node, list):
        return [_replaced(value, (*keys, number), resource, resolver) for number, value in enumerate(node)]
    if not isinstance(node, str) or not EXPRESSION.search(node):
        return UNKNOWN if isinstance(node, str) and PLACEHOLDER.search(node) else node
    try:
        value = resolver.resolve(node, keys, resource)
    except InvalidTemplateError:
        return UNKNOWN
    return Expanded(value) if isinstance(value, str) else value
