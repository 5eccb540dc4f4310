"""The documentation names only files, folders and headings that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    str(path.relative_to(ROOT)) for pattern in ("*.md", "docs/**/*.md", "infra/*/*.md") for path in ROOT.glob(pattern)
)
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
REFERENCE = re.compile(r"^\[[^\]]+\]: +(\S+)$", re.MULTILINE)
WEB = re.compile(r"https://(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:/[\w./%~+@=&?#:,;!*'-]*)?", re.ASCII | re.IGNORECASE)
INLINE_CODE = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"^#+ +(.+?)$", re.MULTILINE)
FOLDERS = ("benchmarks", "docs", "events", "functions", "infra", "requirements", "shared", "tests")
# A path of the repository in inline code: `shared/opsledger/store/`, `tests/golden/README.md`. `<product>` and `*`
# stand for any name. A command or an expression that contains a path is not one.
PATH = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w.*<>/-]*")


def prose(name: str) -> str:
    """A page without its code blocks."""
    return FENCED.sub("", (ROOT / name).read_text(encoding="utf-8"))


def anchors(text: str) -> set[str]:
    """The anchors that GitHub makes of a page's headings: lower case, no punctuation, hyphens for blanks."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return {heading.replace(" ", "-") for heading in plain}


def local_links(name: str) -> Iterator[tuple[str, str]]:
    """The links of a page within the repository: path and anchor, either of which may be empty."""
    for link in LINK.findall(prose(name)):
        if "://" not in link:
            path, _, anchor = link.partition("#")
            yield path, anchor


def named_paths(text: str) -> list[str]:
    """The paths of the repository that a text names in inline code."""
    return [code for code in INLINE_CODE.findall(text) if PATH.fullmatch(code)]


def exists(path: str) -> bool:
    """Whether a file or folder of that name is there; placeholders match any name."""
    return any(ROOT.glob(re.sub(r"<[^>]+>", "*", path).rstrip("/")))


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_that_exist(page: str) -> None:
    """Each relative link names a file or folder of the repository."""
    missing = [path for path, _ in local_links(page) if path and not ((ROOT / page).parent / path).exists()]

    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_links_to_headings_name_headings_that_exist(page: str) -> None:
    """Each anchor of a relative link is a heading of its page."""
    missing = []
    for path, anchor in local_links(page):
        target = (ROOT / page).parent / path if path else ROOT / page
        if anchor and anchor not in anchors(prose(str(target.resolve().relative_to(ROOT)))):
            missing.append(f"{path}#{anchor}")

    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_links_to_the_web_are_well_formed(page: str) -> None:
    """Each link to elsewhere is an address over HTTPS with a full host name, without blanks or placeholders."""
    found = [*LINK.findall(prose(page)), *REFERENCE.findall(prose(page))]

    assert [link for link in found if "://" in link and not WEB.fullmatch(link)] == []


@pytest.mark.parametrize(
    ("link", "good"),
    [
        ("https://www.alibabacloud.com/help/en/a?b=c#d", True),
        ("http://www.alibabacloud.com/", False),
        ("https://localhost/a", False),
        ("https://example.com/<name>", False),
        ("https://example.com/…", False),
        ("https:///a", False),
    ],
)
def test_a_wrong_address_is_found(link: str, good: bool) -> None:  # noqa: FBT001 - a column of the table
    """HTTP alone, a host of one word, and placeholders are mistakes in a link."""
    assert bool(WEB.fullmatch(link)) is good


@pytest.mark.parametrize("page", PAGES)
def test_paths_in_inline_code_exist(page: str) -> None:
    """Each path of the repository in inline code is a file or folder, so a page does not outlive a move."""
    assert [path for path in named_paths(prose(page)) if not exists(path)] == []


def test_paths_are_recognised_in_inline_code() -> None:
    """A path is checked; a command or a path outside the repository is not."""
    text = (
        "`tests/golden/` and `shared/opsledger/catalog/<product>/`, not `make test ARGS=tests/e2e` or `build/package/`"
    )

    assert named_paths(text) == ["tests/golden/", "shared/opsledger/catalog/<product>/"]


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("tests/project/", True),
        ("functions/<name>/index.py", True),
        ("tests/nowhere/", False),
        ("docs/<name>.rst", False),
    ],
)
def test_placeholders_match_any_name(path: str, there: bool) -> None:  # noqa: FBT001 - a column of the table
    """`functions/<name>/index.py` exists because a function's folder has that file."""
    assert exists(path) is there
