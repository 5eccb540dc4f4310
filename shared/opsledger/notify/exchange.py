"""One request to a channel, its answer, and what the answer means.

HTTP 200 is no verdict: Feishu, WeCom and DingTalk answer refusals with it too, and say in the body what happened. A
body without a code that can be read is `UNKNOWN`, never a success.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from opsledger import strict_json
from opsledger.errors import BadEventError
from opsledger.notify.message import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.strict_json import JsonObject

MAX_NOTE = 200


class Request(NamedTuple):
    """A POST to make. `repr` shows no URL: a channel's URL is its credential.

    Attributes:
        signed_for: the service of Alibaba Cloud that it has to be signed for with the function's keys; "" for none.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    signed_for: str = ""

    def __repr__(self) -> str:
        return f"<request of {len(self.body)} bytes>"


def json_request(url: str, body: JsonObject) -> Request:
    """A POST of a JSON object."""
    return Request(url, {"content-type": "application/json"}, strict_json.write(body).encode())


class Response(NamedTuple):
    """An answer, header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Result(Enum):
    """What became of a request."""

    SENT = "sent"
    THROTTLED = "throttled"
    """Too fast: send it again later."""
    REFUSED = "refused"
    """It will be refused every time: change the settings or the message."""
    UNKNOWN = "unknown"
    """It may have arrived: send it again, marked as a possible repeat."""


class Receipt(NamedTuple):
    """The result, the channel's own code, its words, and in how many seconds to try again where it says so."""

    result: Result
    code: str = ""
    note: str = ""
    retry_after_s: int | None = None


SENT = Receipt(Result.SENT)


def verdict_by_code(
    response: Response, field: str, message: str, results: Mapping[int, tuple[Result, int | None]]
) -> Receipt:
    """The verdict of a channel that puts a code into its body, 0 for success.

    Args:
        field: the name of the code in the body; message: that of its text.
        results: code → the result, and the seconds to wait; a code that is not listed is refused.
    """
    code = json_body(response).get(field)
    if not _succeeded(response):
        return by_status(response)
    if not isinstance(code, int) or isinstance(code, bool):
        return Receipt(Result.UNKNOWN, str(response.status), "no code in the answer")
    if code == 0:
        return SENT
    result, wait = results.get(code, (Result.REFUSED, None))
    return Receipt(result, str(code), clean(str(json_body(response).get(message) or ""), MAX_NOTE), wait)


def by_status(response: Response) -> Receipt:
    """The verdict by HTTP status alone: 2xx sent, 429 and 5xx again later, anything else refused."""
    status = response.status
    if _succeeded(response):
        return SENT
    if status in (429, 502, 503, 504):
        return Receipt(Result.THROTTLED, str(status), retry_after_s=retry_after(response))
    if status in (408, 425) or status >= 500:  # noqa: PLR2004 - the server's own errors
        return Receipt(Result.UNKNOWN, str(status), retry_after_s=retry_after(response))
    return Receipt(Result.REFUSED, str(status), clean(response.body[:MAX_NOTE].decode(errors="replace"), MAX_NOTE))


def _succeeded(response: Response) -> bool:
    return 200 <= response.status < 300  # noqa: PLR2004 - the successes of HTTP


def retry_after(response: Response) -> int | None:
    """The seconds of `Retry-After`; None where there is none, or a date."""
    text = response.headers.get("retry-after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None  # noqa: PLR2004 - up to eleven days


def json_body(response: Response) -> JsonObject:
    """The body as a JSON object; empty where it is none."""
    try:
        return strict_json.read_object(response.body)
    except BadEventError:
        return {}
