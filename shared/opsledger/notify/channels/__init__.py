"""Every kind of channel."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from opsledger.notify.channels import dingtalk, email, feishu, pagerduty, slack, webhook, wecom
from opsledger.notify.channels.channel import Channel, Limit, Target

__all__ = ["CHANNELS", "Channel", "Limit", "Target", "kind_of_url"]

CHANNELS: Final = {
    module.CHANNEL.kind: module.CHANNEL for module in (dingtalk, feishu, wecom, slack, pagerduty, webhook, email)
}
"""Kind → channel."""


def kind_of_url(url: str) -> str:
    """The kind of channel behind an address: `webhook` for a host of nobody's, `email` for a mail server.

    Raises:
        ValueError: it is no address that begins with https://, http://, smtps:// or smtp://.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http", "smtps", "smtp") or not parts.hostname:
        raise ValueError("a channel's address begins with https://, or with smtps:// or smtp:// for e-mail")
    if parts.scheme.startswith("smtp"):
        return "email"
    return next((kind for kind, channel in CHANNELS.items() if parts.hostname in channel.hosts), "webhook")
