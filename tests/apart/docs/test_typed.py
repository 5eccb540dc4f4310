"""The commands of every page, typed in a scratch folder against the local cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.apart.docs.sessions import Session, masked, pages, typed
from tests.project.blocks import How

if TYPE_CHECKING:
    from pathlib import Path

CLEAN = ("docs/tutorial.md",)
"""The pages whose last block leaves nothing behind."""


@pytest.mark.parametrize("page", pages())
def test_every_command_works(tmp_path: Path, page: str) -> None:
    """Each block ends well and prints what the page says, but for times, ids and measurements."""
    session = Session(tmp_path, page)
    for block in typed(page):
        if block.how is How.COMPARED:
            assert masked(session.shown(block)) == masked(block.code), f"{page}:{block.line}"
            continue
        printed = session.check(block.code)
        for text in block.printed:
            assert text in printed, f"{page}:{block.line}\n{printed}"
    assert page not in CLEAN or session.left == []
