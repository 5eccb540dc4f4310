"""Any other HTTP receiver: a CloudEvent, signed as Standard Webhooks 1.0 describes.

Sources: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md (headers, signature, answers);
github.com/cloudevents/spec, http-webhook.md (structured mode, 415, 429 with Retry-After).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from opsledger import strict_json, timestamps
from opsledger.notify.channels.channel import Channel, Limit, Target
from opsledger.notify.exchange import Receipt, Request, Result, by_status
from opsledger.notify.message import clean

if TYPE_CHECKING:
    from opsledger.notify.exchange import Response
    from opsledger.notify.message import Message

EVENT_TYPE: Final = "opsledger.notification"
_PREFIX: Final = "whsec_"


def sign(secrets: str, message_id: str, timestamp_s: int, body: bytes) -> str:
    """The header `webhook-signature`: one entry per secret, so that a secret can be rotated.

    Args:
        secrets: one or more, separated by blanks, each in base64 after `whsec_`, or without that.

    Raises:
        ValueError: a secret is not base64.
    """
    signed = b".".join((message_id.encode(), str(timestamp_s).encode(), body))
    keys = [base64.b64decode(secret.removeprefix(_PREFIX), validate=True) for secret in secrets.split()]
    entries = [base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys]
    return " ".join(f"v1,{entry}" for entry in entries)


def _requests(target: Target, message: Message, now_ms: int) -> list[Request]:
    body = strict_json.write(cloudevent(message, now_ms)).encode()
    headers = {
        "content-type": "application/cloudevents+json",
        "webhook-id": message.id,
        "webhook-timestamp": str(now_ms // 1000),
    }
    if target.secret:
        headers["webhook-signature"] = sign(target.secret, message.id, now_ms // 1000, body)
    return [Request(target.url, headers, body)]


def cloudevent(message: Message, now_ms: int) -> strict_json.JsonObject:
    """The message as a CloudEvent with structured data."""
    return {
        "specversion": "1.0",
        "id": message.id,
        "source": "opsledger",
        "type": EVENT_TYPE,
        "subject": message.key,
        "time": timestamps.show(now_ms if message.at is None else message.at),
        "datacontenttype": "application/json",
        "data": {
            "title": clean(message.title),
            "severity": message.severity,
            "settled": message.settled,
            "link": message.link,
            "stage": message.stage,
            "record": message.record,
            "blocks": [{"heading": clean(b.heading), "lines": [clean(t) for t in b.lines]} for b in message.blocks],
        },
    }


def _verdict(response: Response) -> Receipt:
    if 300 <= response.status < 400:  # noqa: PLR2004 - the specification counts a redirect as a failure
        return Receipt(Result.REFUSED, str(response.status), "the receiver redirects")
    return by_status(response)


CHANNEL: Final = Channel("webhook", (), (Limit(60, 60),), _requests, _verdict, dedups=True)
