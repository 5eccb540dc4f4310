"""Tables that fit: which columns a width has room for, and how wide each is.

An id or a time is whole or not there: it is never cut and never folded. Other text is cut with `…`. When even that does
not fit, columns go, the least important first; when none may go, each row becomes a block of lines.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GAP = 2
"""Spaces between two columns."""
EXTRA = 5
"""The lowest rank of a column that is shown only where no other has to be cut for it."""


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        whole: an id, a time or a number: never cut.
        minimum: other text is cut to so many characters at the least.
        rank: where there is no room, the column with the highest rank goes first; 0 stays. One of `EXTRA` or more goes
            before any other is cut.
        keep_end: cut in the middle, because the end tells as much as the beginning.
    """

    name: str
    whole: bool = False
    minimum: int = 16
    rank: int = 0
    keep_end: bool = False


def width_of(text: str) -> int:
    """The columns of a terminal that `text` takes: two for each Chinese or Japanese character."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


_OPENING, _CLOSING = (
    r"\uff08\u300c\u300e\u201c",
    r"\u3002\uff0c\u3001\uff1b\uff1a\uff1f\uff01\uff09\u300d\u300f\u201d\u2026",
)
"""Brackets and punctuation that stay with what they stand before, and behind."""
_PIECE = re.compile(rf"\s+|[{_OPENING}]*(?:[\u2e80-\uffff]|[^\s\u2e80-\uffff]+)[{_CLOSING}]*")
"""What a line of Chinese, Japanese or English is not broken within: a word, or a character with its punctuation."""


def wrapped(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` columns; one that has no place to break is longer."""
    made = [""]
    for piece in _PIECE.findall(" ".join(text.split())):
        if width_of(made[-1]) + width_of(piece.rstrip()) > width and made[-1]:
            made[-1] = made[-1].rstrip()
            made.append("")
        made[-1] += piece if made[-1] else piece.lstrip()
    return [line for line in made if line]


def lines(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None
) -> Iterator[list[tuple[str, str]]]:
    """Each line of the table as pairs of a cell's whole text and what is printed of it, the header first.

    Args:
        width: the columns of the terminal; None for as many as the table needs.
    """
    natural = [max(map(width_of, [c.name, *(row[i] for row in rows)])) for i, c in enumerate(columns)]
    filled = [i for i in range(len(columns)) if not columns[i].rank or any(row[i] for row in rows)]
    widths = _fit(columns, natural, filled, width)
    if widths is None:
        yield from _blocks(columns, rows)
        return
    rule = ["─" * widths.get(i, 0) for i in range(len(columns))]
    for row in ([c.name for c in columns], rule, *rows):
        cells = [(row[i], pad(_cut(row[i], w, keep_end=columns[i].keep_end), w)) for i, w in sorted(widths.items())]
        cells[-1] = (cells[-1][0], cells[-1][1].rstrip())
        yield cells


def _fit(
    columns: Sequence[Column], natural: Sequence[int], shown: Sequence[int], width: int | None
) -> dict[int, int] | None:
    """The width of each column that is shown, by its number; None when the table cannot fit."""
    kept = list(shown)
    while kept:
        room = None if width is None else width - GAP * (len(kept) - 1)
        minimum = {i: natural[i] if columns[i].whole else min(natural[i], columns[i].minimum) for i in kept}
        first_to_go = max(kept, key=lambda i: columns[i].rank)
        rank = columns[first_to_go].rank
        wanted = sum(natural[i] for i in kept) if rank >= EXTRA else sum(minimum.values())
        if room is None or wanted <= room:
            return _share(minimum, natural, room)
        if not rank:
            return None
        kept.remove(first_to_go)
    return None


def _share(minimum: dict[int, int], natural: Sequence[int], room: int | None) -> dict[int, int]:
    """Widen the columns from their minimum width, the narrowest first, as far as there is room."""
    widths, left = dict(minimum), None if room is None else room - sum(minimum.values())
    for i in sorted(widths, key=lambda i: natural[i] - widths[i]):
        more = natural[i] - widths[i] if left is None else min(natural[i] - widths[i], left)
        widths[i] += more
        left = None if left is None else left - more
    return widths


def _blocks(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Iterator[list[tuple[str, str]]]:
    indent = max(width_of(column.name) for column in columns) + GAP
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            if cell:
                yield [("", pad(column.name, indent - GAP)), (cell, cell)]
        yield []


def _cut(text: str, width: int, *, keep_end: bool) -> str:
    if width_of(text) <= width:
        return text
    tail = text[len(text) - (width - 1) // 2 :] if keep_end else ""
    head = ""
    for character in text:
        if width_of(head + character) + width_of(tail) >= width:
            break
        head += character
    return f"{head}…{tail}"


def pad(text: str, width: int) -> str:
    """`text`, filled with spaces to `width` columns."""
    return text + " " * (width - width_of(text))
