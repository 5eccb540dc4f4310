"""A function's own environment variables and output, while its threads share this process with others.

`os.environ`, `sys.stdout` and `sys.stderr` are replaced by proxies for as long as any function runs, and restored when
the last one ends. A proxy gives a thread that runs a function that function's own, and every other thread the
original. So functions can run at the same time, and can call each other over the network, without waiting. A thread
that a function starts itself sees the original.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self

MAX_LOG_CHARS = 1_000_000


class Sandbox(threading.local):
    """What the current thread's function sees; None outside one."""

    variables: dict[str, str] | None = None
    output: Output | None = None
    owner: str | None = None


class Output:
    """What a function printed and logged; the oldest is dropped if it is too much."""

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self._parts: list[str] = []
        self._length = 0
        self._lock = threading.Lock()

    def write(self, text: str) -> None:
        """Append text."""
        with self._lock:
            self._parts.append(text)
            self._length += len(text)
            while self._length > MAX_LOG_CHARS and len(self._parts) > 1:
                self._length -= len(self._parts.pop(0))

    def text(self) -> str:
        """All that is kept."""
        with self._lock:
            return "".join(self._parts)


CURRENT = Sandbox()


class EnvironProxy(MutableMapping[str, str]):
    """Proxy of `os.environ`."""

    def __init__(self, original: MutableMapping[str, str]) -> None:
        self.original = original

    @property
    def _seen(self) -> MutableMapping[str, str]:
        return self.original if CURRENT.variables is None else CURRENT.variables

    def __getitem__(self, key: str) -> str:
        return self._seen[key]

    def __setitem__(self, key: str, value: str) -> None:
        self._seen[key] = value

    def __delitem__(self, key: str) -> None:
        del self._seen[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._seen)

    def __len__(self) -> int:
        return len(self._seen)

    def copy(self) -> dict[str, str]:
        """A copy of what is seen."""
        return dict(self._seen)

    def __or__(self, other: Mapping[str, str]) -> dict[str, str]:
        return {**self._seen, **other}

    def __ror__(self, other: Mapping[str, str]) -> dict[str, str]:
        return {**other, **self._seen}

    def __ior__(self, other: Mapping[str, str]) -> Self:
        self._seen.update(other)
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


class _Bytes:
    """The byte side of a function's output."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def write(self, content: bytes) -> int:
        self._output.write(content.decode("utf-8", "replace"))
        return len(content)

    def flush(self) -> None:
        """Nothing is buffered here."""


class OutputProxy:
    """Proxy of `sys.stdout` or `sys.stderr`."""

    def __init__(self, original: IO[str]) -> None:
        self.original = original

    def write(self, text: str) -> int:
        """To the function's log, or to the original."""
        if CURRENT.output is None:
            return self.original.write(text)
        CURRENT.output.write(text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each line."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Nothing is buffered here."""
        self.original.flush()

    @property
    def buffer(self) -> Any:
        """Where bytes are written."""
        return self.original.buffer if CURRENT.output is None else _Bytes(CURRENT.output)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


class LogHandler(logging.Handler):
    """Puts what a function logs into its log, formatted as the runtime does."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line: time, request id, level, message."""
        output = CURRENT.output
        if output is None:
            return
        moment = datetime.fromtimestamp(record.created, tz=timezone.utc)
        stamp = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
        output.write(f"{stamp} {output.request_id} [{record.levelname}] {self.format(record)}\n")


@dataclass(frozen=True, slots=True)
class _Only:
    """A filter of a log handler: only what `owner` logs passes; None stands for everything outside functions."""

    owner: str | None

    def __call__(self, _record: logging.LogRecord) -> bool:
        return CURRENT.owner == self.owner


OUTSIDE = _Only(None)


class _Proxies:
    """Installs the proxies for the first function and removes them after the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._handler = LogHandler()
        self._level = logging.NOTSET

    def enter(self) -> None:
        """Another function runs. What was replaced meanwhile, as by a test that captures output, gets a new proxy."""
        with self._lock:
            self._running += 1
            if not isinstance(os.environ, EnvironProxy):
                os.environ = EnvironProxy(os.environ)  # type: ignore[assignment]  # noqa: B003 - the point of it
            for name in ("stdout", "stderr"):
                if not isinstance(getattr(sys, name), OutputProxy):
                    setattr(sys, name, OutputProxy(getattr(sys, name)))
            if self._running == 1:
                self._listen()

    def leave(self) -> None:
        """A function has ended."""
        with self._lock:
            self._running -= 1
            if self._running:
                return
            if isinstance(os.environ, EnvironProxy):
                os.environ = os.environ.original  # type: ignore[assignment]  # noqa: B003 - the point of it
            for name in ("stdout", "stderr"):
                if isinstance(stream := getattr(sys, name), OutputProxy):
                    setattr(sys, name, stream.original)
            self._unlisten()

    def _listen(self) -> None:
        root = logging.getLogger()
        self._level = root.level
        for handler in root.handlers:
            if not any(isinstance(each, _Only) for each in handler.filters):
                handler.addFilter(OUTSIDE)
        root.addHandler(self._handler)
        if root.level > logging.INFO:
            root.setLevel(logging.INFO)  # the runtime's level

    def _unlisten(self) -> None:
        root = logging.getLogger()
        root.removeHandler(self._handler)
        for handler in root.handlers:
            handler.removeFilter(OUTSIDE)
        if root.level != self._level:  # setting it empties the cache of every logger
            root.setLevel(self._level)


_PROXIES = _Proxies()


@contextmanager
def sandbox(owner: str, variables: dict[str, str], output: Output) -> Iterator[None]:
    """Run the block, in this thread, with `variables` as its whole environment and `output` for what it prints.

    A handler that the block adds to the root logger serves `owner`, an instance of a function, from then on.
    """
    _PROXIES.enter()
    before = CURRENT.variables, CURRENT.output, CURRENT.owner
    CURRENT.variables, CURRENT.output, CURRENT.owner = variables, output, owner
    handlers = list(logging.getLogger().handlers)
    try:
        yield
    finally:
        for handler in logging.getLogger().handlers:
            if handler not in handlers and not isinstance(handler, LogHandler):
                handler.addFilter(_Only(owner))
        CURRENT.variables, CURRENT.output, CURRENT.owner = before
        _PROXIES.leave()


def forget(owner: str) -> None:
    """Remove the log handlers of an instance that has ended."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if _Only(owner) in handler.filters:
            root.removeHandler(handler)
