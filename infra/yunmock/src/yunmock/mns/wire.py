"""The wire of the 2015-06-06 API: regions, query, answers, refusals.

https://help.aliyun.com/document_detail/27487.html. The query's names are compared without regard to case: the vendor's
pages write `receiptHandle` and `metaOverride`, its SDK `ReceiptHandle` and `metaoverride`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from yunmock.http import Request, Response
from yunmock.identifiers import new_uuid
from yunmock.mns import documents

if TYPE_CHECKING:
    from yunmock.cloud import Account
    from yunmock.mns.documents import Content
    from yunmock.mns.errors import MnsError

VERSION = "2015-06-06"
PREFIX = "x-mns-"

_HOST = re.compile(r"\d+\.mns\.(?P<region>[\w-]+?)(?:-internal(?:-vpc)?)?\.aliyuncs\.com")


def region_of(request: Request, account: Account) -> str:
    """The region that a request is for: that of its host, else the account's."""
    found = _HOST.fullmatch(request.host.partition(":")[0].lower())
    return found["region"] if found else account.region


def query_of(request: Request) -> dict[str, str]:
    """The query, with its names in lower case."""
    return {name.lower(): value for name, value in request.query.items()}


def queue_url(account: Account, region: str, name: str, host: str = "") -> str:
    """The address of a queue, at the host that the caller uses."""
    return f"http://{host or f'{account.account_id}.mns.{region}.aliyuncs.com'}/queues/{name}"


def answer(status: int, root: str = "", content: Content = "", **headers: str) -> Response:
    """An answer; without a body if `root` is empty."""
    if not root:
        return Response(status, {**_common(_new_id()), **headers})
    return Response(status, {**_common(_new_id()), **headers, **_XML}, documents.write(root, content))


def refusal(account: Account, request: Request, error: MnsError) -> Response:
    """A refused call: the SDK raises MNSServerException with this code."""
    id_ = _new_id()
    content: list[documents.Element] = [
        ("Code", error.code),
        ("Message", str(error)),
        ("RequestId", id_),
        ("HostId", request.host or f"{account.account_id}.mns.{account.region}.aliyuncs.com"),
    ]
    return Response(error.status, {**_common(id_), **_XML}, documents.write("Error", content))


_XML = {"content-type": "text/xml;charset=utf-8"}


def _common(request_id: str) -> dict[str, str]:
    return {f"{PREFIX}request-id": request_id, f"{PREFIX}version": VERSION}


def _new_id() -> str:
    return new_uuid().hex[:24].upper()
