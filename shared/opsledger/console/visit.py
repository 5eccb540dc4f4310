"""What a reader asks a page for: its form, its language, and the values in the query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger.console.web import wrong
from opsledger.console.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.console.web import WebRequest

ROWS: Final = 50
MOST_ROWS: Final = 200
MOST_TEXT: Final = 1000
"""Characters of a value in the query; no id is as long."""
FORMS: Final = ("html", "json", "csv")


class Visit(NamedTuple):
    """One request for a page.

    Attributes:
        page: its name; form: one of `FORMS`.
        language: one of `words.LANGUAGES`; chosen: whether the query names it, so that links must.
        query: the values of the query, without blanks at their ends; empty ones and unknown names are left out.
        now_ms: the present moment, in ms.
        accept: the formats that the reader takes, as the header Accept has them.
    """

    page: str
    form: str
    language: str
    chosen: bool
    query: Mapping[str, str]
    now_ms: int
    accept: str = ""

    def text(self, name: str) -> str | None:
        """A value of the query; None where it is missing or empty."""
        return self.query.get(name)

    def needed(self, name: str) -> str:
        """A value of the query that the page cannot do without.

        Raises:
            PageError: it is missing.
        """
        value = self.query.get(name)
        if value is None:
            raise wrong("This page needs ?{name}=…: come to it by a link.", name=name)
        return value

    def flag(self, name: str) -> bool:
        """Whether the query switches `name` on."""
        return self.query.get(name, "").lower() in ("1", "true", "yes", "on")

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number of the query, from 1.

        Raises:
            PageError: it is something else.
        """
        text = self.query.get(name)
        if text is None:
            return default
        digits = text.lstrip("0") if text.isascii() and text.isdecimal() else ""
        if not digits or len(digits) > len(str(most)) or int(digits) > most:
            raise wrong("{name} should be a whole number from 1 to {most}.", name=name, most=most)
        return int(digits)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """A value of the query that is one of a few.

        Raises:
            PageError: it is another.
        """
        text = self.query.get(name)
        if text is not None and text not in allowed:
            raise wrong("{name} should be one of: {allowed}.", name=name, allowed=", ".join(allowed))
        return text

    @property
    def rows(self) -> int:
        """How many rows a list shows."""
        return self.number("limit", ROWS, MOST_ROWS)


def read(request: WebRequest, page: str, form: str, names: tuple[str, ...] = ()) -> Visit:
    """The visit that a request is.

    Args:
        names: those in the query that the page knows, beside `lang`.

    Raises:
        PageError: a value is too long.
    """
    given = {name: _encodable(request.query.get(name, "").strip()) for name in ("lang", *names)}
    query = {name: value for name, value in given.items() if value}
    if long := [name for name, value in query.items() if len(value) > MOST_TEXT]:
        raise wrong("{name} is too long.", name=long[0])
    asked = query.get("lang", "")
    accepted, accept = (request.headers.get(name, "") for name in ("accept-language", "accept"))
    chosen = asked in LANGUAGES
    return Visit(page, form, asked if chosen else preferred(accepted), chosen, query, request.now_ms, accept)


def _encodable(text: str) -> str:
    """The text with half a surrogate pair as `?`: JSON can have it, and no page can repeat it."""
    return text.encode(errors="replace").decode()


def preferred(accepted: str) -> str:
    """The language that an Accept-Language header prefers, of those there are; English where it names none."""
    ranked = sorted((_quality(part) for part in accepted.split(",")[:20]), key=lambda one: -one[0])
    wanted = (name for quality, name in ranked if quality > 0)
    return next((name for name in wanted if name in LANGUAGES), LANGUAGES[0])


def _quality(part: str) -> tuple[float, str]:
    """A part of the header, such as `zh-CN;q=0.8`, as its quality and the language without its region."""
    name, _, parameter = part.strip().partition(";")
    _, _, number = parameter.partition("=")
    try:
        quality = float(number) if number else 1.0
    except ValueError:
        quality = 0.0
    return quality, name.partition("-")[0].strip().lower()
