"""What yunmock emulates of chats, pagers and webhooks: the types of messages that each receiver takes."""

from __future__ import annotations

from yunmock.chat.kinds import KINDS
from yunmock.coverage import Coverage

COVERAGES = tuple(
    Coverage(
        service=f"chat-{kind.kind}",
        title=kind.title,
        sdk="",
        calls=kind.forms,
        refused=kind.refused,
        limits=kind.limits,
    )
    for kind in KINDS.values()
)
