"""Deliver to an address: HTTP and HTTPS receivers, and DingTalk robots.

https://help.aliyun.com/document_detail/185887.html: events are sent in the body of a POST. A receiver's `Token` is the
header `x-eventbridge-signature-token`; `signature` signs the request. A robot's request is signed as DingTalk's page
"Custom robot access" (https://open.dingtalk.com/document/robots/custom-robot-access) says: HMAC-SHA256 of the time in
milliseconds, a line feed and the secret, with the secret as key, in base64 in the query. Which answers count as
delivered is on neither page: here those with a status from 200 to 299, of robots see `yunmock.readings`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from yunmock import outgoing
from yunmock.eventbridge import signature
from yunmock.eventbridge.trace import Attempt

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.eventbridge.model import Target

JSON_CONTENT = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "yunmock-eventbridge"}
OK = range(200, 300)


def to_url(cloud: Cloud, target: Target, body: bytes) -> Attempt:
    """POST the body to the receiver of an HTTP or HTTPS target."""
    url, token = target.value("url"), target.value("Token")
    now_ms = cloud.clock.now_ms()
    signed = signature.headers(cloud.account.region, url, body, now_ms, token)
    return _attempt(cloud, url, {**JSON_CONTENT, **signed}, body)


def to_robot(cloud: Cloud, target: Target, body: bytes) -> Attempt:
    """POST the body to a DingTalk robot, whose answer has its verdict in `errcode`."""
    url = robot_url(target.value("URL"), target.value("SecretKey"), cloud.clock.now_ms())
    attempt = _attempt(cloud, url, JSON_CONTENT, body)
    problem = _verdict(attempt.response) if attempt.ok else ""
    if not problem:
        return attempt
    ok = cloud.readings.robot_errors == "delivered"
    return Attempt(attempt.at_ms, ok=ok, status=attempt.status, response=attempt.response, error=problem)


def robot_url(url: str, secret: str, now_ms: int) -> str:
    """The address of a robot with the time and the signature in its query; as it is if there is no secret."""
    if not secret:
        return url
    digest = hmac.new(secret.encode(), f"{now_ms}\n{secret}".encode(), hashlib.sha256).digest()
    sign = quote(base64.b64encode(digest).decode(), safe="")
    return f"{url}{'&' if '?' in url else '?'}timestamp={now_ms}&sign={sign}"


def _attempt(cloud: Cloud, url: str, headers: dict[str, str], body: bytes) -> Attempt:
    at_ms = cloud.clock.now_ms()
    try:
        answer = outgoing.post(cloud, url, headers, body)
    except outgoing.NotSentError as error:
        return Attempt(at_ms, ok=False, error=str(error))
    ok, text = answer.status in OK, answer.body[: outgoing.MAX_RESPONSE].decode("utf-8", "replace")
    problem = "" if ok else f"the receiver answered {answer.status}"
    return Attempt(at_ms, ok=ok, status=answer.status, response=text, error=problem)


def _verdict(response: str) -> str:
    """Why a robot refused a message, by its answer; empty if it took it."""
    try:
        content = json.loads(response)
        code = content["errcode"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "the robot's answer has no errcode"
    return "" if code == 0 else f"errcode {code}: {content.get('errmsg')}"
