"""The `context` a handler receives, which differs by runtime.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/context-1: python3.9 and python3.10 carry
`credentials`, `service` and `tracing`; python3.12 dropped these, moved the log names to the top and the version to
`function`, and added `getLogger()`. No runtime says how often an event was retried.
"""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING

from yunmock.fc.model import BARE_CONTEXT_RUNTIMES

if TYPE_CHECKING:
    from yunmock.cloud import Account
    from yunmock.fc.model import Function
    from yunmock.ram.access import Credentials

QUALIFIER = "LATEST"
VERSION = "1"


class Context:
    """What a handler learns about its invocation; the attributes depend on the runtime."""

    credentials: SimpleNamespace
    service: SimpleNamespace
    tracing: SimpleNamespace
    log_project: str
    log_store: str
    logger: logging.Logger | None

    def __init__(self, function: Function, account: Account, credentials: Credentials, request_id: str) -> None:
        self.request_id = request_id
        self.account_id = account.account_id
        self.region = account.region
        self.function = SimpleNamespace(
            name=function.name,
            handler=function.handler,
            memory=function.memory_mb,
            timeout=int(function.timeout_s) if function.timeout_s == int(function.timeout_s) else function.timeout_s,
        )
        bare = function.runtime in BARE_CONTEXT_RUNTIMES
        (_bare if bare else _full)(self, function, credentials)


class LoggingContext(Context):
    """The context of python3.12, which hands out its logger."""

    def getLogger(self) -> logging.Logger:  # noqa: N802 - the runtime's name
        """The logger whose lines go to the function's log."""
        self.logger = logging.getLogger()
        return self.logger


def make_context(function: Function, account: Account, credentials: Credentials, request_id: str) -> Context:
    """The context of one invocation."""
    kind = LoggingContext if function.runtime in BARE_CONTEXT_RUNTIMES else Context
    return kind(function, account, credentials, request_id)


def _full(context: Context, function: Function, credentials: Credentials) -> None:
    context.credentials = SimpleNamespace(
        access_key_id=credentials.access_key_id,
        access_key_secret=credentials.access_key_secret,
        security_token=credentials.security_token,
    )
    context.service = SimpleNamespace(
        name="",
        log_project=function.log_project,
        log_store=function.log_store,
        qualifier=QUALIFIER,
        version_id=VERSION,
    )
    context.tracing = SimpleNamespace(span_context="", jaeger_endpoint="", span_baggages={})


def _bare(context: Context, function: Function, _credentials: Credentials) -> None:
    context.log_project, context.log_store = function.log_project, function.log_store
    context.function.qualifier, context.function.version_id = QUALIFIER, VERSION
    context.logger = None
