"""What each distribution declares is what the locked environments hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.apart.conftest import DIST

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.apart.conftest import Installed

WISHES = {
    "yunmock": "yunmock",
    "tablestore": "yunmock[tablestore]",
    "extras": "yunmock[jwt,signatures,tablestore,tls]",
    "opsledger": "opsledger",
    "cli": "opsledger[cli]",
}


@pytest.mark.parametrize("name", WISHES)
def test_nothing_is_missing(name: str, installed: Callable[[str], Installed]) -> None:
    """Every declared requirement is in the environment or in dist/, in a version that is allowed."""
    environment = installed(name)
    options = ("--isolated", "install", "--dry-run", "--no-index", "--find-links", str(DIST))

    ran = environment.run("python", "-m", "pip", *options, WISHES[name])
    checked = environment.run("python", "-m", "pip", "check")

    assert ran.returncode == 0, ran.stderr
    assert "Would install" not in ran.stdout
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("pattern", ["opsledger-*", "yunmock-*"])
def test_a_wheel_and_an_sdist_are_built(pattern: str) -> None:
    """dist/ holds one of each."""
    assert sorted(path.suffix for path in DIST.glob(pattern)) == [".gz", ".whl"]
