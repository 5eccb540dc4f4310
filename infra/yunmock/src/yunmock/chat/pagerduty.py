"""PagerDuty's Events API v2.

Source: github.com/PagerDuty/developer-docs, docs/events-API-v2 (fields and their limits, 120 calls a minute, answers,
what a repeated dedup_key does).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from yunmock.chat.model import KEPT_IDS, Kind, Rate, Receiver, Reply, json_of, json_response

if TYPE_CHECKING:
    from yunmock.http import Request, Response
    from yunmock.json_types import JsonObject

MAX_BYTES, MAX_SUMMARY, MAX_KEY = 512 * 1024, 1024, 255
RATES = (Rate(120, 60),)
SEVERITIES = ("critical", "error", "warning", "info")
ACTIONS = ("trigger", "acknowledge", "resolve")
PATH, CHANGES = "/v2/enqueue", "/v2/change/enqueue"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


def _judge(receiver: Receiver, request: Request, now_ms: int) -> Reply:
    if receiver.is_used_up(RATES, now_ms):
        return Reply(receiver, json_response(429, {"status": "throttle exceeded"}), "429")
    body = json_of(request)
    errors = _errors(body, len(request.body))
    if errors:
        answer: JsonObject = {"status": "invalid event", "message": "Event object is invalid", "errors": [*errors]}
        return Reply(receiver, json_response(400, answer), "400")
    action, key = body["event_action"], str(body.get("dedup_key") or f"generated-{now_ms}")
    known = key in receiver.open_alerts
    text = str(body["payload"]["summary"]) if action == "trigger" else f"{action} {key}"
    response = json_response(202, {"status": "success", "message": "Event processed", "dedup_key": key})
    # A trigger of an open alert is added to it; acknowledging or resolving what is not open is accepted and dropped.
    after = replace(receiver.sent(now_ms), open_alerts=_open_after(receiver, action, key))
    return Reply(after, response, "202", accepted=True, text=text, repeat=known == (action == "trigger"))


def _open_after(receiver: Receiver, action: str, key: str) -> tuple[str, ...]:
    others = tuple(each for each in receiver.open_alerts if each != key)
    remains_open = action == "trigger" or (action == "acknowledge" and key in receiver.open_alerts)
    return (*others, key)[-KEPT_IDS:] if remains_open else others


def _errors(body: dict[str, Any], size: int) -> list[str]:
    given = body.get("payload")
    payload: dict[str, Any] = given if isinstance(given, dict) else {}
    action, key = body.get("event_action"), body.get("dedup_key") or ""
    triggers, summary = action == "trigger", payload.get("summary") or ""
    checks = {
        "the body is larger than 512 KB": size <= MAX_BYTES,
        "'event_action' is not valid": action in ACTIONS,
        "'dedup_key' is missing or blank": triggers or bool(key),
        f"'dedup_key' is longer than {MAX_KEY}": len(str(key)) <= MAX_KEY,
        "'payload.summary' is missing or blank": not triggers or bool(summary),
        f"'payload.summary' is longer than {MAX_SUMMARY}": len(str(summary)) <= MAX_SUMMARY,
        "'payload.source' is missing or blank": not triggers or bool(payload.get("source")),
        "'payload.severity' is invalid": not triggers or payload.get("severity") in SEVERITIES,
        "'payload.timestamp' is invalid": _TIME.match(str(payload.get("timestamp") or "1970-01-01T00:00:00Z"))
        is not None,
    }
    return [message for message, holds in checks.items() if not holds]


def _unknown() -> Response:
    answer: JsonObject = {
        "status": "invalid event",
        "message": "Event object is invalid",
        "errors": ["Invalid routing key"],
    }
    return json_response(400, answer)


KIND = Kind(
    "pagerduty",
    "PagerDuty Events API v2",
    PATH,
    lambda request: str(json_of(request).get("routing_key", "")) if request.path in (PATH, CHANGES) else None,
    _judge,
    _unknown,
    lambda request: "change" if request.path == CHANGES else str(json_of(request).get("event_action", "")),
    {
        "trigger": "a dedup_key that is open adds to its alert",
        "acknowledge": "an alert that is not open drops it",
        "resolve": "the same; a later trigger opens a new alert",
    },
    {"change": "change events page nobody"},
    (
        "Nobody is paged: incidents, escalations and services are not emulated. `images` and `links` are not checked.",
        "The size, rate and errors are those of the integration's key; there are no organisations.",
        "Unproven: the words of each error in `errors`.",
    ),
)
