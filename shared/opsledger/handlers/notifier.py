"""The handler of `functions/notifier`."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

from opsledger import settings
from opsledger.errors import MisconfiguredError, WorldFailedError
from opsledger.handlers import invocation, log
from opsledger.notify import config
from opsledger.notify.notifier import notify
from opsledger.notify.sender import Sender

if TYPE_CHECKING:
    from opsledger.notify.config import NotifyConfig
    from opsledger.notify.notifier import Notified

TIMEOUT_S = 7.0
"""For connecting and for the answer, each: together they are less than the margin of `limits`."""


def initialize(context: object) -> None:
    """Open the store and read the configuration, once per instance.

    Raises:
        MisconfiguredError: a setting is missing, or the configuration is invalid; the message says where.
    """
    invocation.initialize(context)
    _configured()


def handle(_event: bytes | str, context: object) -> dict[str, int | bool]:
    """Plan and send once.

    Returns:
        The numbers of `notifier.Notified`; where no channel is configured, nothing is done.

    Raises:
        WorldFailedError: the store failed until time was up, or a setting is missing; the next run goes on.
    """
    request_id = invocation.request_id(context)
    try:
        wanted = _configured()
        if wanted is None:
            log.write("no channel", request_id=request_id, message="set OPSLEDGER_NOTIFY")
            return {"configured": False}
        configured = settings.read(context)
        store = invocation.open_store(configured)
        sender = Sender(TIMEOUT_S, wanted.allow_private, configured.keys)
        worker = f"{request_id}-{uuid.uuid4().hex[:8]}"
        notified = notify(store, wanted, sender, invocation.deadline(context), worker)
    except WorldFailedError as error:
        log.failed(request_id, error)
        raise
    _write_log(notified, request_id)
    numbers = notified.to_json()
    log.write("notified", request_id=request_id, **numbers)
    return {"configured": True, **numbers}


def _configured() -> NotifyConfig | None:
    try:
        return config.read(
            settings.variable("OPSLEDGER_NOTIFY"), settings.variable("OPSLEDGER_NOTIFY_SECRET"), os.environ
        )
    except config.NotifyConfigError as error:
        raise MisconfiguredError(f"OPSLEDGER_NOTIFY: {error}") from None


def _write_log(notified: Notified, request_id: str) -> None:
    for delivery in notified.deliveries:
        answer = delivery.answers[-1] if delivery.answers else None
        log.write(
            "notification",
            request_id=request_id,
            id=delivery.id,
            subject=delivery.subject,
            stage=delivery.stage.name,
            channel=delivery.channel,
            outcome=delivery.state,
            code=answer.code if answer else None,
            note=answer.note if answer else None,
        )
