"""Every kind of channel."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from opsledger.notify.channels import dingtalk, email, eventbridge, feishu, pagerduty, slack, webhook, wecom
from opsledger.notify.channels.channel import Channel, Limit, Target

__all__ = ["CHANNELS", "Channel", "Limit", "Target", "kind_of_url"]

_MODULES: Final = (dingtalk, feishu, wecom, slack, pagerduty, webhook, email, eventbridge)
CHANNELS: Final = {module.CHANNEL.kind: module.CHANNEL for module in _MODULES}
"""Kind → channel."""

_EVENTBRIDGE: Final = re.compile(r"\d+\.eventbridge\.[a-z0-9-]+\.aliyuncs\.com", re.ASCII)


def kind_of_url(url: str) -> str:
    """The kind of channel behind an address; `webhook` for a host of nobody's.

    Raises:
        ValueError: it is no address that begins with https://, http://, smtps:// or smtp://.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http", "smtps", "smtp") or not parts.hostname:
        raise ValueError("a channel's address begins with https://, or with smtps:// or smtp:// for e-mail")
    if parts.scheme.startswith("smtp"):
        return "email"
    if _EVENTBRIDGE.fullmatch(parts.hostname):
        return "eventbridge"
    return next((kind for kind, channel in CHANNELS.items() if parts.hostname in channel.hosts), "webhook")
