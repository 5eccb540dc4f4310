"""The tables of a folder in which nothing has been recorded: empty, and opened without a local cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opsledger.store import Key, PageSize, Put, Row, Written
    from opsledger.store.tables import Index, Table


class NoStore:
    """A `Store` without rows, for commands that only read."""

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """No row."""
        del keys
        return {}

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Refuse: a command that writes opens the local cloud."""
        raise NotImplementedError(f"{len(puts)} rows written to tables that are only read")

    def walk(
        self,
        index: Index | Table,
        prefix: Sequence[str | int],
        *,
        reverse: bool = False,
        start: Sequence[str | int] = (),
        end: Sequence[str | int] = (),
        page: PageSize | None = None,
    ) -> Iterator[Row]:
        """No row."""
        del index, prefix, reverse, start, end, page
        return iter(())
