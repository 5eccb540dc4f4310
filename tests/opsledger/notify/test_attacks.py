"""Hostile texts through every channel, addresses that lead inside, and secrets: what must never come out."""

from __future__ import annotations

import json
import re
import socket
import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.opsledger.notify.receivers import MAIL, NOW_MS, SECRET, SENDER, Chat, message
from tests.opsledger.notify.world import World

from opsledger.notify.channels import CHANNELS, Target
from opsledger.notify.exchange import Request, Result
from opsledger.notify.listing import to_json
from opsledger.notify.message import Block
from opsledger.notify.network import ForbiddenTargetError, NoResponseError, is_public
from opsledger.notify.sender import Sender
from opsledger.store.tables import DELIVERIES, NOTIFY_LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.notify.message import Message

CHATS = ("dingtalk", "feishu", "wecom", "slack", "email")
MENTIONS = ("<!channel>", "<!here>", "<!everyone>", "<@U012AB3CD>", "<@all>", '<at user_id="all">', "<at id=all></at>")
MENTIONS_AS_TEXT = ("@all", "@所有人", "@13800000000", "@here")
MARKUP = (
    *(
        "[x](https://evil.example)",
        "![x](https://evil.example/x.png)",
        "<https://evil.example|x>",
        "<script>x</script>",
    ),
    *('<font color="red">x</font>', "**x**", "`x`", "~x~", "# x", "> x", "<img src=x onerror=x>", "&lt;at&gt;"),
)
UNSEEN = ("\u202e", "\u2066", "\u200b", "\ufeff", "\x1b[2J", "\x00", "\r\n# x", "\u2028# x", "\x85# x", "\U000e0041")
LONG = ("x" * 100_000, "界" * 30_000, "🚀" * 20_000, "]" * 50_000, "&" * 50_000, "\\" * 50_000)
HOSTILE = (*MENTIONS, *MENTIONS_AS_TEXT, *MARKUP, *UNSEEN)
ESCAPED = ("feishu", "slack")
"""Those that know entities."""
STARTS_MARKUP = {
    "dingtalk": "<>[]`*@",
    "wecom": "<>[]`*@",
    "feishu": "<>[]`*@",
    "slack": "<>`*@",
    "email": "<>",
}
"""The characters that must not come through from outside, by channel."""


# ---------------------------------------------------------------------------------------------------------- texts
def marked_up(kind: str, body: Any) -> str:
    """The parts of a message that the channel reads as markup."""
    if kind == "email":
        return str(body)
    if kind == "feishu":
        return str(body["card"]["elements"][0]["content"])
    if kind == "slack":
        return "\n".join(block["text"]["text"] for block in body["blocks"])
    part = body["markdown"]
    return str(part.get("text") or part["content"])


def about(text: str) -> Message:
    """A message with a text in each place that outside text gets into."""
    return message()._replace(title=f"a {text} b", blocks=(Block(f"c {text} d", (f"e {text} f",)),))


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("kind", CHATS)
def test_a_hostile_text_is_taken_and_is_only_text(chat: Chat, kind: str, text: str) -> None:
    """As title, heading and line: it is accepted, within every limit, and adds no markup that was not there."""
    target = chat.target(kind)
    plain, attacked = (about(each) for each in ("x", text))
    channel = CHANNELS[kind]
    requests = channel.requests(target, attacked, NOW_MS)
    assert len(requests) <= 3
    assert channel.verdict(SENDER.send(requests[0])).result is Result.SENT
    if kind == "email":
        return  # test_email.py takes mails apart
    bodies = [json.loads(channel.requests(target, sent, NOW_MS)[0].body) for sent in (plain, attacked)]
    harmless, shown = (marked_up(kind, body) for body in bodies)
    assert {c: shown.count(c) for c in STARTS_MARKUP[kind]} == {c: harmless.count(c) for c in STARTS_MARKUP[kind]}
    assert shown.count("\n") == harmless.count("\n")
    assert not set("".join(UNSEEN)).difference("# x[2J\n") & set(json.dumps(bodies[1], ensure_ascii=False))


