"""What all receivers have in common: tokens, types, sizes, rates, faults, and what they remember."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from tests.yunmock.chat.conftest import KINDS, NOON_MS, Receivers, sample

from yunmock import Fault, local_cloud, mock_aliyun
from yunmock.chat import service
from yunmock.chat.kinds import KINDS as STATED

if TYPE_CHECKING:
    from pathlib import Path

UNKNOWN = {"dingtalk": 300005, "feishu": 19001, "wecom": 93000, "slack": "no_service", "pagerduty": 400, "webhook": 404}
ACCEPTED = {"dingtalk": 0, "feishu": 0, "wecom": 0, "slack": "ok", "pagerduty": 202, "webhook": 204}
RATES = {"dingtalk": 20, "feishu": 5, "wecom": 20, "slack": 1, "pagerduty": 120}
TOO_FAST = {"dingtalk": 130101, "feishu": 11232, "wecom": 45009, "slack": "rate_limited", "pagerduty": 429}
BLOCKED_S = {"dingtalk": 600, "feishu": 1, "wecom": 60, "slack": 1, "pagerduty": 60}
ANSWERED = [(kind, form) for kind in KINDS for form in STATED[kind].forms]
REFUSED = [(kind, form) for kind in KINDS for form in STATED[kind].refused]
DEEP = b"[" * 10_000
MALFORMED = (b"", b"{", b"[]", b"null", b'"text"', b"\xff", DEEP, b'{"msgtype": {}, "msg_type": [], "text": 1}')


@pytest.mark.parametrize(("kind", "form"), ANSWERED)
def test_every_stated_type_is_accepted(receivers: Receivers, kind: str, form: str) -> None:
    """The coverage is true: a message of each type arrives, and its text is what people see."""
    answer = receivers.post(receivers.url(kind), sample(kind, form=form))

    assert answer.code == ACCEPTED[kind], answer
    (attempt,) = receivers.service.attempts(kind, "token-1")
    assert (attempt.accepted, attempt.at_ms) == (True, NOON_MS)
    assert "disk" in attempt.text


@pytest.mark.parametrize(("kind", "form"), REFUSED)
def test_every_refused_type_is_refused_by_name(receivers: Receivers, kind: str, form: str) -> None:
    """Nothing pretends that it arrived: the answer is no answer of the service, and names the type."""
    url, body, headers = receivers.url(kind), sample(kind), {}
    if kind == "pagerduty":
        url = url.replace("/enqueue", "/change/enqueue")
    elif kind == "webhook":
        headers = {"webhook-signature": f"{form},c2ln"}
    else:
        body = {"msgtype": form, "msg_type": form, form: [{"text": "x"}]}
    answer = receivers.post(url, body, headers)

    assert (answer.status, form in answer.body) == (501, True)
    assert receivers.service.attempts() == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_token_has_the_services_own_answer(receivers: Receivers, kind: str) -> None:
    """A receiver that nobody made takes nothing, and its attempt is kept."""
    url = receivers.url(kind).replace("token-1", "token-2")
    body = {**sample(kind), "routing_key": "token-2"}

    assert receivers.post(url, body).code == UNKNOWN[kind]
    assert (receivers.service.messages(), receivers.codes(kind)) == ([], ["unknown"])


@pytest.mark.parametrize("kind", KINDS)
def test_only_post_sends(receivers: Receivers, kind: str) -> None:
    """Another method is refused, whatever it carries."""
    url = receivers.url(kind)

    assert receivers.post(url, sample(kind), method="PUT").status == 405
    assert receivers.service.attempts() == []


@pytest.mark.parametrize("kind", RATES)
def test_one_message_too_many_is_refused_until_the_window_ends(receivers: Receivers, kind: str) -> None:
    """With the service's own code, and to the second: DingTalk's robot is blocked for ten minutes."""
    url = receivers.url(kind)
    sent = [receivers.post(url, sample(kind)).code for _ in range(RATES[kind])]
    assert sent == [ACCEPTED[kind]] * RATES[kind]

    assert receivers.post(url, sample(kind)).code == TOO_FAST[kind]
    receivers.cloud.advance(BLOCKED_S[kind] - 0.001)
    assert receivers.post(url, sample(kind)).code == TOO_FAST[kind]
    receivers.cloud.advance(0.001)
    assert receivers.post(url, sample(kind)).code == ACCEPTED[kind]


def test_rates_are_counted_for_each_receiver(receivers: Receivers) -> None:
    """A robot that is blocked blocks no other."""
    first, second = receivers.url("dingtalk", "first"), receivers.url("dingtalk", "second")
    for _ in range(21):
        receivers.post(first, sample("dingtalk"))

    assert receivers.post(second, sample("dingtalk")).code == 0


@pytest.mark.parametrize("body", MALFORMED)
@pytest.mark.parametrize("kind", KINDS)
def test_a_malformed_body_is_refused(receivers: Receivers, kind: str, body: bytes) -> None:
    """Never accepted and never a failure of yunmock; a webhook takes any body, because it asks for none."""
    answer = receivers.post(receivers.url(kind), body)

    assert answer.status < 500
    assert (answer.code == ACCEPTED[kind]) is (kind == "webhook")


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_makes_a_receiver_fail(receivers: Receivers, kind: str) -> None:
    """Once, with its status; what fails before the work is not received."""
    receivers.cloud.faults.add(Fault("chat", kind, status=503, code="x", message="busy"))
    url = receivers.url(kind)

    assert receivers.post(url, sample(kind)).status == 503
    assert receivers.service.messages() == []
    assert receivers.post(url, sample(kind)).code == ACCEPTED[kind]


@pytest.mark.parametrize(("kind", "token"), [("telegram", "x"), ("slack", ""), ("slack", "a b"), ("slack", "ä")])
def test_a_receiver_has_a_known_kind_and_a_plain_token(receivers: Receivers, kind: str, token: str) -> None:
    """Anything else is an error of who writes the test."""
    with pytest.raises(ValueError, match=r"receiver is one of|a token has"):
        receivers.service.add(kind, token)


@pytest.mark.parametrize(
    ("most", "max_bytes", "kept"),
    [(10, 10**6, "012345"), (2, 10**6, "45"), (10, 700, "45"), (3, 350, "5"), (10, 1, "5"), (1, 1, "5")],
)
def test_attempts_are_bounded_in_number_and_bytes(
    receivers: Receivers, monkeypatch: pytest.MonkeyPatch, most: int, max_bytes: int, kept: str
) -> None:
    """The oldest are dropped, never the newest; a server that runs for long does not grow."""
    monkeypatch.setattr(service, "KEPT_ATTEMPTS", most)
    receivers.service.max_bytes = max_bytes
    url = receivers.url("webhook")
    for number in range(6):
        assert receivers.post(url, f"{number}{'x' * 199}".encode()).status == 204

    assert "".join(attempt.text[0] for attempt in receivers.service.attempts()) == kept


@pytest.mark.parametrize("medium", ["memory", "sqlite"])
def test_a_snapshot_has_the_receivers(tmp_path: Path, medium: str) -> None:
    """What was sent and how much may still be sent comes back with the rest of the state."""
    cloud = local_cloud(data=tmp_path / "cloud.sqlite" if medium == "sqlite" else None)
    with ExitStack() as stack:
        stack.callback(cloud.close)
        stack.enter_context(mock_aliyun(cloud))
        receivers = Receivers(cloud, stack)
        url = receivers.url("slack")
        before = cloud.snapshot()
        assert receivers.post(url, sample("slack")).code == "ok"
        cloud.restore(before)

        assert receivers.service.attempts() == []
        assert receivers.post(url, sample("slack")).code == "ok"


def test_control_over_http(receivers: Receivers) -> None:
    """Programs in other languages make receivers and look at what arrived."""
    made = receivers.post(f"{receivers.server}/_yunmock/chat/receivers", {"kind": "slack", "token": "T/B/x"})
    assert '"/services/T/B/x"' in made.body
    receivers.post(f"{receivers.server}/services/T/B/x", sample("slack"))
    shown = receivers.post(f"{receivers.server}/_yunmock/chat/messages", b"", method="GET")

    assert [each["text"] for each in json.loads(shown.body)["messages"]] == ["disk full"]
