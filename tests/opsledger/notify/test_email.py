"""E-mail against yunmock's mail server: TLS, logins, what every answer means, and that no text becomes a header."""

from __future__ import annotations

import email
import socket
import threading
from contextlib import ExitStack
from email import policy
from typing import TYPE_CHECKING, Any

import pytest
from tests.certificates import Certificate, certificate
from tests.opsledger.notify.receivers import BOX, MAIL, NOW_MS, SENDER, Chat, message

from opsledger.notify import network
from opsledger.notify.channels import CHANNELS, Target
from opsledger.notify.config import NotifyConfigError, validate
from opsledger.notify.exchange import Response, Result
from opsledger.notify.message import Block
from opsledger.notify.network import ForbiddenTargetError, NoResponseError
from opsledger.notify.sender import Sender
from yunmock import Fault
from yunmock.chat.mail_server import MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

EMAIL = CHANNELS["email"]
PASSWORD = "correct horse"
LOGIN = {**MAIL, "user": "ledger"}
HOSTILE = "x\r\nBcc: evil@example.com\r\n\r\n<script>alert(1)</script>\u2028\u202e\x00 \udcff"


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for loopback."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes what a test opens."""
    with ExitStack() as stack:
        yield stack


def received(chat: Chat) -> EmailMessage:
    """The only message, as a mail reader takes it apart."""
    (attempt,) = chat.receivers.attempts("email")
    return email.message_from_string(attempt.body, policy=policy.default)


# ------------------------------------------------------------------------------------------------------- the mail
def test_a_mail_has_text_and_html_and_the_headers_of_a_machine(chat: Chat) -> None:
    """Both parts say the same; nobody's absence note answers it; its id is that of the message."""
    target = chat.target("email")
    assert chat.send(target, message()._replace(link="https://console.example/?a=1&b=2")) == [Result.SENT]
    mail = received(chat)
    plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]

    assert (mail["From"], mail["To"], mail["Auto-Submitted"]) == (
        "OpsLedger <ledger@example.com>",
        BOX,
        "auto-generated",
    )
    assert (mail["Subject"], mail["Message-ID"]) == ("Reboot planned: web-3", "<n-1.0@example.com>")
    assert mail["Date"].datetime.timestamp() * 1000 == NOW_MS
    for text in ("reboot planned", "i-bp1", "n-1"):
        assert text in plain
        assert text in html
    assert '<a href="https://console.example/?a=1&amp;b=2">' in html


def test_messages_about_one_record_are_one_thread_and_a_repeat_is_known(chat: Chat) -> None:
    """The same Message-ID for every attempt, and the same reference for every message about a record."""
    target = chat.target("email")
    for sent in (message(), message()._replace(repeat=True), message()._replace(id="n-2")):
        chat.send(target, sent)
    mails = [email.message_from_string(a.body) for a in chat.receivers.attempts()]

    assert [a.repeat for a in chat.receivers.attempts()] == [False, True, False]
    assert len({mail["References"] for mail in mails}) == 1


def test_no_text_from_outside_is_a_header_or_markup(chat: Chat) -> None:
    """Line breaks, markup and half characters in every text of a message."""
    target = chat.target("email")
    sent = message()._replace(title=HOSTILE, key=HOSTILE, blocks=(Block(HOSTILE, (HOSTILE, "界" * 400)),))
    assert chat.send(target, sent) == [Result.SENT]
    mail = received(chat)
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]

    assert mail["Bcc"] is None
    assert sorted(mail.keys()) == sorted(
        {"From", "To", "Subject", "Date", "Message-ID", "References", "Auto-Submitted", "MIME-Version", "Content-Type"}
    )
    assert "<script" not in html
    assert "界" * 400 in html
    assert not set("\u2028\u202e\x00") & set(mail["Subject"] + html)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"from": "a@b.example\r\nBcc: c@d.example"}, "addresses"),
        ({"to": ["a@b.example, c@d.example"]}, "addresses"),
        ({"to": ["<a@b.example>"]}, "addresses"),
        ({"to": []}, "addresses"),
        ({"from": ""}, "addresses"),
        ({"user": "ledger"}, "user and secret"),
        ({"user": "ledger", "secret": "pässword"}, "ASCII"),
        ({"url": "https://mail.example"}, "kind should be email"),
        ({"kind": "slack"}, "kind should be email"),
        ({"url": "https://hooks.slack.com/services/x", "kind": ""}, "from is for the kind email"),
    ],
)
def test_a_channel_of_e_mail_is_validated(changes: dict[str, Any], words: str) -> None:
    """What cannot be sent is an error of the configuration, and no message shows the secret."""
    given = {"url": "smtps://mail.example", "kind": "email", "from": "a@b.example", "to": [BOX], **changes}
    with pytest.raises(NotifyConfigError, match=words) as caught:
        validate({"channels": {"mail": given}})
    assert "pässword" not in str(caught.value)


