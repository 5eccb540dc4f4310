"""A page as data: what its HTML and its JSON have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


class Moment(NamedTuple):
    """A time, in ms since the epoch, UTC."""

    ms: int


class Span(NamedTuple):
    """How long something takes, or how far away it is, in ms."""

    ms: float


class Link(NamedTuple):
    """A text or a number that leads to a page, with the page's arguments; `tone` is as for `Status`, or empty."""

    text: str | int
    page: str
    arguments: Mapping[str, str] = {}
    tone: str = ""


class Status(NamedTuple):
    """A word for how something stands; `tone` is good, bad, warn or quiet."""

    text: str
    tone: str = "quiet"


class TextBlock(NamedTuple):
    """A text of several lines, such as a log; JSON is shown indented."""

    text: str


class TypedValue(NamedTuple):
    """The value of a column, with the name of its type; bytes are shown in hexadecimal digits.

    Attributes:
        value: the value, or the beginning of it.
        omitted: how many characters or bytes follow.
        labelled: whether the column's name is shown beside it, because nothing else says it.
    """

    column: str
    type: str
    value: int | float | bool | str | bytes
    omitted: int = 0
    labelled: bool = False


Shown: TypeAlias = (
    "str | int | float | bool | Moment | Span | Link | Status | TextBlock | TypedValue | list[Shown] | None"
)
"""What stands at one place; a list stands for its items, each on a line."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they stand for; `tiles` shows them large."""

    title: str
    items: Mapping[str, Shown]
    tiles: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows under column heads.

    Attributes:
        empty: what to say where there is no row.
        note: what to know about the rows.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Shown, ...]]
    empty: str = "None."
    note: str = ""


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page.

    Attributes:
        trail: the pages above this one.
        tabs: the same page for other arguments; `chosen` is the text of the present one.
        further: the page that goes on where this one ends.
    """

    title: str
    sections: tuple[Facts | Listing, ...]
    summary: str = ""
    trail: tuple[Link, ...] = ()
    tabs: tuple[Link, ...] = ()
    chosen: str = ""
    further: Link | None = None


class PageError(Exception):
    """A page that cannot be shown; `status` is the HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def slug(title: str) -> str:
    """A title as a name in JSON and in addresses: `Why not` is `why_not`."""
    return "_".join("".join(char if char.isalnum() else " " for char in title.lower()).split())
