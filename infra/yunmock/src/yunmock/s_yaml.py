"""Read a Serverless Devs v3 `s.yaml`: the file it extends, its templates, and its `${…}` expressions.

https://github.com/Serverless-Devs/Serverless-Devs/blob/master/docs/en/yaml.md. Expressions are `vars`, `env`, `config`,
`file`, `json`, `path`, `this`, `that` and `resources.<id>.props`. An expression without a value is an error, as for the
`s` command.

Use `read_document` for the file, `extended_props` for a resource's properties and `Resolver` for its expressions. Each
can be used without the others: they work on plain data.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, overload

from yunmock import strict_yaml
from yunmock.exact_json import read_json
from yunmock.positions import as_list, as_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yunmock.cloud import Account
    from yunmock.json_types import JsonObject, JsonValue

Keys: TypeAlias = "tuple[str | int, ...]"
"""Where something is in a document: the keys and list positions that lead to it."""

EDITIONS = ("3.0.0", "3.0", "3")
MAX_DEPTH = 20
MAX_EXPRESSIONS = 1000
"""In one value: expressions that name expressions grow without bound otherwise."""
EXPRESSION = re.compile(r"\$\{([^{}]+)\}")

_CALL = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_ARGUMENT = re.compile(r"'([^']*)'|\"([^\"]*)\"|([^,'\"\s][^,'\"]*)")


class InvalidTemplateError(ValueError):
    """The file cannot be deployed.

    Attributes:
        file: the file.
        keys: the position in the document.
        reason: the error, in one sentence.
        code: the kind of error: `invalid`, `undefined-variable`, `unset-environment`, `unknown-expression`,
            `missing-file` or `unknown-template`.
    """

    def __init__(self, file: Path, keys: Keys, reason: str, code: str = "invalid") -> None:
        super().__init__(": ".join(filter(None, [str(file), dotted(keys), reason])))
        self.file, self.keys, self.reason, self.code = file, keys, reason, code


class Where(NamedTuple):
    """A position in a file, for error messages."""

    file: Path
    keys: Keys = ()

    def at(self, *keys: str | int) -> Where:
        """A position below this one."""
        return Where(self.file, (*self.keys, *keys))

    def error(self, reason: str, code: str = "invalid") -> InvalidTemplateError:
        """An error at this position."""
        return InvalidTemplateError(self.file, self.keys, reason, code)


class FunctionCall(NamedTuple):
    """An expression that calls a function: `${env('NAME', 'default')}`."""

    name: str
    arguments: tuple[str, ...]


def dotted(keys: Keys) -> str:
    """A position as text: `resources.web.props.triggers[0]`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")


def parse_call(expression: str) -> FunctionCall | None:
    """The function call that an expression (the text between `${` and `}`) is, None if it is a reference."""
    call = _CALL.fullmatch(expression)
    if call is None:
        return None
    return FunctionCall(call[1], tuple(next(filter(None, parts), "").strip() for parts in _ARGUMENT.findall(call[2])))


def read_document(path: Path) -> JsonObject:
    """The content of a file, merged over that of the file it extends; expressions stay as they are.

    Raises:
        InvalidTemplateError: the file cannot be read, is not YAML, is not a Serverless Devs v3 file, or extends itself.
    """
    return _read_document(path, frozenset())


def _read_document(path: Path, extending: frozenset[Path]) -> JsonObject:
    """The same; `extending` are the files that lead to this one."""
    where = Where(path)
    try:
        root = strict_yaml.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise where.error(f"cannot be read: {error.strerror}", "missing-file") from None
    except ValueError as error:
        raise where.error(f"is not YAML: {error}") from None
    if not isinstance(root, dict):
        raise where.error("is not a Serverless Devs file")
    if str(root.get("edition", "")) not in EDITIONS:
        raise where.at("edition").error(f"must be 3.0.0, not {root.get('edition')!r}")
    base = root.get("extend")
    if not isinstance(base, str):
        return root
    file, chain = (path.parent / base).resolve(), extending | {path.resolve()}
    if file in chain:
        raise where.at("extend").error(f"the file {file.name} extends itself")
    return merge_objects(_read_document(file, chain), root)


