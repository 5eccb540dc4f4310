"""Instances of a function: started cold, kept warm, one request at a time.

The built-in Python runtimes serve one request an instance. An instance runs its initializer once; when that fails the
invocation fails and the next one starts a new instance. A handler that runs too long is abandoned together with its
instance; its thread cannot be stopped and ends when the handler ends.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from yunmock.fc.context import Context, make_context
from yunmock.fc.invocation import (
    UNHANDLED,
    error_body,
    error_line,
    framed_log,
    new_request_id,
    result_bytes,
    timeout_body,
)
from yunmock.fc.loader import Code
from yunmock.fc.model import BARE_CONTEXT_RUNTIMES, Function
from yunmock.fc.sandbox import Output, forget, sandbox
from yunmock.fc.worker import Task, Worker
from yunmock.identifiers import new_uuid
from yunmock.services import Invocation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock.cloud import Account
    from yunmock.ram.access import Credentials

T = TypeVar("T")

# What a function sees of this machine's environment; the rest, above all credentials, stays outside.
INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "SYSTEMROOT")


@dataclass(slots=True)
class Instance:
    """One instance: its code, whether its initializer ran, its id, and its environment variables."""

    function: Function
    code: Code
    id: str
    worker: Worker
    variables: dict[str, str]
    ready: bool = False


class Runtime:
    """Runs the functions of one account.

    Args:
        account: whose ids the functions see.
        added: variables that every function sees on top of its own; read at each invocation.
        credentials: what a function with a role signs with.

    Attributes:
        always_cold: whether each call starts an instance.
        running: how many functions run at this moment.
    """

    def __init__(
        self,
        account: Account,
        added: Callable[[], dict[str, str]],
        credentials: Callable[[str], Credentials],
    ) -> None:
        self._account, self._added, self._credentials = account, added, credentials
        self._idle: dict[str, list[Instance]] = {}
        self._lock = threading.Lock()
        self.always_cold = False
        self.running = 0

    def run(self, function: Function, event: bytes, request_id: str = "") -> Invocation:
        """Invoke a function and wait for it."""
        with self._counted():
            return self._run(function, event, request_id)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self.running += 1
        try:
            yield
        finally:
            with self._lock:
                self.running -= 1

    def _run(self, function: Function, event: bytes, request_id: str) -> Invocation:
        request_id = request_id or new_request_id()
        instance = self._take(function)
        cold = not instance.ready
        output = Output(request_id)
        started = time.perf_counter()
        body, error_type = self._initialize(instance, request_id, output) if cold else (b"", "")
        if not error_type:
            started = time.perf_counter()
            body, error_type = self._handle(instance, event, request_id, output)
        duration_ms = (time.perf_counter() - started) * 1000
        self._give_back(instance)
        used_mb = memory_mb()
        log = framed_log(request_id, output.text(), duration_ms, function.memory_mb, used_mb)
        error = error_line(body, error_type) if error_type else ""
        return Invocation(
            request_id, function.name, 200, body, error_type, error, log, duration_ms, used_mb, instance.id, cold
        )

    def stop(self, name: str | None = None) -> list[str]:
        """End the idle instances of one function or of all; returns the logs of their pre_stop hooks."""
        with self._lock:
            names = list(self._idle) if name is None else [name]
            ended = [instance for each in names for instance in self._idle.pop(each, [])]
        return [self._stop(instance) for instance in ended]

    def environment(self, instance: Instance) -> dict[str, str]:
        """Everything a function finds in `os.environ`."""
        return {**instance.variables, **self._added()}

    def _variables(self, function: Function, instance_id: str) -> dict[str, str]:
        """The environment that an instance starts with.

        https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/environment-variables
        """
        account, credentials = self._account, self._credentials(function.role)
        version = "FC_FUNCTION_VERSION" if function.runtime in BARE_CONTEXT_RUNTIMES else "FC_VER_ID"
        return {
            **{name: os.environ[name] for name in INHERITED if name in os.environ},
            "HOME": "/tmp",  # noqa: S108 - what the runtime sets
            **function.environment,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": credentials.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": credentials.access_key_secret,
            "ALIBABA_CLOUD_SECURITY_TOKEN": credentials.security_token,
            "FC_ACCOUNT_ID": account.account_id,
            "FC_REGION": account.region,
            "FC_FUNC_CODE_PATH": str(function.code),
            "FC_FUNCTION_NAME": function.name,
            "FC_FUNCTION_HANDLER": function.handler,
            "FC_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "FC_INSTANCE_ID": instance_id,
            "FC_CUSTOM_LISTEN_PORT": "9000",
            version: "LATEST",
        }

    def _context(self, function: Function, request_id: str) -> Context:
        return make_context(function, self._account, self._credentials(function.role), request_id)

    def _take(self, function: Function) -> Instance:
        with self._lock:
            idle = self._idle.get(function.name, [])
            for place in range(len(idle) - 1, -1, -1):
                if idle[place].function == function and not self.always_cold:
                    return idle.pop(place)
        name = f"c-{new_uuid().hex[:8]}-{new_uuid().hex[:12]}"
        code = Code(function.code, f"yunmock.functions.{function.name}.{name}")
        return Instance(function, code, name, Worker(f"fc-{function.name}"), self._variables(function, name))

    def _give_back(self, instance: Instance) -> None:
        if not instance.ready:
            return
        if self.always_cold:
            self._stop(instance)
            return
        with self._lock:
            self._idle.setdefault(instance.function.name, []).append(instance)

    def _initialize(self, instance: Instance, request_id: str, output: Output) -> tuple[bytes, str]:
        """Load the code and run the initializer."""
        function = instance.function
        context = self._context(function, request_id)

        def start() -> None:
            instance.code.function(function.handler)
            if function.initializer:
                instance.code.function(function.initializer.handler)(context)

        limit = function.initializer.timeout_s if function.initializer else function.timeout_s
        outcome = self._in_thread(instance, output, limit, start)
        instance.ready = outcome.done and outcome.error is None
        return self._failure(instance, outcome, "Function initializer", limit)

    def _handle(self, instance: Instance, event: bytes, request_id: str, output: Output) -> tuple[bytes, str]:
        function = instance.function
        context = self._context(function, request_id)

        def call() -> bytes:
            return result_bytes(instance.code.function(function.handler)(event, context))

        outcome = self._in_thread(instance, output, function.timeout_s, call)
        instance.ready = outcome.done
        body, error_type = self._failure(instance, outcome, "Function", function.timeout_s)
        return (body, error_type) if error_type else (outcome.result or b"", "")

    def _stop(self, instance: Instance) -> str:
        output, hook = Output(new_request_id()), instance.function.pre_stop
        if hook is not None:
            context = self._context(instance.function, output.request_id)
            stop = instance.code.function(hook.handler)
            outcome = self._in_thread(instance, output, hook.timeout_s, lambda: stop(context))
            if outcome.error is not None:
                output.write(f"pre_stop failed: {outcome.error!r}\n")
        instance.code.unload()
        forget(instance.id)
        return output.text()

    def _in_thread(self, instance: Instance, output: Output, limit_s: float, work: Callable[[], T]) -> Task[T]:
        variables = self.environment(instance)

        def run() -> T:
            with sandbox(instance.id, variables, output), instance.code.importable():
                return work()

        return instance.worker.run(run, limit_s)

    def _failure(self, instance: Instance, outcome: Task[T], what: str, limit_s: float) -> tuple[bytes, str]:
        if not outcome.done:
            return timeout_body(what, limit_s, memory_mb()), UNHANDLED
        if outcome.error is not None:
            return error_body(outcome.error, instance.function.code), UNHANDLED
        return b"", ""


def memory_mb() -> float:
    """The most memory this process has used, in megabytes; 0 where the system does not say."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
