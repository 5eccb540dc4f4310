"""A store that fails at chosen calls, and the ways in which it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.simulation.memory_store import MemoryStore

from opsledger.store import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from opsledger.store import Key, Put, Row
    from opsledger.store.tables import Index, Table

    Hook: TypeAlias = Callable[..., Any]


class CrashError(Exception):
    """The process is gone; the library must not catch this."""


class FailingStore:
    """A store in memory that calls a hook instead of a chosen read or write.

    Args:
        hooks: by the number of the call, from 1. A hook gets the store, the request, and the function that performs it.

    Attributes:
        inner: the store in memory.
        calls: the name of every call so far.
    """

    def __init__(self, hooks: Mapping[int, Hook] | None = None) -> None:
        self.inner = MemoryStore()
        self.hooks = dict(hooks or {})
        self.calls: list[str] = []

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """As the store in memory, or as the hook of this call."""
        return self._do("read", keys)  # type: ignore[no-any-return]

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """As the store in memory, or as the hook of this call."""
        return self._do("write", puts)  # type: ignore[no-any-return]

    def walk(self, index: Index | Table, prefix: Sequence[str | int], **options: Any) -> Iterator[Row]:
        """As the store in memory."""
        return self.inner.walk(index, prefix, **options)

    def _do(self, name: str, request: Any) -> Any:
        self.calls.append(name)
        hook = self.hooks.get(len(self.calls))
        perform = getattr(self.inner, name)
        return hook(self, request, perform) if hook else perform(request)


def before(error: Exception) -> Hook:
    """A hook that fails before it performs the request."""

    def hook(_store: FailingStore, _request: Any, _perform: Callable[[Any], Any]) -> Any:
        raise error

    return hook


def after(error: Exception) -> Hook:
    """A hook that performs the request and then fails: the reply is lost."""

    def hook(_store: FailingStore, request: Any, perform: Callable[[Any], Any]) -> Any:
        perform(request)
        raise error

    return hook


def midway(error: Exception, rows: Callable[[int], bool]) -> Hook:
    """A hook that writes some of the rows and then fails."""

    def hook(_store: FailingStore, request: Any, perform: Callable[[Any], Any]) -> Any:
        perform([put for position, put in enumerate(request) if rows(position)])
        raise error

    return hook


def busy(rows: Callable[[int], bool], *, landed: bool = False) -> Hook:
    """A hook that answers for some rows that the store is busy.

    Args:
        landed: whether those rows are written all the same.
    """

    def hook(_store: FailingStore, request: Any, perform: Callable[[Any], Any]) -> Any:
        written = iter(perform([put for position, put in enumerate(request) if landed or not rows(position)]))
        answers = [
            next(written) if landed or not rows(position) else Written.TRY_AGAIN for position in range(len(request))
        ]
        return [Written.TRY_AGAIN if rows(position) else one for position, one in enumerate(answers)]

    return hook


FAILURES: dict[str, Callable[[Exception], Hook]] = {
    "before": before,
    "after": after,
    "first row": lambda e: midway(e, lambda n: n == 0),
    "last rows": lambda e: midway(e, lambda n: n > 0),
    "odd rows": lambda e: midway(e, lambda n: n % 2 == 1),
}
