"""The console's calendar, read by programs that know nothing of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import NOW_MS, ROOT, PipelineHarness, make_event
from tests.opsledger.console.conftest import REBOOT, Visitor
from tests.opsledger.console.icalendar_reader import read
from tests.opsledger.console.test_calendar import ANY_TEXT, INQUIRY, SPOT, plain
from tests.opsledger.console.test_hostile import TEXTS, hostile

from opsledger.console import icalendar

HERE = Path(__file__).parent
READERS = ("icalendar", "vobject")
STEPS = (
    *((REBOOT, status, f"{status} event") for status in ("Scheduled", "Executing", "Executed", "Avoided", "Failed")),
    (INQUIRY, "Inquiring", "asked"),
    (SPOT, "", "spot"),
)


def found(body: bytes, environment: str = "calendar", program: str = "readers.py") -> Any:
    """What each reader of an environment finds in a calendar."""
    folder = ROOT / ".venv" / f"apart-{environment}-{sys.version_info.major}.{sys.version_info.minor}"
    if not (folder / ".ready").is_file():
        pytest.fail(f"{folder.relative_to(ROOT)} is not built: run `make test-apart`")
    done = subprocess.run(  # noqa: S603 - our own program
        [str(folder / "bin" / "python"), "-I", str(HERE / program)],
        input=body,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def maintenances(body: bytes) -> Any:
    """What the reader of MAINTNOTE finds in a calendar."""
    return found(body, "maintnote", "maintenances.py")


def test_readers_find_what_the_console_wrote() -> None:
    """The same events, texts and moments in each reader, and the maintenances in the one for MAINTNOTE."""
    harness = PipelineHarness()
    for type_, status, seed in STEPS:
        harness.process(make_event(type_, status or None, seed=seed))
    body = Visitor(harness.store).get("/calendar.ics").body
    events = read(body).parts
    assert len(events) == len(STEPS)

    answers = found(body)

    for reader in READERS:
        for event, theirs in zip(events, answers[reader], strict=True):
            assert theirs.pop("errors") == []
            for name, value in theirs.items():
                is_moment = name in ("DTSTART", "DTEND", "LAST-MODIFIED")
                assert value == (event.moment(name).isoformat() if is_moment else event.text(name))
    for event, theirs in zip(events, maintenances(body), strict=True):
        assert theirs["uid"] == theirs["maintenance_id"] == event.text("UID")
        assert theirs["provider"] == "alibabacloud.com"
        assert theirs["status"] == event.properties.get("X-MAINTNOTE-STATUS", "NO-CHANGE")
        assert theirs["sequence"] == int(event.properties["SEQUENCE"])
        assert theirs["start"] == event.moment("DTSTART").timestamp()
        assert theirs["end"] == event.moment("DTEND").timestamp()
        impact = {"circuit_id": event.text("X-MAINTNOTE-OBJECT-ID"), "impact": event.properties["X-MAINTNOTE-IMPACT"]}
        assert theirs["circuits"] == [impact]


@pytest.mark.parametrize("text", [TEXTS[0], "a\r\nBEGIN:VEVENT", "a,b;c\\n:d", "维护" * 80], ids=range(4))
def test_hostile_names_make_no_event(text: str) -> None:
    """There is the one event, with the text in its summary."""
    store, _ = hostile(text)
    body = Visitor(store).get("/calendar.ics").body
    answers = found(body)

    for reader in READERS:
        (event,) = answers[reader]
        assert plain(text) in event["SUMMARY"]
    (maintenance,) = maintenances(body)
    # Its icalendar 5 takes an escaped backslash before an n for a line end; icalendar 7 no longer does.
    circuit = maintenance["circuits"][0]["circuit_id"]
    assert circuit.replace("\\n", "\n") == plain(text).replace("\\n", "\n")


@settings(max_examples=5)
@given(st.lists(ANY_TEXT, min_size=100, max_size=100))
def test_any_text_comes_back(texts: list[str]) -> None:
    """A hundred texts at a time, each as a summary."""
    moment = icalendar.moment(NOW_MS)
    times = [(name, moment) for name in ("DTSTAMP", "DTSTART", "DTEND", "LAST-MODIFIED")]
    events = [[("UID", str(n)), *times, ("SUMMARY", icalendar.text(text))] for n, text in enumerate(texts)]

    answers = found(icalendar.calendar([], events))

    for reader in READERS:
        assert [event.get("SUMMARY", "") for event in answers[reader]] == [plain(text) for text in texts], reader
