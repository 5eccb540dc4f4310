"""PagerDuty's Events API v2: an alert per record, resolved when the record is settled.

Source: github.com/PagerDuty/developer-docs, docs/events-API-v2 (fields and their limits, 120 calls a minute, answers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsledger import strict_json, timestamps
from opsledger.notify import dialects
from opsledger.notify.channels.channel import Channel, Limit, Target
from opsledger.notify.exchange import SENT, Receipt, Result, by_status, json_body, json_request
from opsledger.notify.message import clean, pages

if TYPE_CHECKING:
    from opsledger.notify.exchange import Request, Response
    from opsledger.notify.message import Message

URL: Final = "https://events.pagerduty.com/v2/enqueue"
MAX_SUMMARY: Final = 1024
MAX_DETAILS: Final = 100_000
"""Well under the 512 KB of a whole body."""
MAX_DEDUP_KEY: Final = 255
_SEVERITIES: Final = {"critical": "critical", "warning": "warning", "info": "info"}


def _requests(target: Target, message: Message, _now_ms: int) -> list[Request]:
    event: dict[str, strict_json.JsonValue] = {
        "routing_key": target.secret,
        "event_action": "resolve" if message.settled else "trigger",
        "dedup_key": message.key[:MAX_DEDUP_KEY],
    }
    if not message.settled:
        text = pages(message, dialects.PLAIN, MAX_DETAILS)[0].text
        event["payload"] = {
            "summary": clean(message.title, MAX_SUMMARY),
            "source": clean(message.key, MAX_DEDUP_KEY),
            "severity": _SEVERITIES.get(message.severity, "warning"),
            "custom_details": {"text": text, "id": message.id},
            **({} if message.at is None else {"timestamp": timestamps.show(message.at)}),
        }
    if message.link:
        event["links"] = [{"href": message.link, "text": "OpsLedger"}]
    return [json_request(target.url or URL, event)]


def _verdict(response: Response) -> Receipt:
    if response.status == 202:  # noqa: PLR2004 - accepted
        status = json_body(response).get("status")
        return SENT if status == "success" else Receipt(Result.UNKNOWN, "202", "no status in the answer")
    if 200 <= response.status < 300:  # noqa: PLR2004 - a success that the API does not document
        return Receipt(Result.UNKNOWN, str(response.status), "not the documented answer")
    return by_status(response)


CHANNEL: Final = Channel("pagerduty", ("events.pagerduty.com",), (Limit(120, 60),), _requests, _verdict, dedups=True)
