"""The `${…}` of a Serverless Devs v3 file.

https://github.com/Serverless-Devs/Serverless-Devs/blob/master/docs/en/yaml.md: `vars`, `env`, `config`, `file`, `json`,
`path`, `this`, `that` and `resources.<id>.props`. What has no value is an error that names the file and the key, as
the `s` command treats it.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from yunmock.cloud import Account

_EXPRESSION = re.compile(r"\$\{([^{}]+)\}")
_CALL = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_ARGUMENT = re.compile(r"'([^']*)'|\"([^\"]*)\"|([^,'\"\s][^,'\"]*)")
MAX_DEPTH = 20


class InvalidTemplateError(ValueError):
    """The file cannot be deployed; the message names it, the key and the trouble."""


class Resolver:
    """Replaces the expressions of one file.

    Args:
        path: the file, for messages and relative paths.
        root: the file's content, unresolved.
        account: whose `config('AccountID')` it is.
        environment: what `env` reads.
    """

    def __init__(
        self, path: Path, root: dict[str, Any], account: Account, environment: dict[str, str] | None = None
    ) -> None:
        self._path, self._root, self._account = path, root, account
        self._environment = dict(os.environ) if environment is None else environment
        self._functions: dict[str, Callable[[list[str], str], Any]] = {
            "env": self._env,
            "config": self._config,
            "file": self._file,
            "json": self._json,
            "path": self._absolute,
        }

    def resolve(self, node: Any, key: str = "", resource: str = "", depth: int = 0) -> Any:
        """The node with every expression replaced by its value.

        Raises:
            InvalidTemplateError: an expression has no value or is none yunmock knows.
        """
        if depth > MAX_DEPTH:
            raise self.error(key, "the expressions refer to each other without end")
        if isinstance(node, dict):
            return {
                name: self.resolve(item, f"{key}.{name}".lstrip("."), resource, depth) for name, item in node.items()
            }
        if isinstance(node, list):
            return [self.resolve(item, f"{key}[{i}]", resource, depth) for i, item in enumerate(node)]
        return self._text(node, key, resource, depth) if isinstance(node, str) else node

    def error(self, key: str, trouble: str) -> InvalidTemplateError:
        """An error about one key of the file."""
        return InvalidTemplateError(f"{self._path}: {key}: {trouble}")

    def _text(self, text: str, key: str, resource: str, depth: int) -> Any:
        whole = _EXPRESSION.fullmatch(text.strip())
        if whole is not None:
            return self._value(whole[1].strip(), key, resource, depth)
        return _EXPRESSION.sub(lambda found: str(self._value(found[1].strip(), key, resource, depth)), text)

    def _value(self, expression: str, key: str, resource: str, depth: int) -> Any:
        call = _CALL.fullmatch(expression)
        if call is not None:
            function = self._functions.get(call[1])
            if function is None:
                raise self.error(key, f"yunmock does not know ${{{expression}}}")
            arguments = [next(filter(None, parts), "").strip() for parts in _ARGUMENT.findall(call[2])]
            return function(arguments, key)
        return self._lookup(expression, key, resource, depth)

    def _lookup(self, expression: str, key: str, resource: str, depth: int) -> Any:
        steps = expression.split(".")
        if steps[0] in ("this", "that"):
            steps = ["resources", resource, *steps[1:]]
        if steps[0] not in ("vars", "resources"):
            raise self.error(key, f"yunmock does not know ${{{expression}}}")
        value: Any = self._root
        for step in steps:
            if not isinstance(value, dict) or step not in value:
                raise self.error(key, f"${{{expression}}} is not defined")
            value = value[step]
        return self.resolve(value, key, steps[1] if steps[0] == "resources" else resource, depth + 1)

    def _env(self, arguments: list[str], key: str) -> str:
        if not arguments:
            raise self.error(key, "env() names a variable")
        value = self._environment.get(arguments[0], arguments[1] if len(arguments) > 1 else None)
        if value is None:
            raise self.error(key, f"the environment variable {arguments[0]} is not set and has no default")
        return value

    def _config(self, arguments: list[str], key: str) -> str:
        known = {
            "AccountID": self._account.account_id,
            "AccessKeyID": self._account.access_key_id,
            "AccessKeySecret": self._account.access_key_secret,
        }
        name = arguments[0] if arguments else ""
        if name not in known:
            raise self.error(key, f"config() knows {sorted(known)}, not {name!r}")
        return known[name]

    def _absolute(self, arguments: list[str], key: str) -> str:
        if not arguments:
            raise self.error(key, "path() names a file")
        return str((self._path.parent / arguments[0]).resolve())

    def _file(self, arguments: list[str], key: str) -> str:
        try:
            with open(self._absolute(arguments, key), encoding="utf-8") as file:  # noqa: PTH123 - a text path
                return file.read()
        except OSError as error:
            raise self.error(key, f"cannot read the file: {error.strerror}") from None

    def _json(self, arguments: list[str], key: str) -> Any:
        text = self._file(arguments, key)
        try:
            return json.loads(text)
        except ValueError as error:
            raise self.error(key, f"{arguments[0]} is not JSON: {error}") from None
