"""What a call that makes or changes something is given: the JSON of its body, with errors that name the field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from yunmock.exact_json import read_json
from yunmock.fc.errors import FunctionComputeError

if TYPE_CHECKING:
    from yunmock.http import Request
    from yunmock.json_types import JsonObject

NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)


class Argument(NamedTuple):
    """A position in the arguments of a call."""

    keys: tuple[str | int, ...] = ()

    def at(self, *keys: str | int) -> Argument:
        """A position below this one."""
        return Argument((*self.keys, *keys))

    def error(self, reason: str) -> FunctionComputeError:
        """A refusal that names this position."""
        name = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.keys).lstrip(".")
        return FunctionComputeError("InvalidArgument", f"{name} {reason}".strip())


def body_of(request: Request) -> JsonObject:
    """The arguments of a call.

    Raises:
        FunctionComputeError: InvalidArgument, they are no JSON object.
    """
    try:
        content = read_json(request.body or b"{}", finite=True)
    except ValueError as error:
        raise FunctionComputeError("InvalidArgument", f"the body is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise FunctionComputeError("InvalidArgument", "the body must be a JSON object")
    return {name: value for name, value in content.items() if value is not None}


def name_of(arguments: JsonObject, key: str, most: int) -> str:
    """A name that something new gets, of at most so many characters.

    Raises:
        FunctionComputeError: InvalidArgument.
    """
    name = arguments.get(key)
    if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > most:
        raise Argument((key,)).error(
            f"must begin with a letter or _, and have letters, digits, _ and -, at most {most}"
        )
    return name
