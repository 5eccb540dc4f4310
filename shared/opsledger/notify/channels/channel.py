"""A kind of channel: the requests that carry a message, the limits to keep, and what an answer means."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsledger.notify.exchange import Receipt, Request, Response
    from opsledger.notify.message import Message


class Target(NamedTuple):
    """Where one channel sends. `repr` shows neither URL nor secret.

    Attributes:
        name: the team's own name for it; in logs and rows in place of the URL.
        kind: the name of the kind of channel.
        url: the address, which is a credential for most kinds.
        secret: the key of its signature, or its routing key.
        keyword: a word that every message must have, where the channel asks for one.
        mention: whom to mention.
        settings: further settings of the kind, such as the addresses of e-mail.
    """

    name: str
    kind: str
    url: str = ""
    secret: str = ""
    keyword: str = ""
    mention: tuple[str, ...] = ()
    settings: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"<target {self.name} ({self.kind})>"


class Limit(NamedTuple):
    """At most `count` messages in any `seconds`."""

    count: int  # type: ignore[assignment]  # hides a tuple's method, which has no use here
    seconds: int


class Channel(NamedTuple):
    """One kind of channel.

    Attributes:
        hosts: the hosts of its addresses, by which a bare URL is recognised.
        limits: what the service allows to one target.
        requests: the requests that carry a message at a moment (ms), in order; a signature holds for that moment.
        verdict: what an answer means.
        dedups: whether the service itself drops a repeat of the same message.
    """

    kind: str
    hosts: tuple[str, ...]
    limits: tuple[Limit, ...]
    requests: Callable[[Target, Message, int], list[Request]]
    verdict: Callable[[Response], Receipt]
    dedups: bool = False


def with_query(url: str, query: str) -> str:
    """`url` with more parameters."""
    return f"{url}{'&' if '?' in url else '?'}{query}"
