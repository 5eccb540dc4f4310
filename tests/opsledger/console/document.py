"""A page as an independent HTML parser sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote_plus

VOID = frozenset({"meta", "link", "input", "br", "img", "wbr"})


@dataclass
class Element:
    """An element with all the text inside it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page:
    """The elements of a page in their order, and its text."""

    elements: list[Element] = field(default_factory=list)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """The elements with a tag and these attributes."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [e for e in self.elements if e.tag == tag and wanted.items() <= e.attributes.items()]

    @property
    def main(self) -> Element:
        """What the page is about, without the frame around it."""
        (only,) = self.all("main")
        return only

    @property
    def shown(self) -> str:
        """Everything that a reader can see or follow: text, the values of fields, and what links name."""
        fields = [e.attributes.get("value", "") for e in self.all("input")]
        links = [unquote_plus(e.attributes["href"]) for e in self.all("a")]
        return " ".join([*self.main.text.split(), *fields, *links])


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs), f"<{tag}> has an attribute twice"
        self.page.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        element = self._open.pop()
        assert element.tag == tag, f"<{element.tag}> is ended by </{tag}>"

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def close(self) -> None:
        super().close()
        assert self._open == []


def parse(html: str) -> Page:
    """The page; each element must be closed where HTML wants that."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    return parser.page
