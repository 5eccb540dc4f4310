"""The tutorial, typed command by command in a copy of this folder, in both languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.apart.docs.conftest import NEEDED, ROOT, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = ("tutorial.md", "zh/tutorial.md")
PART = re.compile(r"```sh\n(?P<code>.*?)```|<!-- prints: (?P<prints>.*?) -->", re.DOTALL)


def steps(page: str) -> Iterator[tuple[str, list[str]]]:
    """Each block of commands, and what it prints by the page."""
    code, printed = "", []
    for part in PART.finditer((ROOT / "docs" / page).read_text(encoding="utf-8")):
        if part["code"] is None:
            printed.append(part["prints"])
            continue
        if code:
            yield code, printed
        code, printed = part["code"], []
    yield code, printed


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_tutorial_works(folder: Path, page: str) -> None:
    """Each block ends well, and prints what the page says of it; the last one leaves nothing behind."""
    prologue = ""
    for code, wanted in steps(page):
        printed = run(folder, prologue + code)
        for text in wanted:
            assert text in printed, f"{code}\n{printed}"
        prologue += "".join(f"{line}\n" for line in code.splitlines() if line.startswith("export "))
    assert sorted(path.name for path in folder.iterdir() if path.name not in NEEDED) == []


def test_both_languages_have_the_same_steps() -> None:
    """The Chinese page has every command of the English one, and expects the same."""
    english, chinese = (list(steps(page)) for page in PAGES)

    assert english == chinese