def extended_files(path: Path) -> list[Path]:
    """The file and those that it extends, as far as they can be read."""
    found = [path]
    while True:
        try:
            root = strict_yaml.loads(found[-1].read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return found
        base = root.get("extend") if isinstance(root, dict) else None
        file = (found[-1].parent / base).resolve() if isinstance(base, str) else None
        if file is None or file in found:
            return found
        found.append(file)


def extended_props(where: Where, root: JsonObject, name: str) -> JsonObject:
    """The properties of the resource `name`, merged over those of the template it extends.

    Args:
        where: the file's root.
        root: the file's content.
        name: the resource.

    Raises:
        InvalidTemplateError: the resource has no properties, or extends a template that does not exist.
    """
    here = where.at("resources", name)
    resource = as_object(as_object(root.get("resources"), where.at("resources")).get(name), here)
    props, extend = resource.get("props"), resource.get("extend")
    if not isinstance(props, dict):
        raise here.at("props").error("is missing")
    if not isinstance(extend, dict):
        return dict(props)
    base = as_object(root.get("template"), where.at("template")).get(str(extend.get("name")))
    if not isinstance(base, dict):
        raise here.at("extend").error(f"there is no template {extend.get('name')!r}", "unknown-template")
    ignored = as_list(extend.get("ignore"), here.at("extend", "ignore"))
    return merge_objects({key: value for key, value in base.items() if key not in ignored}, props)


def merge(base: JsonValue, over: JsonValue) -> JsonValue:
    """`over` merged over `base`: objects key by key, anything else replaces."""
    return merge_objects(base, over) if isinstance(base, dict) and isinstance(over, dict) else over


def merge_objects(base: JsonObject, over: JsonObject) -> JsonObject:
    """`over` merged over `base`, key by key."""
    return {**base, **{key: merge(base.get(key), value) for key, value in over.items()}}


class Resolver:
    """Replaces the expressions of one file by their values.

    Args:
        path: the file, for messages and relative paths.
        root: the file's content, unresolved.
        account: the account that `config('AccountID')` names.
        environment: what `env` reads; this process's environment if None.
    """

    def __init__(
        self, path: Path, root: JsonObject, account: Account, environment: Mapping[str, str] | None = None
    ) -> None:
        self._path, self._root, self._expressions = path, root, 0
        self._environment = dict(os.environ if environment is None else environment)
        self._config = {
            "AccountID": account.account_id,
            "AccessKeyID": account.access_key_id,
            "AccessKeySecret": account.access_key_secret,
        }
        self._functions: dict[str, Callable[[tuple[str, ...], Where], JsonValue]] = {
            "env": self._env,
            "config": self._configured,
            "file": self._file,
            "json": self._json,
            "path": self._absolute,
        }

    @overload
    def resolve(self, node: JsonObject, keys: Keys = (), resource: str = "") -> JsonObject: ...

    @overload
    def resolve(self, node: JsonValue, keys: Keys = (), resource: str = "") -> JsonValue: ...

    def resolve(self, node: JsonValue, keys: Keys = (), resource: str = "") -> JsonValue:
        """The node with every expression replaced by its value.

        Args:
            node: any part of the document.
            keys: its position, for messages.
            resource: the resource it belongs to, which `this` and `that` name.

        Raises:
            InvalidTemplateError: an expression has no value, or yunmock does not know it.
        """
        self._expressions = 0
        return self._resolve(node, Where(self._path, keys), resource, 0)

    def _resolve(self, node: JsonValue, where: Where, resource: str, depth: int) -> JsonValue:
        if depth > MAX_DEPTH:
            raise where.error("the expressions refer to each other without end")
        if isinstance(node, dict):
            return {name: self._resolve(item, where.at(name), resource, depth) for name, item in node.items()}
        if isinstance(node, list):
            return [self._resolve(item, where.at(number), resource, depth) for number, item in enumerate(node)]
        return self._text(node, where, resource, depth) if isinstance(node, str) else node

    def _text(self, text: str, where: Where, resource: str, depth: int) -> JsonValue:
        whole = EXPRESSION.fullmatch(text.strip())
        if whole is not None:
            return self._value(whole[1].strip(), where, resource, depth)
        return EXPRESSION.sub(lambda found: str(self._value(found[1].strip(), where, resource, depth)), text)

    def _value(self, expression: str, where: Where, resource: str, depth: int) -> JsonValue:
        self._expressions += 1
        if self._expressions > MAX_EXPRESSIONS:
            raise where.error(f"the value needs more than {MAX_EXPRESSIONS} expressions")
        call = parse_call(expression)
        if call is None:
            return self._lookup(expression, where, resource, depth)
        if call.name not in self._functions:
            raise where.error(f"yunmock does not know ${{{expression}}}", "unknown-expression")
        return self._functions[call.name](call.arguments, where)

    def _lookup(self, expression: str, where: Where, resource: str, depth: int) -> JsonValue:
        steps = expression.split(".")
        if steps[0] in ("this", "that"):
            steps = ["resources", resource, *steps[1:]]
        if steps[0] not in ("vars", "resources"):
            raise where.error(f"yunmock does not know ${{{expression}}}", "unknown-expression")
        value: JsonValue = self._root
        for step in steps:
            if not isinstance(value, dict) or step not in value:
                raise where.error(f"${{{expression}}} is not defined", "undefined-variable")
            value = value[step]
        return self._resolve(value, where, steps[1] if steps[0] == "resources" else resource, depth + 1)

    def _env(self, arguments: tuple[str, ...], where: Where) -> str:
        if not arguments:
            raise where.error("env() needs the name of a variable")
        value = self._environment.get(arguments[0], arguments[1] if len(arguments) > 1 else None)
        if value is None:
            reason = f"the environment variable {arguments[0]} is not set and has no default"
            raise where.error(reason, "unset-environment")
        return value

    def _configured(self, arguments: tuple[str, ...], where: Where) -> str:
        name = arguments[0] if arguments else ""
        if name not in self._config:
            raise where.error(f"config() knows {sorted(self._config)}, not {name!r}", "unknown-expression")
        return self._config[name]

    def _absolute(self, arguments: tuple[str, ...], where: Where) -> str:
        if not arguments:
            raise where.error("path() needs the name of a file")
        return str((self._path.parent / arguments[0]).resolve())

    def _file(self, arguments: tuple[str, ...], where: Where) -> str:
        path = Path(self._absolute(arguments, where))
        try:
            return path.read_text(encoding="utf-8")
        except OSError as error:
            raise where.error(f"cannot read the file {path}: {error.strerror}", "missing-file") from None

    def _json(self, arguments: tuple[str, ...], where: Where) -> JsonValue:
        text = self._file(arguments, where)
        try:
            return read_json(text, finite=True)
        except ValueError as error:
            raise where.error(f"{arguments[0]} is not JSON: {error}") from None
