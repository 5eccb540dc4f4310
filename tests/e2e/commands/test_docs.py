"""`opsledger docs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsctl.cli.options import DONE, FAILED, NOT_THERE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import Ran


def test_check_names_pages_that_are_out_of_date(run: Callable[..., Ran], tmp_path: Path, root: Path) -> None:
    """After `docs` the check passes; a changed page and a missing sample fail it, and it writes nothing."""
    (tmp_path / "shared" / "opsledger" / "catalog").mkdir(parents=True)
    (tmp_path / "tests" / "yunmock").mkdir(parents=True)
    (tmp_path / "tests" / "apart").mkdir()
    (tmp_path / "README.md").write_text((root / "README.md").read_text(encoding="utf-8"), encoding="utf-8")
    docs = ("docs", "--root", str(tmp_path))
    assert run(*docs).code == DONE
    assert run(*docs, "--check").code == DONE

    page, event = tmp_path / "docs" / "catalog.md", next((tmp_path / "events" / "ecs").rglob("*.json"))
    page.write_text("changed", encoding="utf-8")
    event.unlink()
    checked = run(*docs, "--check")

    assert checked.code == FAILED
    assert "docs/catalog.md" in checked.err
    assert event.name in checked.err
    assert page.read_text(encoding="utf-8") == "changed"


@pytest.mark.parametrize("options", [(), ("--check",)], ids=["write", "check"])
def test_outside_a_clone(run: Callable[..., Ran], tmp_path: Path, options: tuple[str, ...]) -> None:
    """In a folder that is not a clone it fails in one line and writes nothing."""
    ran = run("docs", *options, folder=tmp_path)

    assert (ran.code, ran.out, len(ran.err.splitlines())) == (NOT_THERE, "", 1)
    assert "clone of OpsLedger" in ran.err
    assert list(tmp_path.iterdir()) == []
