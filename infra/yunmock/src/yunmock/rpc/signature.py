"""Check who is calling: the two signatures that the vendor's SDKs put on an RPC call.

ACS3-HMAC-SHA256 is the SDK's default (`yunmock.acs3`). HMAC-SHA1 ("RPC signature",
https://help.aliyun.com/zh/sdk/product-overview/rpc-mechanism; `signature_algorithm="v2"` in the SDK's Config) signs
the parameters, which include those of the signature. The age of a signature is not checked, because a test may move
the cloud's clock.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

from yunmock import acs3
from yunmock.acs3 import Problem
from yunmock.rpc.errors import RpcError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yunmock.cloud import Account
    from yunmock.http import Request

HMAC_SHA1 = "HMAC-SHA1"
SUPPORTED = f"yunmock supports {acs3.ALGORITHM} and {HMAC_SHA1}"

REFUSALS: dict[Problem, Callable[[str], RpcError]] = {
    Problem.NO_AUTHORIZATION: lambda _: RpcError("IncompleteSignature", "the Authorization header is malformed"),
    Problem.ALGORITHM: lambda _: RpcError("InvalidParameter", "SignatureMethod", SUPPORTED),
    Problem.ACCESS_KEY: lambda _: RpcError("InvalidAccessKeyId.NotFound"),
    Problem.UNSIGNED_HEADER: lambda name: RpcError("IncompleteSignature", f"the header {name} is not signed"),
    Problem.MISMATCH: lambda _: RpcError("SignatureDoesNotMatch", "check the AccessKey secret"),
}
"""The refusal of each problem with an ACS3 signature, made from the problem's detail."""


def check(request: Request, parameters: Mapping[str, str], account: Account) -> None:
    """Accept only a request that the account's own key signed.

    Raises:
        RpcError: MissingParameter, IncompleteSignature, InvalidParameter, InvalidAccessKeyId.NotFound,
            SignatureDoesNotMatch.
    """
    if not request.headers.get("authorization"):
        _check_rpc(request, parameters, account)
        return
    try:
        acs3.verify(request, account)
    except acs3.Acs3Error as error:
        raise REFUSALS[error.problem](error.detail) from None


def _check_rpc(request: Request, parameters: Mapping[str, str], account: Account) -> None:
    for name in ("AccessKeyId", "Signature", "SignatureMethod"):
        if not parameters.get(name):
            raise RpcError("MissingParameter", name)
    if parameters["SignatureMethod"] != HMAC_SHA1:
        raise REFUSALS[Problem.ALGORITHM](parameters["SignatureMethod"])
    if account.accepts(parameters["AccessKeyId"]):
        return
    if parameters["AccessKeyId"] != account.access_key_id:
        raise REFUSALS[Problem.ACCESS_KEY](parameters["AccessKeyId"])
    signed = {name: value for name, value in parameters.items() if name != "Signature"}
    expected = _rpc_signature(request.method, signed, account.access_key_secret)
    if not hmac.compare_digest(parameters["Signature"].encode(), expected.encode()):
        raise REFUSALS[Problem.MISMATCH]("")


def _rpc_signature(method: str, signed: Mapping[str, str], secret: str) -> str:
    text = f"{method}&%2F&{quote(acs3.canonical_query(signed), safe='~')}"
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()).decode()
