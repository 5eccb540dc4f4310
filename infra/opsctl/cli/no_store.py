"""The tables of a folder in which nothing has been recorded: empty, and opened without a local cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opsledger.store import Key, Put, Row, Written


class NoStore:
    """A `Store` without rows, for commands that only read."""

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """No row."""
        del keys
        return {}

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Refuse: a command that writes opens the local cloud.

        Raises:
            ToolError: always.
        """
        raise ToolError(f"{len(puts)} rows were to be written where nothing is recorded yet: please report this")

    def walk(self, *_whence: object, **_how: object) -> Iterator[Row]:
        """No row, whatever is asked for."""
        return iter(())