@pytest.mark.parametrize("text", LONG, ids=lambda text: ascii(text[:1]))
@pytest.mark.parametrize("kind", CHATS)
def test_a_very_long_text_is_cut_where_it_may_be(chat: Chat, kind: str, text: str) -> None:
    """Every page is accepted; no mark of ours is left open, and no entity is cut in two."""
    target = chat.target(kind)
    for request in CHANNELS[kind].requests(target, about(text), NOW_MS):
        chat.cloud.advance(2)
        assert CHANNELS[kind].verdict(SENDER.send(request)).result is Result.SENT
        if kind != "email":
            shown = marked_up(kind, json.loads(request.body))
            assert shown.count("*") % 2 == 0
            assert kind not in ESCAPED or not re.search(r"&(?!(amp|lt|gt|#\d+);)", shown)


@given(title=st.text(), line=st.text(max_size=2000))
@pytest.mark.parametrize("kind", list(CHANNELS))
def test_any_text_makes_requests_within_the_limits(kind: str, title: str, line: str) -> None:
    """Whatever it has: bytes that can be sent, with what the service's limits allow."""
    settings = {**MAIL, "bus": "ops"}
    target = Target("ops", kind, "https://x.example/y", "eA==", settings=settings)
    sent = message()._replace(title=title, key=line, blocks=(Block(title, (line,)), Block("", (line, title))))
    for request in CHANNELS[kind].requests(target, sent, NOW_MS):
        assert 0 < len(request.body) <= 20_000
        assert all("\n" not in value and "\r" not in value for value in request.headers.values())


