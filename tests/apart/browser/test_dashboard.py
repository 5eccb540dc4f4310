"""The pages of yunmock in a real browser: for everybody, by keyboard, on a phone and on a wide screen."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import ROOT
from tests.yunmock.dashboard.scene import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.yunmock.dashboard.scene import Scene

PICTURE = ROOT / "docs" / "images" / "yunmock.png"
PHONE, WIDE = 360, 1600
Seen = dict[str, Any]
Case = tuple[str, int, str]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A cloud in which something has happened."""
    with opened(tmp_path_factory.mktemp("scene")) as made:
        yield made


@pytest.fixture(scope="module")
def look(scene: Scene, browse: Callable[[list[Seen]], list[Seen]]) -> Callable[..., list[Seen]]:
    """Visits pages, and returns what the browser saw of each."""
    return lambda visits: browse([{**one, "url": f"http://{scene.server.address}{one['page']}"} for one in visits])


def addresses(scene: Scene) -> dict[str, str]:
    """One address for each page, and one for an error."""
    pages = {name: link.replace(".json", "") for name, link in scene.links().items()}
    return {**pages, "overview": "/", "error": "/_yunmock/page/queue?region=x&name=gone"}


@pytest.fixture(scope="module")
def seen(look: Callable[..., list[Seen]], scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Seen]:
    """Every page on a phone, light, and on a wide screen, dark; the first also the other way round."""
    pictures = Path(os.environ.get("OPSLEDGER_PICTURES", tmp_path_factory.mktemp("pictures")))
    pages = addresses(scene)
    cases = [(name, *view) for name in pages for view in ((PHONE, "light"), (WIDE, "dark"))]
    cases += [("overview", PHONE, "dark"), ("overview", WIDE, "light")]
    visits = [
        {
            "page": pages[name],
            "width": width,
            "dark": theme == "dark",
            "keyboard": True,
            "picture": str(pictures / f"yunmock-{name}-{width}-{theme}.png"),
            "whole": True,
        }
        for name, width, theme in cases
    ]
    return dict(zip(cases, look(visits), strict=True))


def test_every_page_is_for_everybody(seen: dict[Case, Seen]) -> None:
    """Axe finds nothing: contrast, names, landmarks, tables, order; light and dark, on each width."""
    assert {case: one["violations"] for case, one in seen.items() if one["violations"]} == {}
    assert min(one["checked"] for one in seen.values()) > 10


def test_nothing_is_refused_and_nothing_else_is_asked(seen: dict[Case, Seen]) -> None:
    """The content security policy has nothing to report, also with hostile contents; no other site is reached."""
    for case, one in seen.items():
        missing = ["error: Failed to load resource: the server responded with a status of 404 (Not Found)"]
        assert (one["refused"], one["foreign"]) == ([], []), case
        assert one["said"] == (missing if case[0] == "error" else []), case
        assert one["status"] == (404 if case[0] == "error" else 200), case


def test_no_page_is_wider_than_its_screen(seen: dict[Case, Seen]) -> None:
    """A phone needs no scrolling sideways."""
    assert {case: one["wide"] for case, one in seen.items() if one["wide"] > 0} == {}


def test_the_keyboard_reaches_everything(seen: dict[Case, Seen]) -> None:
    """Each link and button, in the order of the page, shown when it has the focus."""
    for case, one in seen.items():
        stops = one["keyboard"]["stops"]
        assert [stop["number"] for stop in stops] == one["keyboard"]["usable"], case
        assert [stop["name"] for stop in stops if not (stop["marked"] and stop["seen"])] == [], case


def test_without_a_script_everything_is_there(look: Callable[..., list[Seen]], scene: Scene) -> None:
    """The pages say the same; only the button that stops the refreshing is missing."""
    pages = addresses(scene)
    names = [name for name in pages if name != "overview"]  # it says how many requests were made

    with_script, without = (
        look([{"page": pages[name], "width": WIDE, "script": script, "axe": False} for name in names])
        for script in (True, False)
    )

    assert [one["text"] for one in with_script] == [one["text"] for one in without]


def test_a_page_shows_by_itself_what_is_new(look: Callable[..., list[Seen]]) -> None:
    """An event that is published while the page is open is on it a little later."""
    event = {"id": "e-later", "source": "acs.ecs", "type": "ecs:Instance:StateChange", "data": {}}
    later = {"path": "/_yunmock/publish", "body": json.dumps(event), "shows": "e-later"}

    (seen,) = look([{"page": "/_yunmock/page/events", "width": WIDE, "later": later}])

    assert "e-later" in seen["text"]
    assert (seen["refused"], seen["said"], seen["violations"]) == ([], [], [])


def test_the_picture_of_the_readme(look: Callable[..., list[Seen]], tmp_path: Path) -> None:
    """It is made here, of the first page. `OPSLEDGER_PICTURES=docs/images` writes it again."""
    made = tmp_path / "yunmock.png"
    look([{"page": "/", "width": 1440, "height": 1000, "picture": str(made), "axe": False}])

    assert made.read_bytes().startswith(b"\x89PNG")
    if os.environ.get("OPSLEDGER_PICTURES") == "docs/images":
        shutil.copy(made, PICTURE)
    assert PICTURE.is_file(), "run this test with OPSLEDGER_PICTURES=docs/images"
