"""Let a request through an HTTP trigger with `authType: jwt`, by its token; needs `yunmock[jwt]`.

https://help.aliyun.com/document_detail/610232.html. The first token that is found is verified, with the key that has
its `kid`. `exp` and `nbf` are held against the cloud's clock. Which status and text a refusal has is not on that page.
"""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from yunmock.fc.errors import FunctionComputeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jwt.types import Options

    from yunmock.fc.jwt_settings import ClaimPass, JwtSettings, Lookup
    from yunmock.http import Request
    from yunmock.json_types import JsonObject

FORM = "application/x-www-form-urlencoded"
# Times are checked here, by the cloud's clock; the page names no audience and no issuer.
OPTIONS: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def admitted(settings: JwtSettings, request: Request, path: str, now_s: float) -> Request:
    """The request as the function gets it, with the claims that the settings pass on.

    Raises:
        FunctionComputeError: AccessDenied, it has no valid token; InvalidArgument, this installation cannot verify.
    """
    if not settings.wants(path):
        return request
    token = next(filter(None, (_token(request, lookup) for lookup in settings.lookups)), "")
    if not token:
        raise FunctionComputeError("AccessDenied", "the request has no JWT where the trigger looks for it")
    claims = _claims(settings, token)
    if not _number(claims, "nbf", 0.0) <= now_s < _number(claims, "exp", float("inf")):
        raise FunctionComputeError("AccessDenied", "the JWT is not valid yet, or no longer")
    for way in settings.claims:
        if way.claim in claims:
            request = _PASS[way.position](request, way, _text(claims[way.claim]))
    return request


def _claims(settings: JwtSettings, token: str) -> JsonObject:
    """The claims of a token whose signature is valid."""
    if importlib.util.find_spec("jwt") is None:
        raise FunctionComputeError("InvalidArgument", "authType jwt needs: pip install 'yunmock[jwt]'")
    import jwt  # noqa: PLC0415 - only where the extra is installed

    try:
        kid = jwt.get_unverified_header(token).get("kid") or None
        key = next((key for key in settings.keys if (key.get("kid") or None) == kid), None)
        if key is None:
            raise FunctionComputeError("AccessDenied", "no key of the trigger has the kid of the JWT")
        claims: JsonObject = jwt.decode(token, jwt.PyJWK(dict(key)).key, algorithms=[str(key["alg"])], options=OPTIONS)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:  # the last three: a key that is none
        raise FunctionComputeError("AccessDenied", f"the JWT is not valid: {error}") from None
    return claims


def _number(claims: JsonObject, name: str, default: float) -> float:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FunctionComputeError("AccessDenied", f"the JWT is not valid: {name} is no number")
    return float(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _token(request: Request, lookup: Lookup) -> str:
    """The token at one place; empty if there is none."""
    name = lookup.name.lower() if lookup.position == "header" else lookup.name
    found = _READ[lookup.position](request).get(name, "")
    prefix = lookup.prefix.strip()
    if not prefix:
        return found
    first, _, rest = found.partition(" ")
    return rest.strip() if first == prefix else ""


def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip() != FORM:
        return {}
    return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))


def _cookies(request: Request) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(request.headers.get("cookie", "")).items()}
    except CookieError:
        return {}


_READ: dict[str, Callable[[Request], dict[str, str]]] = {
    "header": lambda request: dict(request.headers),
    "query": lambda request: dict(request.query),
    "form": _form,
    "cookie": _cookies,
}


def _to_form(request: Request, way: ClaimPass, text: str) -> Request:
    if request.headers.get("content-type", "").partition(";")[0].strip() != FORM:
        return request
    return replace(request, body=urlencode({**_form(request), way.name: text}).encode())


def _to_cookie(request: Request, way: ClaimPass, text: str) -> Request:
    cookies = SimpleCookie({**_cookies(request), way.name: text})
    line = "; ".join(morsel.OutputString([]) for morsel in cookies.values())
    return replace(request, headers={**request.headers, "cookie": line})


_PASS: dict[str, Callable[[Request, ClaimPass, str], Request]] = {
    "header": lambda request, way, text: replace(request, headers={**request.headers, way.name.lower(): text}),
    "query": lambda request, way, text: replace(request, query={**request.query, way.name: text}),
    "form": _to_form,
    "cookie": _to_cookie,
}
