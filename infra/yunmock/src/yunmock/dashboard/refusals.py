"""Why a request was refused: the code and the message in its answer, in the form of each service."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yunmock.refused import RefusedRequest

CODES = ("Code", "code", "ErrorCode", "errcode", "status")
MESSAGES = ("Message", "message", "ErrorMessage", "errmsg", "msg", "error")
_XML_CODE, _XML_MESSAGE = (
    re.compile(r"<Code>(.*?)</Code>", re.DOTALL),
    re.compile(r"<Message>(.*?)</Message>", re.DOTALL),
)


def reason(request: RefusedRequest) -> tuple[str, str]:
    """The code and the message; empty where the answer has none."""
    if request.status is None:
        return "", "the connection was cut, as a fault asked for"
    text = request.body.decode("utf-8", "replace")
    if text.lstrip().startswith("{"):
        return _of_json(text)
    if text.lstrip().startswith("<"):
        code, message = _XML_CODE.search(text), _XML_MESSAGE.search(text)
        return unescape(code[1]) if code else "", unescape(message[1]) if message else ""
    if request.service == "tablestore":
        from yunmock.tablestore.wire import read_refusal  # noqa: PLC0415 - it needs the vendor's SDK, which is here now

        return read_refusal(request.body)
    return "", text[:200]


def _of_json(text: str) -> tuple[str, str]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return "", text[:200]
    return _first(content, CODES), _first(content, MESSAGES)


def _first(content: dict[str, object], names: tuple[str, ...]) -> str:
    return next((str(content[name]) for name in names if content.get(name) not in (None, "")), "")
