"""Each channel against its receiver in yunmock, over HTTP: what it sends, and what it makes of every answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.opsledger.notify.receivers import NOW_MS, OTHER_SECRET, SECRET, SENDER, Chat, message

from opsledger.notify import dialects
from opsledger.notify.channels import CHANNELS, Target, dingtalk, feishu, kind_of_url, webhook
from opsledger.notify.exchange import Request, Response, Result
from opsledger.notify.message import MAX_PAGES, Block, clean, pages
from opsledger.notify.network import ForbiddenTargetError, NoResponseError
from opsledger.notify.sender import Sender

SIGNED = ("dingtalk", "feishu", "webhook")
RECEIVED = tuple(kind for kind in CHANNELS if kind != "eventbridge")
"""The kinds that yunmock's chat receives; test_eventbridge.py has the other."""
HTTP = tuple(kind for kind in RECEIVED if kind != "email")
ROBOTS = ("dingtalk", "feishu", "wecom")


@pytest.mark.parametrize("kind", RECEIVED)
def test_a_message_arrives(chat: Chat, kind: str) -> None:
    """What is sent is accepted, counts as sent, and shows its id."""
    target = chat.target(kind, secret=SECRET if kind in SIGNED else "", keyword="planned" if kind in ROBOTS else "")
    assert chat.send(target, message()) == [Result.SENT]
    (attempt,) = chat.receivers.attempts(kind)
    assert attempt.accepted
    assert "n-1" in json.dumps(attempt.body, ensure_ascii=False)
    assert "Reboot planned" in attempt.text


@pytest.mark.parametrize("kind", SIGNED)
def test_a_wrong_secret_is_a_refusal(chat: Chat, kind: str) -> None:
    """A signature by another secret is refused for ever, although the chat services answer HTTP 200."""
    assert chat.send(chat.target(kind, secret=SECRET, sign_with=OTHER_SECRET), message()) == [Result.REFUSED]
    assert chat.receivers.messages() == []


@pytest.mark.parametrize("kind", SIGNED)
@pytest.mark.parametrize("skew_ms", [-7_200_000, 7_200_000])
def test_a_wrong_clock_is_a_refusal(chat: Chat, kind: str, skew_ms: int) -> None:
    """A signature made two hours early or late is refused."""
    assert chat.send(chat.target(kind, secret=SECRET), message(), skew_ms) == [Result.REFUSED]


def test_a_webhook_secret_can_be_rotated(chat: Chat) -> None:
    """While two secrets are configured, receivers with either accept the message."""
    for secret in (OTHER_SECRET, SECRET):
        assert chat.send(chat.target("webhook", secret=secret, sign_with=f"{OTHER_SECRET} {SECRET}"), message()) == [
            Result.SENT
        ]


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_missing_keyword_is_added(chat: Chat, kind: str) -> None:
    """A keyword that the text lacks is added, so that the robot takes it."""
    assert chat.send(chat.target(kind, keyword="告警"), message()) == [Result.SENT]


def test_too_fast_is_throttled_and_dingtalk_blocks_for_ten_minutes(chat: Chat) -> None:
    """The 21st message of a minute is throttled; the robot then refuses for ten minutes, not one."""
    target = chat.target("dingtalk")
    assert [chat.send(target, message())[0] for _ in range(21)] == [Result.SENT] * 20 + [Result.THROTTLED]
    chat.cloud.advance(599)
    assert chat.send(target, message()) == [Result.THROTTLED]
    chat.cloud.advance(2)
    assert chat.send(target, message()) == [Result.SENT]


@pytest.mark.parametrize(("kind", "allowed"), [("feishu", 5), ("wecom", 20), ("slack", 1), ("pagerduty", 120)])
def test_too_fast_is_throttled(chat: Chat, kind: str, allowed: int) -> None:
    """One message more than a service allows is throttled, never refused for ever and never sent."""
    target = chat.target(kind)
    sent = [chat.send(target, message())[0] for _ in range(allowed + 1)]
    assert sent == [Result.SENT] * allowed + [Result.THROTTLED]


@pytest.mark.parametrize("kind", RECEIVED)
def test_five_hundred_records_take_at_most_three_requests(chat: Chat, kind: str) -> None:
    """A digest of a whole zone keeps every size limit, in any script."""
    chat.cloud.clock.unfreeze()
    target = chat.target(kind)
    blocks = tuple(Block(f"实例 i-bp1{n:017d}", ("计划重启 *x* <@all>", "剩余 47 小时")) for n in range(500))
    channel = CHANNELS[kind]
    requests = channel.requests(target, message(blocks=0)._replace(blocks=blocks), NOW_MS)
    assert 1 <= len(requests) <= MAX_PAGES
    for request in requests:
        assert channel.verdict(SENDER.send(request)).result is Result.SENT
        chat.cloud.advance(2)


@pytest.mark.parametrize("kind", ["dingtalk", "feishu", "wecom", "slack"])
def test_text_from_outside_is_no_markup(chat: Chat, kind: str) -> None:
    """A resource name can neither mention people, nor make a link, nor break out of its line."""
    hostile = "<!channel> <@all> @所有人 [x](http://evil.example) ![i](http://evil.example/a.png)\n# top\u202e`x`"
    target = chat.target(kind)
    assert chat.send(target, message()._replace(title=hostile, blocks=(Block(hostile, (hostile,)),))) == [Result.SENT]
    text = _markup(chat.receivers.attempts()[0].body)
    for mark in ("<!channel>", "<@all>", "@所有人", "[x](http", "\n# top", "\u202e", "<at ")[
        : 3 if kind == "slack" else None
    ]:
        assert mark not in text


