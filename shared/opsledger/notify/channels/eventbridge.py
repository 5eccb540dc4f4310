"""An event bus of one's own: each notification again as a CloudEvent, for programs of the same account.

Sources: help.aliyun.com/en/eventbridge/putevents (events, sizes, answers), help.aliyun.com/zh/eventbridge/error-codes;
the headers and the form of an event are those of alibabacloud_eventbridge 1.3.8. The id of an event is that of the
delivery: the same source and id is the same event, so a repeat can be dropped.
"""

from __future__ import annotations

from typing import Final

from opsledger import strict_json, timestamps
from opsledger.notify.channels.channel import Channel, Target
from opsledger.notify.exchange import SENT, Receipt, Request, Response, Result, by_status, json_body
from opsledger.notify.message import Message, clean

PATH: Final = "/openapi/putEvents"
SERVICE: Final = "eventbridge"
SOURCE: Final = "opsledger"
TRANSITION: Final = "transition"
MAX_SUBJECT: Final = 512
MAX_NOTE: Final = 200
_TEMPORARY: Final = ("TooManyRequests", "Throttling", "ServiceUnavailable")
_FAILED: Final = ("InternalError", "ServerError")


def _requests(target: Target, message: Message, now_ms: int) -> list[Request]:
    event = {**cloudevent(message, now_ms), "aliyuneventbusname": target.settings["bus"]}
    headers = {
        "content-type": "application/cloudevents-batch+json; charset=utf-8",
        "x-eventbridge-version": "2015-06-06",
    }
    body = strict_json.write([event]).encode()
    return [Request(target.url.rstrip("/") + PATH, headers, body, SERVICE)]


def cloudevent(message: Message, now_ms: int) -> dict[str, strict_json.JsonValue]:
    """The event, less the bus: its type is `opsledger.transition` for a step of a record, else that of the stage."""
    return {
        "specversion": "1.0",
        "id": message.id,
        "source": SOURCE,
        "type": f"{SOURCE}.{TRANSITION if message.stage == 'step' else message.stage or 'notification'}",
        "subject": clean(message.key, MAX_SUBJECT),
        "time": timestamps.show(now_ms if message.at is None else message.at),
        "datacontenttype": "application/json",
        "data": {
            "stage": message.stage,
            "severity": message.severity,
            "settled": message.settled,
            "title": clean(message.title),
            "link": message.link,
            "record": message.record,
        },
    }


def _verdict(response: Response) -> Receipt:
    """HTTP 200 hides what became of each event: its own code is in the body."""
    body = json_body(response)
    if response.status != 200:  # noqa: PLR2004 - HTTP's OK
        code, receipt = body.get("code"), by_status(response)
        return receipt._replace(code=code, note=_words(body.get("message"))) if isinstance(code, str) else receipt
    entries = body.get("EntryList")
    if not isinstance(entries, list) or len(entries) != 1 or not isinstance(entries[0], dict):
        return Receipt(Result.UNKNOWN, "200", "no entry in the answer")
    code = entries[0].get("ErrorCode")
    if code in (None, "", "Success"):
        failed = body.get("FailedEntryCount")
        return SENT if failed == 0 else Receipt(Result.UNKNOWN, "200", "failed without a code")
    return Receipt(_result(str(code)), str(code), _words(entries[0].get("ErrorMessage")))


def _result(code: str) -> Result:
    if code.startswith(_TEMPORARY):
        return Result.THROTTLED
    return Result.UNKNOWN if code.startswith(_FAILED) else Result.REFUSED


def _words(text: object) -> str:
    return clean(str(text or ""), MAX_NOTE)


CHANNEL: Final = Channel(SERVICE, (), (), _requests, _verdict, dedups=True)
