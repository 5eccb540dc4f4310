"""The settings of an HTTP trigger with `authType: jwt`: keys, where the token is, where claims go, which paths count.

https://help.aliyun.com/document_detail/610232.html: the key with the token's `kid` verifies it; at most one key has
none. Templates have lists (github.com/devsapp/fc3, docs/zh/yaml.md, `authConfig`), the API has text:
`{"JWKS": {…}, "TokenLookup": "header:Authorization:Bearer,cookie:token", "ClaimPassBy": "query:uid:uid"}`
(`HTTPTriggerConfig` of the vendor's SDK); fc3 turns the first into the second (src/interface/base.ts).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from yunmock.exact_json import read_json
from yunmock.positions import as_list, as_object

if TYPE_CHECKING:
    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.positions import Position

ALGORITHMS = (*(f"{family}{bits}" for family in ("RS", "PS", "ES", "HS") for bits in (256, 384, 512)), "EdDSA")
READ_FROM = ("header", "query", "form", "cookie")


class Lookup(NamedTuple):
    """Where a token may be: the position, the parameter's name and, in a header, what stands before the token."""

    position: str
    name: str
    prefix: str = ""


class ClaimPass(NamedTuple):
    """Where a claim goes: the position, the claim and the parameter's name."""

    position: str
    claim: str
    name: str


class JwtSettings(NamedTuple):
    """What a trigger asks of a request.

    Attributes:
        exempt: paths that need no token; a `*` at the end stands for anything.
        checked: if there are any, the only paths that need one.
    """

    keys: tuple[JsonObject, ...]
    lookups: tuple[Lookup, ...]
    claims: tuple[ClaimPass, ...]
    exempt: tuple[str, ...]
    checked: tuple[str, ...]

    def wants(self, path: str) -> bool:
        """Whether a request for a path needs a token."""
        if self.checked:
            return any(_fits(path, pattern) for pattern in self.checked)
        return not any(_fits(path, pattern) for pattern in self.exempt)


def read_settings(given: JsonValue, where: Position) -> JwtSettings:
    """The settings in an `authConfig`, which is an object or JSON text.

    Raises:
        Exception: something is missing or wrong; the error is the position's.
    """
    if isinstance(given, str):
        try:
            given = read_json(given)
        except ValueError as error:
            raise where.error(f"is not JSON: {error}") from None
    config = {name.lower(): value for name, value in as_object(given, where).items()}
    settings = JwtSettings(
        _keys(as_object(config.get("jwks"), where.at("jwks")), where.at("jwks", "keys")),
        tuple(_lookups(config.get("tokenlookup"), where.at("tokenLookup"))),
        tuple(_claims(config.get("claimpassby"), where.at("claimPassBy"))),
        _paths(config.get("whitelist"), where.at("whitelist")),
        _paths(config.get("blacklist"), where.at("blacklist")),
    )
    if settings.exempt and settings.checked:
        raise where.error("has whitelist and blacklist; use one of them")
    return settings


def _keys(jwks: JsonObject, where: Position) -> tuple[JsonObject, ...]:
    keys = [as_object(key, where) for key in as_list(jwks.get("keys"), where)]
    if not keys:
        raise where.error("is missing")
    if unknown := [key.get("alg") for key in keys if key.get("alg") not in ALGORITHMS]:
        raise where.error(f"has the algorithm {unknown[0]!r:.50}; a key has an alg of {', '.join(ALGORITHMS)}")
    if sum(not key.get("kid") for key in keys) > 1:
        raise where.error("has more than one key without kid")
    return tuple(keys)


def _lookups(given: JsonValue, where: Position) -> list[Lookup]:
    parts = [
        (item.get("readPosition"), item.get("parameterName"), item.get("prefix") or "")
        if isinstance(item, dict)
        else (*str(item).split(":", 2), "")[:3]
        for item in _items(given, where)
    ]
    found = [Lookup(*map(str, part)) for part in parts if len(part) == len(Lookup._fields)]
    if len(found) < len(parts) or any(each.position not in READ_FROM or not each.name for each in found):
        raise where.error(f"must be like header:Authorization:Bearer, with a position of {', '.join(READ_FROM)}")
    if not found:
        raise where.error("is missing")
    return found


def _claims(given: JsonValue, where: Position) -> list[ClaimPass]:
    parts = [
        (item.get("mappingParameterPosition"), item.get("claimName"), item.get("mappingParameterName"))
        if isinstance(item, dict)
        else tuple(str(item).split(":"))
        for item in _items(given, where)
    ]
    found = [ClaimPass(*(str(each or "") for each in part)) for part in parts if len(part) == len(ClaimPass._fields)]
    if len(found) < len(parts) or any(each.position not in READ_FROM or not each.name for each in found):
        raise where.error(f"must be like header:claim:name, with a position of {', '.join(READ_FROM)}")
    return found


def _items(given: JsonValue, where: Position) -> list[JsonValue]:
    """The items of a list, or of a text with commas."""
    if isinstance(given, str):
        return [item.strip() for item in given.split(",") if item.strip()]
    return as_list(given, where)


def _paths(given: JsonValue, where: Position) -> tuple[str, ...]:
    return tuple(str(item) for item in _items(given, where))


def _fits(path: str, pattern: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern
