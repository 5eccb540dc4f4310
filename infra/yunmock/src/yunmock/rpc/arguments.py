"""Read the parameters of a call: numbers, booleans, choices, ids and tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from yunmock.exact_json import read_json
from yunmock.rpc.errors import RpcError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Arguments = dict[str, str]

BOOLEANS = {"true": True, "false": False}

_TAG = re.compile(r"Tag\.(\d{1,3})\.(Key|Value)")


def region(arguments: Arguments) -> str:
    """RegionId, which every call needs.

    Raises:
        RpcError: MissingParameter.
    """
    return required(arguments, "RegionId")


def required(arguments: Arguments, name: str) -> str:
    """A parameter that must be there.

    Raises:
        RpcError: MissingParameter.
    """
    if not (value := arguments.get(name)):
        raise RpcError("MissingParameter", name)
    return value


def number(arguments: Arguments, name: str, default: int, minimum: int, maximum: int) -> int:
    """A whole number within its bounds.

    Raises:
        RpcError: InvalidParameter.
    """
    text = arguments.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII) or not minimum <= int(text) <= maximum:
        raise RpcError("InvalidParameter", name, f"a whole number from {minimum} to {maximum}")
    return int(text)


def boolean(arguments: Arguments, name: str) -> bool:
    """A boolean, false when absent; the Python SDK writes `True`.

    Raises:
        RpcError: InvalidParameter.
    """
    text = arguments.get(name) or "false"
    if text.lower() not in BOOLEANS:
        raise RpcError("InvalidParameter", name, "true or false")
    return BOOLEANS[text.lower()]


def choice(arguments: Arguments, name: str, values: Collection[str]) -> str:
    """One of a set of values, empty when absent.

    Raises:
        RpcError: InvalidParameter.
    """
    text = arguments.get(name, "")
    if text and text not in values:
        raise RpcError("InvalidParameter", name, "one of " + ", ".join(values))
    return text


def ids(arguments: Arguments, name: str, maximum: int) -> frozenset[str]:
    """A JSON array of ids in one parameter; absent or empty, there are none.

    Raises:
        RpcError: InvalidParameter.
    """
    try:
        found = read_json(arguments.get(name) or "[]")
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise RpcError("InvalidParameter", name, "a JSON array of ids")
    if len(found) > maximum:
        raise RpcError("InvalidParameter", name, f"at most {maximum} ids")
    return frozenset(map(str, found))


def tags(arguments: Arguments) -> dict[str, str]:
    """Tag.N.Key and Tag.N.Value; an empty value matches any.

    Raises:
        RpcError: MissingParameter, a value without its key.
    """
    found: dict[str, dict[str, str]] = {}
    for name, value in arguments.items():
        if match := _TAG.fullmatch(name):
            found.setdefault(match[1], {})[match[2]] = value
    for place, tag in found.items():
        if not tag.get("Key"):
            raise RpcError("MissingParameter", f"Tag.{place}.Key")
    return {tag["Key"]: tag.get("Value", "") for tag in found.values()}


def tagged(has: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether something with these tags has all that are wanted."""
    return all(key in has and value in ("", has[key]) for key, value in wanted.items())
