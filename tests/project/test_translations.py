"""The Chinese pages are in step with the English ones: sections, code, names in code, figures and tables."""

from __future__ import annotations

import re
from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
from tests.project.blocks import TRANSLATED, blocks, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PAIRS: Final = sorted((page, english) for page, english in TRANSLATED.items() if page.startswith("docs/"))
_FENCED: Final = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_CODE: Final = re.compile(r"`([^`]+)`")
_PLACEHOLDER: Final = re.compile(r"<[^>]+>")
_LINK: Final = re.compile(r"\]\([^)]*\)")
_NUMBER: Final = re.compile(r"\d+(?:[,.]\d+)*")


class Section(NamedTuple):
    """What a section has in every language.

    Attributes:
        level: how many number signs its heading has.
        code: the names in inline code.
        figures: the numbers, sorted.
        tables: the number of cells of each row of a table.
        items: how many items its lists have.
    """

    level: int = 0
    code: frozenset[str] = frozenset()
    figures: tuple[str, ...] = ()
    tables: tuple[int, ...] = ()
    items: int = 0


def sections(page: str) -> Iterator[tuple[str, Section]]:
    """Each section of a page's text with its heading."""
    text = _COMMENT.sub("", _FENCED.sub("", page))
    for part in re.split(r"^(?=#+ )", text, flags=re.MULTILINE):
        if not part.startswith("#"):
            continue
        heading, _, body = part.partition("\n")
        lines = body.splitlines()
        code = frozenset(_PLACEHOLDER.sub("<>", " ".join(found.split())) for found in _CODE.findall(body))
        prose = _LINK.sub("]", _CODE.sub("", body))
        yield (
            heading,
            Section(
                len(heading.split()[0]),
                code,
                tuple(sorted(_NUMBER.findall(prose))),
                tuple(_CODE.sub("", line).count("|") for line in lines if line.startswith("|")),
                sum(bool(re.match(r"- |\d+\. ", line)) for line in lines),
            ),
        )


@pytest.mark.parametrize(("page", "english"), PAIRS)
def test_a_page_has_the_same_code(page: str, english: str) -> None:
    """Every block, and what it prints, is the same; a block is left out for the same reason, in each language."""
    shown = [(b.language, b.code, b.printed, bool(b.reason)) for b in blocks(page)]

    assert shown == [(b.language, b.code, b.printed, bool(b.reason)) for b in blocks(english)]


@pytest.mark.parametrize(("page", "english"), PAIRS)
def test_a_page_has_the_same_sections(page: str, english: str) -> None:
    """Section by section: the level, names in code, figures, tables and lists. A figure in words may be in words."""
    assert differences(text_of(page), text_of(english)) == []


def differences(ours: str, theirs: str) -> list[str]:
    """In which sections two texts are not in step, and how."""
    pairs = list(zip_longest(sections(ours), sections(theirs), fillvalue=("", Section())))
    found = [
        f"{heading} ({original}) has {name} {more} more and lacks {less}"
        for (heading, section), (original, expected) in pairs
        for name in ("code", "figures", "tables")
        for more, less in [(_more(section, expected, name), _more(expected, section, name))]
        if more or less
    ]
    shapes = [(heading, original) for (heading, a), (original, b) in pairs if (a.level, a.items) != (b.level, b.items)]
    return [*found, *(f"{heading} ({original}) has another level or other lists" for heading, original in shapes)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("## 二", "### 二"),
        ("`a\nb`", "`a\nc`"),
        ("1.5 KB", "1.6 KB"),
        ("| 3 | 4 |\n", ""),
        ("- x\n", ""),
        ("\n## 二\n\n- x\n", ""),
    ],
)
def test_a_page_that_is_out_of_step_is_found(before: str, after: str) -> None:
    """A section, a name, a figure, a row or an item that one page has alone is found; a heading and words are not."""
    page = "# 一\n\n`a\nb` 是 1.5 KB。\n\n| x | y |\n|---|---|\n| 3 | 4 |\n\n## 二\n\n- x\n"
    english = page.replace("一", "One").replace("二", "Two").replace("是", "is").replace("。", ".")

    assert differences(page, english) == []
    assert before in page
    assert differences(page.replace(before, after), english) != []


def _more(one: Section, other: Section, name: str) -> list[object]:
    """What one section has and the other lacks."""
    return list((Counter(getattr(one, name)) - Counter(getattr(other, name))).elements())
