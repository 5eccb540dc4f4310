"""The wire: an RPC call's action and parameters, answers in JSON, errors as `{Code, Message, RequestId, HostId}`.

"RPC mechanism" (https://help.aliyun.com/zh/sdk/product-overview/rpc-mechanism).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from yunmock.http import Request, Response
from yunmock.identifiers import new_uuid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yunmock.json_types import JsonObject
    from yunmock.rpc.errors import RpcError

FORM = "application/x-www-form-urlencoded"


def parameters(request: Request) -> dict[str, str]:
    """What the caller sent, in the query and in a form as body."""
    form: dict[str, str] = {}
    if request.headers.get("content-type", "").startswith(FORM):
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    return {**request.query, **form}


def action(request: Request, sent: Mapping[str, str]) -> str:
    """The name of the call: `DescribeContainerGroups`; empty when the request has none."""
    return request.headers.get("x-acs-action") or sent.get("Action", "")


def version(request: Request, sent: Mapping[str, str]) -> str:
    """The version of the API that the caller asks for."""
    return request.headers.get("x-acs-version") or sent.get("Version", "")


def operation(request: Request) -> str:
    """The call's name as the API spells it, for the log and for faults."""
    return action(request, parameters(request))


def answer(result: JsonObject) -> Response:
    """A successful call."""
    return _response(200, {"RequestId": request_id(), **result})


def refusal(request: Request, error: RpcError, host: str) -> Response:
    """A refused call: the SDK raises TeaException with this code; `host` stands for a host that the request lacks."""
    content: JsonObject = {
        "RequestId": request_id(),
        "HostId": request.host or host,
        "Code": error.code,
        "Message": str(error),
    }
    return _response(error.status, content)


def request_id() -> str:
    """A fresh request id."""
    return str(new_uuid()).upper()


def _response(status: int, content: JsonObject) -> Response:
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    return Response(status, {"content-type": "application/json;charset=utf-8"}, body)
