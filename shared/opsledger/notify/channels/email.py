"""E-mail: one message of text and HTML to some addresses, through a mail server.

Sources: RFC 5321 section 4.2 (the classes of codes: 4xx may be tried again, 5xx may not), RFC 5322 (headers), RFC 3834
(`Auto-Submitted`: no one's absence note answers it). Messages about one record refer to one id, so that they are shown
as one thread, and a message that is sent again has the same `Message-ID`.
"""

from __future__ import annotations

import hashlib
import re
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING, Final

from opsledger.notify import dialects
from opsledger.notify.channels.channel import Channel, Limit, Target
from opsledger.notify.exchange import Receipt, Request, Result
from opsledger.notify.message import clean, pages
from opsledger.notify.zones import local

if TYPE_CHECKING:
    from opsledger.notify.exchange import Response
    from opsledger.notify.message import Message, MessagePage

MAX_BYTES: Final = 400_000
"""Far under the sizes that mail servers take, and enough for a digest of a thousand records."""
MAX_NOTE: Final = 200
NAME: Final = "OpsLedger"
ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*", re.ASCII
)
"""What RFC 5322 allows without quotes."""
_POLICY: Final = policy.SMTP.clone(max_line_length=998, cte_type="7bit")


def _requests(target: Target, message: Message, now_ms: int) -> list[Request]:
    envelope = {**target.settings, "password": target.secret}
    return [
        Request(target.url, envelope, _mail(target, message, page, number, now_ms).as_bytes())
        for number, page in enumerate(pages(message, dialects.PLAIN, MAX_BYTES))
    ]


def _mail(target: Target, message: Message, page: MessagePage, number: int, now_ms: int) -> EmailMessage:
    sender, recipients = target.settings["from"], target.settings["to"].split(",")
    domain = sender.rpartition("@")[2]
    thread = hashlib.sha256(message.key.encode(errors="replace")).hexdigest()[:32]
    made = EmailMessage(_POLICY)
    made["From"] = Address(NAME, addr_spec=sender)
    made["To"] = tuple(Address(addr_spec=to) for to in recipients)
    made["Subject"] = clean(page.title)
    made["Date"] = format_datetime(local(now_ms, "UTC"))
    made["Message-ID"] = f"<{_word(message.id)}.{number}@{domain}>"
    made["References"] = f"<{thread}@{domain}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(page.text)
    made.add_alternative(_html(page, message.link), subtype="html")
    return made


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "", text)


def _html(page: MessagePage, link: str | None) -> str:
    """The text escaped as a whole, so that no part of it can be markup."""
    lines = "<br>\n".join(escape(line).replace("  ", "&nbsp; ") for line in page.text.split("\n"))
    more = f'<p><a href="{escape(link)}">{escape(link)}</a></p>\n' if link else ""
    return f"<!doctype html>\n<h3>{escape(page.title)}</h3>\n<p>{lines}</p>\n{more}"


def _verdict(response: Response) -> Receipt:
    """By the class of the code: the server has taken it, not yet, or never will."""
    code, note = str(response.status), clean(response.body[:MAX_NOTE].decode(errors="replace"), MAX_NOTE)
    if response.status == 250:  # noqa: PLR2004 - the only code for a message that was taken
        refused = response.headers.get("refused", "")
        return Receipt(Result.SENT, code if refused else "", f"refused {refused}" if refused else "")
    result = {4: Result.THROTTLED, 5: Result.REFUSED}.get(response.status // 100, Result.UNKNOWN)
    return Receipt(result, code, note)


CHANNEL: Final = Channel("email", (), (Limit(20, 60),), _requests, _verdict)
