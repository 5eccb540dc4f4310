"""Slack, PagerDuty and Standard Webhooks: what each checks, and what a repeat is."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.yunmock.chat.conftest import NOON_MS, Receivers, hmac_base64, sample

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
NOW_S = NOON_MS // 1000


def signed(secret: str = SECRET, at_s: int = NOW_S, id_: str = "msg-1", body: bytes = b"{}") -> dict[str, str]:
    """The headers of a signed webhook."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    entry = "v1," + hmac_base64(key, b".".join((id_.encode(), str(at_s).encode(), body)))
    return {"webhook-id": id_, "webhook-timestamp": str(at_s), "webhook-signature": entry}


ENTRY, ENTRY_OF_ANOTHER = signed()["webhook-signature"], signed(OTHER)["webhook-signature"]


# ---------------------------------------------------------------------------------------------------- webhooks
def test_a_webhook_takes_the_published_signature(receivers: Receivers) -> None:
    """That of the specification's own test (github.com/standard-webhooks/standard-webhooks, libraries/python)."""
    receivers.cloud.clock.freeze(1614265330_000)
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    url = receivers.url("webhook", secret=SECRET)

    assert receivers.post(url, b'{"test": 2432232314}', headers).status == 204
    assert receivers.post(url, b'{"test": 2432232315}', headers).status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        (signed(OTHER), 401),
        (signed(at_s=NOW_S - 300), 204),
        (signed(at_s=NOW_S + 300), 204),
        (signed(at_s=NOW_S - 301), 401),
        (signed(at_s=NOW_S + 301), 401),
        ({**signed(), "webhook-timestamp": "soon"}, 401),
        ({**signed(), "webhook-id": "msg-2"}, 401),
        ({**signed(), "webhook-signature": f"{ENTRY_OF_ANOTHER} {ENTRY}"}, 204),
        ({**signed(), "webhook-signature": f"v1a,c2ln {ENTRY}"}, 204),
        ({**signed(), "webhook-signature": ENTRY.removeprefix("v1,")}, 401),
    ],
)
def test_a_webhook_checks_signature_and_clock(receivers: Receivers, headers: dict[str, str], status: int) -> None:
    """Five minutes either way; one right signature of a list is enough, so that secrets can be rotated."""
    assert receivers.post(receivers.url("webhook", secret=SECRET), b"{}", headers).status == status


def test_a_webhook_knows_a_repeat(receivers: Receivers) -> None:
    """By its id: the second is accepted and marked."""
    url = receivers.url("webhook", secret=SECRET)
    for id_ in ("msg-1", "msg-1", "msg-2"):
        receivers.post(url, b"{}", signed(id_=id_))

    assert [attempt.repeat for attempt in receivers.service.attempts()] == [False, True, False]


# ------------------------------------------------------------------------------------------------------- Slack
def blocks(*lengths: int) -> dict[str, Any]:
    """A message of one section for each length."""
    return {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * length}} for length in lengths]}


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (blocks(3000), 200, "ok"),
        (blocks(3001), 400, "invalid_blocks"),
        (blocks(*[1] * 50), 200, "ok"),
        (blocks(*[1] * 51), 400, "invalid_blocks"),
        (blocks(*[3000] * 4, 1200), 200, "ok"),
        (blocks(*[3000] * 4, 1201), 400, "msg_blocks_too_long"),
        ({"blocks": "x"}, 400, "invalid_blocks"),
        ({"blocks": [{"text": {"text": "no type"}}]}, 400, "invalid_blocks"),
        ({"username": "x"}, 400, "no_text"),
        ({"text": 7}, 400, "no_text"),
        (b"payload", 400, "invalid_payload"),
    ],
)
def test_slack_checks_blocks(receivers: Receivers, body: Any, status: int, words: str) -> None:
    """Their number, the length of each text and of all, and that there is one."""
    answer = receivers.post(receivers.url("slack"), body)

    assert (answer.status, answer.body) == (status, words)


def test_slack_says_when_to_come_again(receivers: Receivers) -> None:
    """A second message in the same second is asked to wait for one."""
    url = receivers.url("slack")
    receivers.post(url, sample("slack"))
    answer = receivers.post(url, sample("slack"))

    assert (answer.status, answer.headers["Retry-After"]) == (429, "1")


# --------------------------------------------------------------------------------------------------- PagerDuty
@pytest.mark.parametrize(
    ("changes", "payload", "error"),
    [
        ({"event_action": "fire"}, {}, "event_action"),
        ({"event_action": None}, {}, "event_action"),
        ({"dedup_key": "k" * 256}, {}, "dedup_key"),
        ({"event_action": "resolve", "dedup_key": ""}, {}, "dedup_key"),
        ({}, {"summary": "x" * 1025}, "payload.summary"),
        ({}, {"summary": ""}, "payload.summary"),
        ({}, {"source": None}, "payload.source"),
        ({}, {"severity": "fatal"}, "payload.severity"),
        ({}, {"timestamp": "yesterday"}, "payload.timestamp"),
        ({"payload": []}, {}, "payload.summary"),
        ({"client": "x" * 512 * 1024}, {}, "512 KB"),
    ],
)
def test_pagerduty_names_what_is_wrong(
    receivers: Receivers, changes: dict[str, Any], payload: dict[str, Any], error: str
) -> None:
    """HTTP 400 with the field, so that a sender does not try again."""
    body = sample("pagerduty")
    given = {**body, "payload": {**body["payload"], **payload}, **changes}
    answer = receivers.post(receivers.url("pagerduty"), given)

    assert answer.status == 400
    assert any(error in each for each in json.loads(answer.body)["errors"])


def test_pagerduty_takes_the_longest_fields(receivers: Receivers) -> None:
    """A summary of 1,024 characters, a key of 255, and a time in the documented form."""
    body = sample("pagerduty", "x" * 1024)
    body["payload"]["timestamp"] = "2015-07-17T08:42:58.315+0000"
    answer = receivers.post(receivers.url("pagerduty"), {**body, "dedup_key": "k" * 255})

    assert (answer.status, json.loads(answer.body)["dedup_key"]) == (202, "k" * 255)


def test_pagerduty_keeps_one_alert_for_a_key(receivers: Receivers) -> None:
    """A second trigger adds to it, resolving what is not open does nothing, and a later trigger opens a new one."""
    url = receivers.url("pagerduty")
    actions = ("resolve", "trigger", "trigger", "acknowledge", "resolve", "acknowledge", "trigger")
    for action in actions:
        assert receivers.post(url, sample("pagerduty", form=action)).status == 202

    repeats = [attempt.repeat for attempt in receivers.service.attempts()]
    assert repeats == [True, False, True, False, False, True, False]
