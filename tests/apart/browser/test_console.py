"""The console in a real browser: for everybody, by keyboard, on a phone and on a wide screen."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from tests.apart.browser.recorded import DRILL, NOTED, announced, recorded
from tests.conftest import NOW_MS, ROOT

from opsctl.console import ConsoleServer
from opsledger.console.routes import PAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import PipelineHarness

PICTURE = ROOT / "docs" / "images" / "console.png"
PHONE, WIDE = 360, 1600
Seen = dict[str, Any]


@pytest.fixture(scope="module")
def harness() -> PipelineHarness:
    """What there is to see."""
    return recorded()


@pytest.fixture(scope="module")
def server(harness: PipelineHarness) -> Iterator[ConsoleServer]:
    """The console on a free port, at a fixed time."""
    with ConsoleServer(harness.store, clock=lambda: NOW_MS) as opened:
        thread = threading.Thread(target=opened.serve_forever, daemon=True)
        thread.start()
        yield opened
        opened.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def look(server: ConsoleServer, browse: Callable[[list[Seen]], list[Seen]]) -> Callable[..., list[Seen]]:
    """Visits pages, and returns what the browser saw of each."""
    return lambda visits: browse([{**one, "url": f"{server.url}{one['page']}"} for one in visits])


def addresses(harness: PipelineHarness) -> dict[str, str]:
    """One address for each page, with something on it, and one for an error."""
    opened = announced(harness)
    record = min(opened)
    resource = next(one.resource_id for one in harness.stored() if one.key == record)
    digest = min(entry.digest for entry in harness.quarantine())
    queries = {"record": {"id": record}, "resource": {"id": resource}, "payload": {"digest": digest}}
    pages = {name: f"{name}?{urlencode(queries[name])}" if name in queries else name for name in PAGES}
    return {
        **pages,
        "search of nothing": "search?q=nothing",
        "error": "record?id=none",
        "week by owner": "week?by=owner",
        "record with a note": f"record?{urlencode({'id': opened[NOTED]})}",
        "record of a drill": f"record?{urlencode({'id': opened[DRILL]})}",
    }


@pytest.fixture(scope="module")
def seen(
    look: Callable[..., list[Seen]], harness: PipelineHarness, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, int, str], Seen]:
    """Every page on a phone and on a wide screen, light and dark, in three languages."""
    pictures = Path(os.environ.get("OPSLEDGER_PICTURES", tmp_path_factory.mktemp("pictures")))
    cases = [
        (name, page, width, language)
        for name, page in addresses(harness).items()
        for width, language in ((PHONE, "en"), (WIDE, "en"), (PHONE, "ja"), (WIDE, "zh"))
    ]
    visits = [
        {
            "page": f"{page}{'&' if '?' in page else '?'}lang={language}",
            "width": width,
            "dark": language == "zh",
            "keyboard": language == "en",
            "picture": str(pictures / f"{name.replace(' ', '-')}-{width}-{language}.png"),
            "whole": True,
        }
        for name, page, width, language in cases
    ]
    return {(name, width, language): one for (name, _, width, language), one in zip(cases, look(visits), strict=True)}


def test_every_page_is_for_everybody(seen: dict[tuple[str, int, str], Seen]) -> None:
    """Axe finds nothing: contrast, names, landmarks, tables, order; light and dark, on each width."""
    found = {case: one["violations"] for case, one in seen.items() if one["violations"]}

    assert found == {}
    assert min(one["checked"] for one in seen.values()) > 10


def test_nothing_is_refused_and_nothing_else_is_asked(seen: dict[tuple[str, int, str], Seen]) -> None:
    """The content security policy has nothing to report, the script fails nowhere, no other site is reached."""
    for case, one in seen.items():
        expected = ["error: Failed to load resource: the server responded with a status of 404 (Not Found)"]
        assert one["refused"] == [], case
        assert one["foreign"] == [], case
        assert one["said"] == (expected if case[0] == "error" else []), case
        assert one["status"] == (404 if case[0] == "error" else 200), case


def test_no_page_is_wider_than_its_screen(seen: dict[tuple[str, int, str], Seen]) -> None:
    """A phone needs no scrolling sideways."""
    assert {case: one["wide"] for case, one in seen.items() if one["wide"] > 0} == {}


def test_the_keyboard_reaches_everything(seen: dict[tuple[str, int, str], Seen]) -> None:
    """Each link, field and button, in the order of the page, shown when it has the focus."""
    for case, one in seen.items():
        if case[2] == "en":
            stops = one["keyboard"]["stops"]
            assert [stop["number"] for stop in stops] == one["keyboard"]["usable"], case
            assert [stop["name"] for stop in stops if not (stop["marked"] and stop["seen"])] == [], case


def test_times_are_the_reader_s_and_utc_on_hover(seen: dict[tuple[str, int, str], Seen]) -> None:
    """The browser is in China: eight hours ahead of what the title says."""
    times = seen["record", WIDE, "en"]["times"]
    absolute = [[text, title] for text, title in times if "GMT+8" in text]

    assert absolute
    assert all(title.endswith(" UTC") for _, title in times)
    assert ["Jan 3, 06:00 GMT+8", "2026-01-02 22:00 UTC"] in absolute


def test_without_a_script_everything_is_there(look: Callable[..., list[Seen]], harness: PipelineHarness) -> None:
    """Every page says what it says, and times are in UTC."""
    pages = addresses(harness)
    plain = look([{"page": page, "width": WIDE, "script": False} for page in pages.values()])

    shown = dict(zip(pages, plain, strict=True))
    assert {name for name, one in shown.items() if len(one["text"]) < 40} == set()
    assert "2026-01-02 22:00 UTC" in shown["record"]["text"]
    assert "SystemMaintenance.Reboot" in shown["now"]["text"]


def test_the_picture_of_the_readme(look: Callable[..., list[Seen]], tmp_path: Path) -> None:
    """It is made here: of the page Now. `OPSLEDGER_PICTURES=docs/images` writes it again."""
    made = tmp_path / "console.png"
    look([{"page": "now", "width": 1280, "height": 860, "picture": str(made), "axe": False}])

    assert made.read_bytes().startswith(b"\x89PNG")
    if os.environ.get("OPSLEDGER_PICTURES") == "docs/images":
        shutil.copy(made, PICTURE)
    assert PICTURE.is_file(), "run this test with OPSLEDGER_PICTURES=docs/images"