def _markup(body: Any) -> str:
    """The part of a message that its channel reads as markup; titles of DingTalk and Feishu are plain text."""
    if "card" in body:
        return str(body["card"]["elements"][0]["content"])
    part = body.get("markdown") or {"text": "".join(block["text"]["text"] for block in body["blocks"])}
    return str(part.get("text") or part["content"])


def test_pagerduty_opens_one_alert_and_resolves_it(chat: Chat) -> None:
    """The record's key is the dedup key: a repeat adds nothing, and the settled record closes the alert."""
    target = chat.target("pagerduty")
    for sent in (message(), message(repeat=True), message(settled=True), message(settled=True)):
        assert chat.send(target, sent) == [Result.SENT]
    assert [attempt.repeat for attempt in chat.receivers.attempts()] == [False, True, False, True]


@pytest.mark.parametrize("kind", HTTP)
@pytest.mark.parametrize(
    ("status", "body", "result"),
    [
        (200, b"<html>proxy</html>", Result.UNKNOWN),
        (200, b'{"errcode": true, "code": "0"}', Result.UNKNOWN),
        (500, b"", Result.UNKNOWN),
        (503, b"", Result.THROTTLED),
        (429, b"", Result.THROTTLED),
        (403, b"no", Result.REFUSED),
        (302, b"", Result.REFUSED),
    ],
)
def test_an_answer_that_is_no_clear_success_is_never_sent(kind: str, status: int, body: bytes, result: Result) -> None:
    """Only a 2xx with the channel's own word for success counts; a webhook has no other word than its status."""
    expected = Result.SENT if kind == "webhook" and status == 200 else result
    assert CHANNELS[kind].verdict(Response(status, {}, body)).result is expected


def test_an_unknown_token_is_refused(chat: Chat) -> None:
    """An address whose robot does not exist is refused for ever, in each service's own way."""
    paths = {"dingtalk": "/robot/send?access_token=x", "feishu": "/open-apis/bot/v2/hook/x", "slack": "/services/x"}
    paths.update(wecom="/cgi-bin/webhook/send?key=x", pagerduty="/v2/enqueue", webhook="/webhook/x")
    for kind, path in paths.items():
        assert chat.send(Target("ops", kind, chat.url + path, "eA=="), message()) == [Result.REFUSED], kind


def test_the_published_vectors() -> None:
    """The signatures are those of the vendors' and the project's own examples."""
    assert dingtalk.sign("SEC0123456789abcdef", 1577262236757) == "Pgr6tpIpjVrMPPJUPkaI9sivFPPTYOy5zIOMF2GPFMA="
    assert feishu.sign("demo", 100) == "jquNHnVOwmDRfw+vqTIrY5dooJAgi5EcRtLsQE4wfXg="
    assert feishu.sign("demo", 1599360473) == "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="
    signed = webhook.sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest",
        "https://100.100.100.200/latest",
        "https://[::ffff:10.0.0.1]/x",
        "https://localhost/x",
        "http://93.184.216.34/x",
        "https://user:pass@93.184.216.34/x",
        "ftp://93.184.216.34/x",
        "https:///x",
        "https://[oops/x",
    ],
)
def test_private_targets_are_refused(url: str) -> None:
    """Nothing is sent into a private network, to a metadata service or without TLS, unless that is allowed."""
    with pytest.raises(ForbiddenTargetError):
        Sender().send(Request(url, {}, b""))


def test_a_closed_port_is_no_answer_before_sending() -> None:
    """Without a connection nothing was sent, and the error says so."""
    with pytest.raises(NoResponseError) as caught:
        SENDER.send(Request("http://127.0.0.1:1/x", {}, b""))
    assert caught.value.before_sending
    assert "127.0.0.1" not in str(caught.value)


def test_no_representation_shows_a_credential() -> None:
    """Targets and requests can be logged."""
    target = Target("ops", "slack", "https://hooks.slack.com/services/SECRET", "SECRET")
    assert "SECRET" not in repr([target, *CHANNELS["slack"].requests(target, message(), NOW_MS)])


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://oapi.dingtalk.com/robot/send?access_token=x", "dingtalk"),
        ("https://open.larksuite.com/open-apis/bot/v2/hook/x", "feishu"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x", "wecom"),
        ("https://hooks.slack.com/services/x", "slack"),
        ("https://ops.example.com/hook", "webhook"),
    ],
)
def test_a_bare_address_says_its_kind(url: str, kind: str) -> None:
    """One environment variable with an address is enough to set up a channel."""
    assert kind_of_url(url) == kind


@pytest.mark.parametrize("max_bytes", [800, 1000, 4096, 20_000])
@pytest.mark.parametrize("text", ["x" * 2000, "重" * 700, "🚀" * 300, "a b " * 400])
def test_pages_never_exceed_their_bytes(max_bytes: int, text: str) -> None:
    """Whatever the text, each page fits, and all of them are text."""
    made = pages(
        message()._replace(blocks=tuple(Block(text, (text, text)) for _ in range(9))), dialects.LARK, max_bytes
    )
    assert 1 <= len(made) <= MAX_PAGES
    assert all(len(page.text.encode()) <= max_bytes for page in made)


def test_clean_keeps_one_visible_line() -> None:
    """Control, format and bidirectional characters are dropped, white space is one blank, long texts are cut."""
    assert clean(" a\r\n b\t\x00\u200b\u202ec ") == "a b c"
    assert clean("x" * 700) == "x" * 599 + "…"