# ------------------------------------------------------------------------------------------------------ addresses
@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.1", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254"),
        *("172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.51.100.1"),
        *("203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
        *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254"),
        *("2002:7f00:0001::", "2002:0a00:0001::1", "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:f5ff:fffe"),
    ],
)
def test_an_address_that_leads_inside_is_not_public(address: str) -> None:
    """Loopback, private, shared, link-local and reserved ones, also inside an IPv6 address."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_a_public_address_is_public(address: str) -> None:
    """So the check does not refuse everything."""
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "0x7f000001", "0x7f.1", "017700000001", "127.1", "127.0.1", "0", "localhost", "LOCALHOST."),
        *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::]", "169.254.43518", "10.1"),
        *("①②⑦.⓪.⓪.①", "127。0。0。1"),
    ],
)
@pytest.mark.parametrize("scheme", ["https", "smtps", "smtp"])
def test_every_spelling_of_an_inner_address_is_refused(host: str, scheme: str) -> None:
    """The check is of what is connected to, so it does not matter how it is written; or there is no such host."""
    envelope = {**MAIL, "password": ""}
    with pytest.raises((ForbiddenTargetError, NoResponseError)) as caught:
        Sender(1).send(Request(f"{scheme}://{host}/x", envelope, b"x"))
    assert isinstance(caught.value, ForbiddenTargetError) or "no address" in str(caught.value)


def test_a_name_with_one_inner_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though its first address is public; and the name is looked up once, so that it cannot change meanwhile."""
    looked_up: list[str] = []
    connected: list[Any] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        looked_up.append(host)
        return [(2, 1, 6, "", (address, port)) for address in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", lambda *arguments: connected.append(arguments))
    with pytest.raises(ForbiddenTargetError):
        Sender(1).send(Request("https://rebind.example/x", {}, b"x"))
    assert (looked_up, connected) == (["rebind.example"], [])


@contextmanager
def answering(reply: bytes, *, then_wait: bool = False) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers each connection with the same bytes, and what it was asked."""
    asked: list[bytes] = []
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as stack:

        def serve() -> None:
            try:
                while True:
                    peer, _ = listening.accept()
                    stack.callback(peer.close)
                    asked.append(peer.recv(65536))
                    peer.sendall(reply)
                    if not then_wait:
                        peer.shutdown(socket.SHUT_WR)
            except OSError:  # the test is over
                done.set()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/x", asked
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", ["webhook", "slack", "dingtalk"])
def test_a_redirect_is_not_followed(status: int, kind: str) -> None:
    """It is a refusal: nothing goes to the address that the receiver names."""
    with answering(b"never") as (inner, asked):
        reply = f"HTTP/1.1 {status} x\r\nLocation: {inner}\r\nContent-Length: 0\r\n\r\n".encode()
        with answering(reply) as (outer, _):
            answer = SENDER.send(Request(outer, {}, b"x"))
    assert CHANNELS[kind].verdict(answer).result is Result.REFUSED
    assert asked == []


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000,
        b"not http\r\n\r\n",
        b"HTTP/1.1 999999 x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_broken_answer_is_no_answer(reply: bytes) -> None:
    """What was sent may have arrived: it is never counted as sent."""
    with answering(reply) as (url, _):
        assert result_of(Request(url, {}, b"x")) is Result.UNKNOWN


def result_of(request: Request) -> Result:
    """What the notifier makes of a request to a chat."""
    try:
        receipt = CHANNELS["slack"].verdict(SENDER.send(request))
    except NoResponseError as error:
        return Result.THROTTLED if error.before_sending else Result.UNKNOWN
    return Result(receipt.result)


def test_a_silent_receiver_is_not_waited_for() -> None:
    """It may not hold up the others."""
    silent = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
    with answering(silent, then_wait=True) as (url, _), pytest.raises(NoResponseError):
        Sender(0.1, allow_private=True).send(Request(url, {}, b"x"))


def test_a_receiver_that_sends_byte_by_byte_is_cut_off() -> None:
    """Each byte comes in time, and the whole never would: the connection as a whole has its limit."""
    slow = threading.Event()
    answer = b"HTTP/1.1 200 OK\r\nX: " + b"x" * 400 + b"\r\nContent-Length: 2\r\n\r\nok"
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            peer, _ = listening.accept()
            with peer, suppress(OSError):
                peer.recv(65536)
                for byte in answer:
                    peer.sendall(bytes([byte]))
                    slow.wait(0.02)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with pytest.raises(NoResponseError):
            Sender(0.2, allow_private=True).send(Request(f"http://127.0.0.1:{listening.getsockname()[1]}/x", {}, b"x"))
        slow.set()
        thread.join()


def test_a_huge_answer_is_not_read() -> None:
    """Of an answer, 64 KB are read."""
    with answering(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000) as (url, _):
        assert len(SENDER.send(Request(url, {}, b"x")).body) <= 64 * 1024


# -------------------------------------------------------------------------------------------------------- secrets
TOKEN = "the-token-of-the-address"
ECHO = f'{{"errcode": 310000, "errmsg": "no {TOKEN} {SECRET}"}}'


def test_no_row_log_or_listing_has_a_credential(capsys: pytest.CaptureFixture[str]) -> None:
    """Also where the channel refuses, or an error is raised with the address in it."""
    url = f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}"
    world = World(channels={"ops": {"url": url, "secret": SECRET, "language": "en"}})
    for seed, hook in enumerate((RuntimeError(url), NoResponseError("no answer", before_sending=False))):
        world.robot.hooks[world.robot.requests + 1] = hook
        world.deliver(seed=str(seed), instanceId=f"i-{seed}")
        try:
            world.run()
        except RuntimeError:
            world.later(200_000)
    world.run_until_quiet()
    rows = [dict(row.columns) for table in (DELIVERIES, NOTIFY_LIMITS) for row in world.store.walk(table, [])]
    shown = [to_json(delivery) for delivery in world.deliveries().values()]

    found = repr([rows, shown, world.config.channels["ops"].target("ops"), capsys.readouterr()])
    assert rows
    assert shown
    assert TOKEN not in found
    assert SECRET.removeprefix("whsec_") not in found
