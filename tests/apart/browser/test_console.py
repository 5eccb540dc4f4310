"""The console in a real browser: for everybody, by keyboard, on a phone and on a wide screen."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from tests.apart.browser.conftest import PHONE, WIDE, EveryPage, check_picture
from tests.apart.browser.recorded import DRILL, NOTED, announced, recorded
from tests.conftest import NOW_MS

from opsctl.console import ConsoleServer
from opsledger.console.routes import PAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.apart.browser.conftest import Case, Seen
    from tests.conftest import PipelineHarness


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
    record = min(opened, key=lambda one: one.key)
    digest = min(entry.digest for entry in harness.quarantine())
    queries = {"record": {"id": record.key}, "resource": {"id": record.resource_id}, "payload": {"digest": digest}}
    pages = {name: f"{name}?{urlencode(queries[name])}" if name in queries else name for name in PAGES}
    return {
        **pages,
        "search of nothing": "search?q=nothing",
        "error": "record?id=none",
        "week by owner": "week?by=owner",
        "record with a note": f"record?{urlencode({'id': opened[NOTED].key})}",
        "record of a drill": f"record?{urlencode({'id': opened[DRILL].key})}",
    }


@pytest.fixture(scope="module")
def seen(look: Callable[..., list[Seen]], harness: PipelineHarness, pictures: Path) -> dict[Case, Seen]:
    """Every page on a phone and on a wide screen, light and dark, in three languages."""
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


class TestConsole(EveryPage):
    """The pages of the console."""


def test_times_are_the_reader_s_and_utc_on_hover(seen: dict[Case, Seen]) -> None:
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
    """It is made here, of the page Now."""
    check_picture(look, tmp_path / "console.png", {"page": "now", "width": 1280, "height": 860})
