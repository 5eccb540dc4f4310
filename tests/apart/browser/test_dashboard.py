"""The pages of yunmock in a real browser: for everybody, by keyboard, on a phone and on a wide screen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.apart.browser.conftest import PHONE, WIDE, EveryPage, check_picture
from tests.yunmock.dashboard.scene import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.apart.browser.conftest import Case, Seen
    from tests.yunmock.dashboard.scene import Scene


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
def seen(look: Callable[..., list[Seen]], scene: Scene, pictures: Path) -> dict[Case, Seen]:
    """Every page on a phone, light, and on a wide screen, dark; the first also the other way round."""
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


class TestDashboard(EveryPage):
    """The pages of yunmock, with hostile contents."""


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
    """It is made here, of the first page."""
    check_picture(look, tmp_path / "yunmock.png", {"page": "/", "width": 1440, "height": 1000})
