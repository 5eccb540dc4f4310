"""The Tablestore service of the local cloud: requests in, responses out."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from yunmock.errors import DataFileError
from yunmock.tablestore import errors, permissions, wire
from yunmock.tablestore.context import RequestContext
from yunmock.tablestore.limits import TablestoreLimits, TablestoreSettings
from yunmock.tablestore.messages import parse
from yunmock.tablestore.resources import TablestoreResources
from yunmock.tablestore.routes import CALLS
from yunmock.tablestore.state import TablestoreState

if TYPE_CHECKING:
    from yunmock.cloud import Account, Cloud
    from yunmock.faults import Fault
    from yunmock.http import Request, Response

log = logging.getLogger(__name__)

INSTANCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}\Z")


class TablestoreService:
    """Tablestore, wide-column model.

    Every instance name is valid, and each instance has its own tables.

    Attributes:
        limits: the service's limits.
        settings: behaviour that depends on time or configuration.
        resources: makes the instances and tables of ROS stacks.
    """

    name = "tablestore"

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._states: dict[str, TablestoreState] = {}
        self.limits = TablestoreLimits()
        self.settings = TablestoreSettings()
        self.resources = TablestoreResources(self._now)

    def operation(self, request: Request) -> str:
        """The name of the API call."""
        return wire.operation(request)

    def handle(self, request: Request) -> Response:
        """Answer the request."""
        return self.handle_rows(request, None)

    def handle_rows(self, request: Request, fault: Fault | None) -> Response:
        """Answer the request; `fault` strikes single rows of it."""
        account = self._cloud.signer(permissions.caller(request))
        try:
            body = self._serve(request, account, fault)
        except errors.TablestoreError as error:
            return wire.refuse(request, account, error)
        except DataFileError as error:
            return wire.refuse(request, account, errors.DATA_FILE.error(why=error))
        except Exception:
            log.exception("a bug in yunmock: %s failed", self.operation(request)[:64].encode())
            return wire.refuse(request, account, errors.INTERNAL.error())
        return wire.answer(request, account, 200, body)

    def fail(self, request: Request, fault: Fault) -> Response:
        """The error that a fault asks for."""
        return wire.refuse(request, self._cloud.signer(permissions.caller(request)), errors.of_fault(fault))

    def _serve(self, request: Request, account: Account, fault: Fault | None) -> bytes:
        if request.method != "POST":
            raise errors.NOT_POST.error()
        if len(request.body) > self.limits.body_bytes:
            raise errors.BODY_TOO_LARGE.error()
        name = self.operation(request)
        wire.check_request(request, account, verify_signature=self.settings.verify_signatures)
        ctx = self._context(request, fault)
        call = CALLS.get(name)
        if call is None:
            raise errors.NOT_EMULATED.error(name=name)
        message = None if call.request is None else parse(call.request, request.body)
        permissions.check(self._cloud, request, message)
        return call.answer(ctx, message).SerializeToString()

    def _context(self, request: Request, fault: Fault | None) -> RequestContext:
        now_ms = self._cloud.clock.now_ms()
        if self.settings.clock_skew_ms is not None:
            wire.check_date(request, now_ms, self.settings.clock_skew_ms)
        state = self._state(request.headers["x-ots-instancename"])
        return RequestContext(state, now_ms, self.limits, self.settings, fault)

    def _now(self, instance: str) -> RequestContext:
        """What a change that is no request works with."""
        return RequestContext(self._state(instance), self._cloud.clock.now_ms(), self.limits, self.settings)

    def _state(self, instance: str) -> TablestoreState:
        state = self._states.get(instance)
        if state is None:
            if not INSTANCE.match(instance):
                raise errors.INVALID_INSTANCE.error(name=instance)
            state = self._states.setdefault(instance, TablestoreState(self._cloud.storage, instance))
        return state
