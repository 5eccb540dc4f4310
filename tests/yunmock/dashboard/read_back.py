"""Reads a page back from its HTML, as a reader sees it: what each section says, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link"}
VALUES = {"time": "datetime", "data": "value", "a": "href"}
"""The attributes that hold a value exactly, where the text is for people."""


@dataclass
class ReadSection:
    """A section: the heads of its columns or the names of its facts, and the texts of each cell."""

    heads: list[str] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)


class PageReader(HTMLParser):
    """Reads one page.

    Attributes:
        sections: by their ids.
        tags: every element with the names of its attributes.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sections: dict[str, ReadSection] = {}
        self.tags: set[tuple[str, tuple[str, ...]]] = set()
        self.open: list[str] = []
        self._section: ReadSection | None = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.tags.add((tag, tuple(sorted(name for name, _ in attrs))))
        given = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "section":
            self._section = self.sections.setdefault(str(given["id"]), ReadSection())
        elif self._section is not None and tag in ("td", "dd"):
            self._section.cells.append([])
        elif self._section is not None and self._section.cells and tag in VALUES:
            self._section.cells[-1].append(str(given.get(VALUES[tag])))

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        assert self.open.pop() == tag
        if tag == "section":
            self._section = None

    def handle_data(self, data: str) -> None:
        """A text."""
        if self._section is None or not data.strip():
            return
        if {"th", "dt"} & set(self.open):
            self._section.heads.append(data)
        elif {"td", "dd"} & set(self.open):
            self._section.cells[-1].append(data)
