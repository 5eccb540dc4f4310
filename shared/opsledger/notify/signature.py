"""The signature of Alibaba Cloud's services that a channel may be: made with the keys of the function's role.

EventBridge: the text of alibabacloud_eventbridge_util 0.0.2, `get_string_to_sign`; the body is not part of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from opsledger.notify.exchange import Request
    from opsledger.settings import AccessKeys


def signed(request: Request, keys: AccessKeys) -> Request:
    """The request with a date, a nonce and its signature; it holds for a few minutes."""
    headers = {
        **request.headers,
        "date": formatdate(usegmt=True),
        "x-acs-signature-method": "HMAC-SHA1",
        "x-acs-signature-version": "1.0",
        "x-acs-signature-nonce": uuid.uuid4().hex,
    }
    if keys.token:
        headers.update({"x-acs-accesskey-id": keys.key_id, "x-acs-security-token": keys.token})
    lines = ["POST", "", headers["content-type"], headers["date"]]
    lines += [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-acs")]
    text = "\n".join([*lines, urlsplit(request.url).path])
    digest = hmac.new(keys.secret.encode(), text.encode(), hashlib.sha1).digest()
    headers["authorization"] = f"acs:{keys.key_id}:{base64.b64encode(digest).decode()}"
    return request._replace(headers=headers)
