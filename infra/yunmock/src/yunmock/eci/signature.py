"""Who is calling: the two signatures that the vendor's SDKs put on an RPC call.

ACS3-HMAC-SHA256 is the SDK's default ("V3 request structure and signature",
https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature): the parameters go in the query or
the body, all else in headers. HMAC-SHA1 ("RPC signature",
https://help.aliyun.com/zh/sdk/product-overview/rpc-mechanism; `signature_algorithm="v2"` in the SDK's Config) signs
the parameters, its own among them. The age of a signature is not looked at: the cloud's clock may be anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from yunmock.eci.errors import EciError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yunmock.cloud import Account
    from yunmock.http import Request

ACS3 = "ACS3-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    r"(?P<method>ACS3-[\w-]+) Credential=(?P<key>[^,]*), ?SignedHeaders=(?P<names>[^,]*), ?Signature=(?P<given>\w*)"
)


def check(request: Request, parameters: Mapping[str, str], account: Account) -> None:
    """Let only the account's own key through.

    Raises:
        EciError: MissingParameter, IncompleteSignature, InvalidParameter, InvalidAccessKeyId.NotFound,
            SignatureDoesNotMatch.
    """
    if header := request.headers.get("authorization"):
        _check_acs3(request, header, account)
    else:
        _check_rpc(request, parameters, account)


def _check_acs3(request: Request, header: str, account: Account) -> None:
    parts = _AUTHORIZATION.fullmatch(header)
    if parts is None:
        raise EciError("IncompleteSignature", "the Authorization header cannot be read")
    if parts["method"] != ACS3:
        raise EciError("InvalidParameter", "SignatureMethod", f"yunmock knows {ACS3} and HMAC-SHA1")
    _check_key(parts["key"], account)
    body_hash = hashlib.sha256(request.body).hexdigest()
    names = parts["names"].split(";")
    unsigned = sorted(name for name in request.headers if name.startswith("x-acs-") and name not in names)
    if unsigned:
        raise EciError("IncompleteSignature", f"not signed: {unsigned}")
    _compare(parts["given"], _acs3(request, names, body_hash, account.access_key_secret))


def _acs3(request: Request, names: list[str], body_hash: str, secret: str) -> str:
    headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in names)
    lines = [request.method, quote(request.path, safe="/~"), _query(request.query), headers, ";".join(names), body_hash]
    text = f"{ACS3}\n{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _check_rpc(request: Request, parameters: Mapping[str, str], account: Account) -> None:
    for name in ("AccessKeyId", "Signature", "SignatureMethod"):
        if not parameters.get(name):
            raise EciError("MissingParameter", name)
    if parameters["SignatureMethod"] != "HMAC-SHA1":
        raise EciError("InvalidParameter", "SignatureMethod", f"yunmock knows {ACS3} and HMAC-SHA1")
    _check_key(parameters["AccessKeyId"], account)
    signed = {name: value for name, value in parameters.items() if name != "Signature"}
    text = f"{request.method}&%2F&{quote(_query(signed), safe='~')}"
    mac = hmac.new(f"{account.access_key_secret}&".encode(), text.encode(), hashlib.sha1)
    _compare(parameters["Signature"], base64.b64encode(mac.digest()).decode())


def _check_key(key: str, account: Account) -> None:
    if key != account.access_key_id:
        raise EciError("InvalidAccessKeyId.NotFound")


def _compare(given: str, expected: str) -> None:
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise EciError("SignatureDoesNotMatch", "check the AccessKey secret")


def _query(parameters: Mapping[str, str]) -> str:
    return "&".join(f"{quote(name, safe='~')}={quote(parameters[name], safe='~')}" for name in sorted(parameters))
