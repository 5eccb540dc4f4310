"""DingTalk, Feishu and WeCom: signatures, clocks, keywords and sizes, each with the service's own code."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from tests.yunmock.chat.conftest import NOON_MS, Receivers, hmac_base64, sample

HOUR_MS = 3_600_000
SECRET = "SEC0123456789abcdef"
# Known answers: computed with other programs (openssl, the example of the vendor's page in Python).
DINGTALK_VECTOR = (1577262236757, "Pgr6tpIpjVrMPPJUPkaI9sivFPPTYOy5zIOMF2GPFMA=")
FEISHU_VECTORS = [
    ("100", "jquNHnVOwmDRfw+vqTIrY5dooJAgi5EcRtLsQE4wfXg="),
    ("1599360473", "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="),
]
SIZES = [
    ("wecom", "text", 2048, 40058),
    ("wecom", "markdown", 4096, 40058),
]


def dingtalk_query(timestamp: int | str, secret: str = SECRET, times: int = 1) -> str:
    """The parameters of DingTalk's signature, URL-encoded `times` times."""
    sign = hmac_base64(secret, f"{timestamp}\n{secret}")
    for _ in range(times):
        sign = quote(sign, safe="")
    return f"&timestamp={timestamp}&sign={sign}"


def test_dingtalk_takes_the_known_signature(receivers: Receivers) -> None:
    """At its time; a signature with one character changed is refused."""
    timestamp, sign = DINGTALK_VECTOR
    receivers.cloud.clock.freeze(timestamp)
    url = receivers.url("dingtalk", secret=SECRET)

    assert receivers.post(f"{url}&timestamp={timestamp}&sign={quote(sign, safe='')}", sample("dingtalk")).code == 0
    wrong = receivers.post(f"{url}&timestamp={timestamp}&sign={quote('Q' + sign[1:], safe='')}", sample("dingtalk"))
    assert (wrong.status, wrong.code, "sign not match" in wrong.body) == (200, 310000, True)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "invalid timestamp"),
        (dingtalk_query(NOON_MS, "another"), "sign not match"),
        (dingtalk_query(NOON_MS, times=2), "sign not match"),
        (dingtalk_query(NOON_MS - HOUR_MS), "ok"),
        (dingtalk_query(NOON_MS + HOUR_MS), "ok"),
        (dingtalk_query(NOON_MS - HOUR_MS - 1), "invalid timestamp"),
        (dingtalk_query(NOON_MS + HOUR_MS + 1), "invalid timestamp"),
        (dingtalk_query(NOON_MS // 1000), "invalid timestamp"),
        (dingtalk_query("now"), "invalid timestamp"),
        (dingtalk_query("٣"), "invalid timestamp"),
    ],
)
def test_dingtalk_checks_signature_and_clock(receivers: Receivers, query: str, words: str) -> None:
    """To the millisecond; encoding a signature twice, as some libraries do, is refused."""
    url = receivers.url("dingtalk", secret=SECRET)
    answer = receivers.post(url + quote(query, safe="&=%"), sample("dingtalk"))

    assert (answer.status, answer.code) == (200, 0 if words == "ok" else 310000)
    assert words in answer.body


@pytest.mark.parametrize(("timestamp", "sign"), FEISHU_VECTORS)
def test_feishu_takes_the_known_signatures(receivers: Receivers, timestamp: str, sign: str) -> None:
    """At their time, in the body; without one, or with one character changed, it is refused."""
    receivers.cloud.clock.freeze(int(timestamp) * 1000)
    url = receivers.url("feishu", secret="demo")

    assert receivers.post(url, {**sample("feishu"), "timestamp": timestamp, "sign": sign}).code == 0
    for wrong in ({}, {"timestamp": timestamp, "sign": "Q" + sign[1:]}, {"timestamp": int(timestamp), "sign": sign}):
        answer = receivers.post(url, {**sample("feishu"), **wrong})
        assert (answer.status, answer.code) == (200, 19021)


@pytest.mark.parametrize(
    ("timestamp", "code"),
    [(-3600, 0), (3600, 0), (-3601, 19021), (3601, 19021), (NOON_MS, 19021)],
)
def test_feishu_checks_the_clock(receivers: Receivers, timestamp: int, code: int) -> None:
    """To the second; milliseconds are no seconds."""
    at = str(NOON_MS // 1000 + timestamp)
    sign = hmac_base64(f"{at}\ndemo", "")
    answer = receivers.post(receivers.url("feishu", secret="demo"), {**sample("feishu"), "timestamp": at, "sign": sign})

    assert answer.code == code


@pytest.mark.parametrize(("kind", "code"), [("dingtalk", 310000), ("feishu", 19024)])
@pytest.mark.parametrize("keyword", ["alarm", "告警"])
def test_a_keyword_is_asked_for(receivers: Receivers, kind: str, code: int, keyword: str) -> None:
    """A message without it is refused with HTTP 200, and nobody sees it."""
    url = receivers.url(kind, keyword=keyword)

    assert receivers.post(url, sample(kind, "disk full")).code == code
    assert receivers.post(url, sample(kind, f"{keyword}: disk full")).code == 0
    assert receivers.service.messages() == [f"{keyword}: disk full"]


def sized(kind: str, size: int) -> bytes:
    """A message whose body has exactly so many bytes."""
    bare = len(json.dumps(sample(kind, "")).encode())
    return json.dumps(sample(kind, "x" * (size - bare))).encode()


@pytest.mark.parametrize(("kind", "size", "code"), [("dingtalk", 20_000, 460101), ("feishu", 20 * 1024, 9499)])
def test_a_body_is_limited_in_bytes(receivers: Receivers, kind: str, size: int, code: int) -> None:
    """The largest is taken, one byte more is refused."""
    url = receivers.url(kind)

    assert receivers.post(url, sized(kind, size)).code == 0
    assert receivers.post(url, sized(kind, size + 1)).code == code


@pytest.mark.parametrize(("kind", "form", "size", "code"), SIZES)
def test_a_text_is_limited_in_bytes(receivers: Receivers, kind: str, form: str, size: int, code: int) -> None:
    """A Chinese character is three of them."""
    url = receivers.url(kind)
    longest = "重" * (size // 3) + "x" * (size % 3)

    assert receivers.post(url, sample(kind, longest, form)).code == 0
    answer = receivers.post(url, sample(kind, longest + "x", form))
    assert (answer.status, answer.code, str(size) in answer.body) == (200, code, True)


def test_feishu_counts_a_minute_too(receivers: Receivers) -> None:
    """A hundred messages in a minute, however they are spread, and no more."""
    url = receivers.url("feishu")
    codes = []
    for _ in range(101):
        codes.append(receivers.post(url, sample("feishu")).code)
        receivers.cloud.advance(0.5)

    assert codes == [0] * 100 + [11232]
