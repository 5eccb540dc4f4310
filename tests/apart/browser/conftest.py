"""A real browser that visits pages, Chromium driven by Node, and what must be true of every page that it sees."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
MODULES = ROOT / ".venv" / "apart-browser" / "node_modules"
IMAGES = ROOT / "docs" / "images"
PHONE, WIDE = 360, 1600
MISSING = "error: Failed to load resource: the server responded with a status of 404 (Not Found)"
Seen = dict[str, Any]
Case = tuple[str, int, str]
"""The name of a page, the width of the screen, and the language or the theme."""


@pytest.fixture(scope="session")
def browse() -> Callable[[list[Seen]], list[Seen]]:
    """Visits addresses, and returns what the browser saw at each."""
    node, browser = shutil.which("node"), shutil.which("chromium") or shutil.which("google-chrome")
    if node is None or browser is None:
        pytest.skip("there is no node, or no chromium or google-chrome, on this machine")
    if not MODULES.is_dir():
        pytest.fail("the Node packages are not installed: run `make test-apart`")

    def browse(visits: list[Seen]) -> list[Seen]:
        ran = subprocess.run(  # noqa: S603 - our own program
            [node, str(HERE / "visit.js")],
            input=json.dumps({"browser": browser, "now": NOW_MS, "visits": visits}),
            env={**os.environ, "NODE_PATH": str(MODULES)},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        seen: list[Seen] = json.loads(ran.stdout)
        return seen

    return browse


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for the pictures of all pages; `OPSLEDGER_PICTURES` names one to look at them."""
    return Path(os.environ.get("OPSLEDGER_PICTURES", tmp_path_factory.mktemp("pictures")))


class EveryPage:
    """What must be true of every page of a site; `seen` is what the browser saw of each case, and `error` a page."""

    def test_it_is_for_everybody(self, seen: dict[Case, Seen]) -> None:
        """Axe finds nothing: contrast, names, landmarks, tables, order; light and dark, on each width."""
        assert {case: one["violations"] for case, one in seen.items() if one["violations"]} == {}
        assert min(one["checked"] for one in seen.values()) > 10

    def test_nothing_is_refused_and_nothing_else_is_asked(self, seen: dict[Case, Seen]) -> None:
        """The content security policy has nothing to report, the script fails nowhere, no other site is reached."""
        for case, one in seen.items():
            said, status = ([MISSING], 404) if case[0] == "error" else ([], 200)
            assert (one["refused"], one["foreign"]) == ([], []), case
            assert (one["said"], one["status"]) == (said, status), case

    def test_it_is_not_wider_than_its_screen(self, seen: dict[Case, Seen]) -> None:
        """A phone needs no scrolling sideways."""
        assert {case: one["wide"] for case, one in seen.items() if one["wide"] > 0} == {}

    def test_the_keyboard_reaches_everything(self, seen: dict[Case, Seen]) -> None:
        """Each link, field and button, in the order of the page, shown when it has the focus."""
        typed = {case: one["keyboard"] for case, one in seen.items() if "keyboard" in one}

        assert {name for name, *_ in typed} == {name for name, *_ in seen}
        for case, keyboard in typed.items():
            stops = keyboard["stops"]
            assert [stop["number"] for stop in stops] == keyboard["usable"], case
            assert [stop["name"] for stop in stops if not (stop["marked"] and stop["seen"])] == [], case


def check_picture(look: Callable[..., list[Seen]], made: Path, visit: Seen) -> None:
    """A picture of a README can be made, and is there; `OPSLEDGER_PICTURES=docs/images` writes it again."""
    look([{**visit, "picture": str(made), "axe": False}])

    assert made.read_bytes().startswith(b"\x89PNG")
    if os.environ.get("OPSLEDGER_PICTURES") == "docs/images":
        shutil.copy(made, IMAGES)
    assert (IMAGES / made.name).is_file(), "run this test with OPSLEDGER_PICTURES=docs/images"