# -------------------------------------------------------------------------------------------------------- answers
@pytest.mark.parametrize(
    ("code", "result"),
    [
        (250, Result.SENT),
        *((code, Result.THROTTLED) for code in (421, 450, 451, 452, 454)),
        *((code, Result.REFUSED) for code in (535, 550, 552, 554)),
        *((code, Result.UNKNOWN) for code in (-1, 0, 251, 354, 650)),
    ],
)
def test_the_class_of_a_code_decides(code: int, result: Result) -> None:
    """4xx may be tried again, 5xx may not, and what is no code of SMTP says nothing."""
    assert EMAIL.verdict(Response(code, {}, b"words\r\n")).result is result


@pytest.mark.parametrize(
    ("status", "result"), [(421, Result.THROTTLED), (450, Result.THROTTLED), (554, Result.REFUSED)]
)
def test_what_the_server_says_of_a_message_decides(chat: Chat, status: int, result: Result) -> None:
    """Its code and words are in the receipt."""
    target = chat.target("email")
    chat.cloud.faults.add(Fault("chat", "email", status=status, code="x", message="busy"))
    (receipt,) = chat.receipts(target, message())

    assert (receipt.result, receipt.code, "busy" in receipt.note) == (result, str(status), True)


def test_an_address_that_is_refused_is_noted_and_the_others_get_it(chat: Chat) -> None:
    """If the server takes none, the message is refused."""
    target = chat.target("email")
    some = target._replace(settings={**MAIL, "to": f"nobody@example.com,{BOX}"})
    none = target._replace(settings={**MAIL, "to": "nobody@example.com,no.one@example.com"})

    assert chat.receipts(some, message())[0]._asdict() == {
        "result": Result.SENT,
        "code": "250",
        "note": "refused 1 of 2 addresses: 550",
        "retry_after_s": None,
    }
    (receipt,) = chat.receipts(none, message())
    assert (receipt.result, receipt.code) == (Result.REFUSED, "550")
    assert len(chat.receivers.messages()) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_reply_is_unknown(chat: Chat, when: Any) -> None:
    """The whole message was handed over: it may be there."""
    target = chat.target("email")
    chat.cloud.faults.add(Fault("chat", "email", when=when, action="drop"))
    with pytest.raises(NoResponseError) as caught:
        chat.send(target, message())

    assert not caught.value.before_sending


def test_a_connection_that_is_lost_early_has_sent_nothing(stack: ExitStack) -> None:
    """A server that hangs up at once, as one that is full does."""
    listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

    def hang_up() -> None:
        peer, _ = listening.accept()
        peer.close()

    thread = threading.Thread(target=hang_up)
    thread.start()
    target = Target("ops", "email", f"smtp://127.0.0.1:{listening.getsockname()[1]}", settings=MAIL)
    with pytest.raises(NoResponseError) as caught:
        SENDER.send(EMAIL.requests(target, message(), NOW_MS)[0])
    thread.join()

    assert caught.value.before_sending


# ------------------------------------------------------------------------------------------------------------ TLS
@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
def test_tls_and_login(
    chat: Chat, stack: ExitStack, trusted: Certificate, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """From the beginning or after STARTTLS, with a certificate that is trusted; a wrong password is refused."""
    chat.target("email")
    server = stack.enter_context(
        MailServer(chat.cloud, tls=trusted.server(), implicit=scheme == "smtps", users={"ledger": PASSWORD})
    )
    target = Target("ops", "email", f"{scheme}://localhost:{server.port}", PASSWORD, settings=LOGIN)
    with pytest.raises(NoResponseError) as caught:  # nothing trusts the certificate yet
        chat.send(target, message())
    assert caught.value.before_sending
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted.file))

    assert chat.send(target, message()) == [Result.SENT]
    (receipt,) = chat.receipts(target._replace(secret="guess"), message())
    assert (receipt.result, receipt.code, receipt.note) == (Result.REFUSED, "535", "5.7.8 authentication failed")
    (receipt,) = chat.receipts(target._replace(settings=MAIL), message())
    assert (receipt.result, receipt.code) == (Result.REFUSED, "530")


def test_nothing_is_sent_without_tls(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server on the internet that offers none, or of which somebody cut the offer out, gets no login and no text."""
    monkeypatch.setattr(network, "is_public", lambda _: True)
    target = chat.target("email")
    request = EMAIL.requests(target, message(), NOW_MS)[0]
    with pytest.raises(ForbiddenTargetError, match="no TLS"):
        Sender(timeout_s=5).send(request)

    assert chat.receivers.attempts() == []


def test_no_credential_is_shown(chat: Chat) -> None:
    """Neither the request nor the target has it in what is logged of them."""
    target = chat.target("email")._replace(secret=PASSWORD, settings=LOGIN)
    assert PASSWORD not in repr([target, *EMAIL.requests(target, message(), NOW_MS)])
