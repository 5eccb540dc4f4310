"""The mail server, with the standard library's client: TLS, logins, mailboxes, sizes and faults."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import contextmanager
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from tests.certificates import Certificate, certificate

from yunmock import Fault, local_cloud
from yunmock.chat.email import MAX_BYTES
from yunmock.chat.mail_server import MailServer
from yunmock.http import Request
from yunmock.routing import by_content

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yunmock import Cloud

BOX, OTHER = "ops@example.com", "night.shift+ecs@example.com"
USERS = {"ledger": "correct horse"}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A cloud with two mailboxes."""
    cloud = local_cloud()
    for address in (BOX, OTHER):
        chat(cloud).add("email", address)
    yield cloud
    cloud.close()


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for loopback."""
    return certificate(tmp_path_factory.mktemp("tls"))


def chat(cloud: Cloud) -> Any:
    """The mailboxes of a cloud."""
    return cloud.services["chat"]


@contextmanager
def connected(cloud: Cloud, **options: Any) -> Iterator[smtplib.SMTP]:
    """A client without TLS."""
    with MailServer(cloud, **options) as server, smtplib.SMTP(server.host, server.port, timeout=10) as client:
        yield client


def mail(text: str = "disk full", **headers: str) -> EmailMessage:
    """A message to both mailboxes."""
    made = EmailMessage()
    given = {
        "From": "ledger@example.com",
        "To": f"{BOX}, {OTHER}",
        "Subject": "alarm ⚠",
        "Message-ID": "<1@example.com>",
    }
    for name, value in {**given, "Date": "Tue, 29 Sep 2026 12:00:00 +0000", **headers}.items():
        made[name] = value
    made.set_content(text)
    return made


def test_a_message_reaches_each_recipient(cloud: Cloud) -> None:
    """With its subject and text, also a line that begins with a dot; what was sent is kept."""
    with connected(cloud) as client:
        client.send_message(mail("disk full\n.\n.. and more"))

    assert chat(cloud).messages("email") == ["alarm ⚠\ndisk full\n.\n.. and more"] * 2
    assert [attempt.token for attempt in chat(cloud).attempts()] == [BOX, OTHER]
    assert "Subject" in chat(cloud).attempts()[0].body


def test_a_repeat_is_known_by_its_message_id(cloud: Cloud) -> None:
    """The second is taken and marked."""
    with connected(cloud) as client:
        for name in ("<1@example.com>", "<1@example.com>", "<2@example.com>"):
            client.send_message(mail(**{"Message-ID": name}), to_addrs=[BOX])

    assert [attempt.repeat for attempt in chat(cloud).attempts()] == [False, True, False]


def test_an_unknown_mailbox_is_refused_and_the_others_get_it(cloud: Cloud) -> None:
    """Each recipient has its own answer."""
    with connected(cloud) as client:
        refused = client.send_message(mail(), to_addrs=["nobody@example.com", BOX])

    assert refused == {"nobody@example.com": (550, b"5.1.1 no such mailbox")}
    assert len(chat(cloud).messages("email")) == 1


@pytest.mark.parametrize("implicit", [False, True])
def test_tls(cloud: Cloud, trusted: Certificate, implicit: bool) -> None:  # noqa: FBT001 - a column of the table
    """From the beginning or after STARTTLS, with a login; a client that does not trust the certificate leaves."""
    with MailServer(cloud, tls=trusted.server(), implicit=implicit, users=USERS) as server:
        with client_of(server, implicit=implicit, context=trusted.client()) as client:
            client.login("ledger", "correct horse")
            client.send_message(mail())
        with pytest.raises(ssl.SSLError):
            client_of(server, implicit=implicit, context=ssl.create_default_context())

    assert len(chat(cloud).messages()) == 2


def client_of(server: MailServer, *, implicit: bool, context: ssl.SSLContext) -> smtplib.SMTP:
    """A client with TLS."""
    if implicit:
        return smtplib.SMTP_SSL("localhost", server.port, timeout=10, context=context)
    client = smtplib.SMTP("localhost", server.port, timeout=10)
    try:
        client.starttls(context=context)
    except BaseException:
        client.close()
        raise
    return client


@pytest.mark.parametrize(
    ("name", "password", "code"), [("ledger", "x", 535), ("nobody", "x", 535), ("nobody", "", 535), ("ledger", "", 535)]
)
def test_a_wrong_login_is_refused(cloud: Cloud, name: str, password: str, code: int) -> None:
    """By both mechanisms; nothing can be sent then."""
    with connected(cloud, users=USERS) as client:
        with pytest.raises(smtplib.SMTPAuthenticationError) as caught:
            client.login(name, password)
        assert caught.value.smtp_code == code
        assert client.docmd("MAIL", "FROM:<a@example.com>")[0] == 530


def test_no_login_before_tls(cloud: Cloud, trusted: Certificate) -> None:
    """Where there is TLS, it is neither offered nor taken without."""
    with connected(cloud, tls=trusted.server(), users=USERS) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        assert client.docmd("AUTH", "PLAIN AGEAYg==")[0] == 538


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        (["MAIL FROM:<a@example.com>"], 503),
        (["EHLO x", "RCPT TO:<ops@example.com>"], 503),
        (["EHLO x", "DATA"], 503),
        (["EHLO x", "MAIL FROM:<a@example.com>", "MAIL FROM:<a@example.com>"], 503),
        (["EHLO x", "MAIL FROM:<a@example.com>", "RSET", "RCPT TO:<ops@example.com>"], 503),
        (["EHLO x", "MAIL a@example.com"], 501),
        (["EHLO x", "MAIL FROM:<>"], 250),
        (["EHLO x", f"MAIL FROM:<a@example.com> SIZE={MAX_BYTES}"], 250),
        (["EHLO x", f"MAIL FROM:<a@example.com> SIZE={MAX_BYTES + 1}"], 552),
        (["EHLO x", "STARTTLS"], 502),
        (["EHLO x", "AUTH GSSAPI"], 504),
        (["EHLO x", "AUTH PLAIN ###"], 501),
        (["HELO x", "NOOP"], 250),
        (["TURN"], 502),
        (["x" * 1000], 500),
        (["QUIT"], 221),
    ],
)
def test_commands_have_their_order(cloud: Cloud, commands: list[str], code: int) -> None:
    """Each command out of place has the code that RFC 5321 gives."""
    users = USERS if any("AUTH" in each for each in commands) else None
    with (
        MailServer(cloud, users=users) as server,
        socket.create_connection((server.host, server.port), 10) as peer,
        peer.makefile("rwb") as file,
    ):
        file.readline()
        for command in commands:
            file.write(command.encode() + b"\r\n")
            file.flush()
            while (answer := file.readline())[3:4] == b"-":
                pass

    assert int(answer[:3]) == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"From: a@example.com\r\nDate: x\r\n\r\n" + b"x" * 998 + b"\r\n", 250),
        (b"From: a@example.com\r\nDate: x\r\n\r\n" + b"x" * 999 + b"\r\n", 554),
        (b"Date: x\r\n\r\nno sender\r\n", 554),
        (b"From: a@example.com\r\nFrom: b@example.com\r\nDate: x\r\n\r\ntwo\r\n", 554),
        (b"From: a@example.com\r\n\r\nno date\r\n", 554),
        (b"\r\n", 554),
        (b"x" * 500 + b"\r\n", 554),
        ((b"x" * 900 + b"\r\n") * (MAX_BYTES // 900), 552),
    ],
)
def test_a_message_has_its_form(cloud: Cloud, body: bytes, code: int) -> None:
    """Lines of at most 998 bytes, the headers that are required, and no more bytes than the server takes."""
    with connected(cloud) as client:
        client.ehlo()
        client.mail("a@example.com")
        client.rcpt(BOX)
        assert client.data(body)[0] == code


@pytest.mark.parametrize("status", [421, 450, 554])
def test_a_fault_is_the_servers_answer(cloud: Cloud, status: int) -> None:
    """As for every other receiver; the next message is taken."""
    cloud.faults.add(Fault("chat", "email", status=status, code="x", message="busy"))
    with connected(cloud) as client:
        with pytest.raises(smtplib.SMTPDataError) as caught:
            client.send_message(mail(), to_addrs=[BOX])
        assert caught.value.smtp_code == status
    with connected(cloud) as client:
        client.send_message(mail(), to_addrs=[BOX])


def test_a_lost_reply(cloud: Cloud) -> None:
    """The message is there, and the client cannot know."""
    cloud.faults.add(Fault("chat", "email", when="after", action="drop"))
    with connected(cloud) as client, pytest.raises(smtplib.SMTPServerDisconnected):
        client.send_message(mail(), to_addrs=[BOX])

    assert len(chat(cloud).messages()) == 1


def test_a_mailbox_is_not_reached_over_http() -> None:
    """The path between the mail server and the mailboxes is no address."""
    assert by_content(Request("POST", f"/mail/{BOX}", {}, b"x")) is None


def test_mailboxes_are_kept(tmp_path: Path) -> None:
    """On SQLite, with what they have."""
    data = tmp_path / "cloud.sqlite"
    cloud = local_cloud(data=data)
    chat(cloud).add("email", BOX)
    with connected(cloud) as client:
        client.send_message(mail(), to_addrs=[BOX])
    cloud.close()
    again = local_cloud(data=data)

    assert [attempt.text for attempt in chat(again).attempts()] == ["alarm ⚠\ndisk full"]
    again.close()
