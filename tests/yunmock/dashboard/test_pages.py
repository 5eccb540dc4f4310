"""What the pages of a server show, as HTML and as JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.yunmock.dashboard.read_back import PageReader
from tests.yunmock.dashboard.scene import EVENTS, HOSTILE, ROWS, SECRETS, opened

from yunmock.dashboard.document import slug
from yunmock.dashboard.indented import indented
from yunmock.dashboard.scrub import hidden
from yunmock.dashboard.site import PAGES
from yunmock.printable import printable
from yunmock.recording.scrub import Scrubber

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.yunmock.dashboard.scene import Scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One cloud for all tests: the pages change nothing."""
    with opened(tmp_path_factory.mktemp("scene")) as made:
        yield made


@pytest.fixture(scope="module")
def pages(scene: Scene) -> dict[str, tuple[str, Any]]:
    """Every page: its HTML and its JSON."""
    links = scene.links()
    return {name: (scene.get(link.replace(".json", "")).text, scene.get(link).json()) for name, link in links.items()}


def leaves(value: Any) -> Iterator[str]:
    """Every value in JSON as its text, but not that nothing was omitted: no page says so."""
    if isinstance(value, dict):
        value = [each for name, each in value.items() if (name, each) != ("omitted", 0)]
    if isinstance(value, list):
        for each in value:
            yield from leaves(each)
    elif value is not None:
        yield value if isinstance(value, str) else json.dumps(value)


def shown(leaf: str, cell: list[str]) -> bool:
    """Whether a cell of a page says what a value of its JSON says."""
    words = {"true": "yes", "false": "no"}
    whole = "\n".join(cell)
    forms = (
        leaf,
        printable(indented(leaf), "\n"),
        printable(leaf),
        printable(leaf, "\t\n"),
        leaf.replace(".json", ""),
        words.get(leaf, leaf),
    )
    return leaf == "" or any(form in whole for form in forms)


def test_every_page_is_looked_at(pages: dict[str, tuple[str, Any]]) -> None:
    """The scene leads to each page there is."""
    assert pages.keys() == PAGES.keys()


@pytest.mark.parametrize("name", PAGES)
def test_html_and_json_say_the_same(pages: dict[str, tuple[str, Any]], name: str) -> None:
    """The same sections, the same rows and columns, and in each cell of the HTML what the JSON has there."""
    page, data = pages[name]
    read = PageReader(page).sections

    assert read.keys() == data["sections"].keys()
    for title, section in data["sections"].items():
        rows = section if isinstance(section, list) else [section]
        names = [slug(head) for head in read[title].heads]
        values = [value for row in rows for value in row.values()]
        assert all(list(row) == names for row in rows), title
        assert len(read[title].cells) == len(values), title
        for value, cell in zip(values, read[title].cells, strict=True):
            said = value if not isinstance(value, dict) else {**value, "column": None}  # the head or the row says it
            assert [leaf for leaf in leaves(said) if not shown(leaf, cell)] == [], (title, cell)


SAYS: list[tuple[str, str, dict[str, Any]]] = [
    ("events", "events", {"event": "e-running", "matched": [], "missed": 3, "deliveries": []}),
    ("events", "events", {"event": "e-stopped", "matched": ["stopped"], "deliveries": ["dead-lettered"]}),
    ("event", "rules", {"rule": "stopped", "verdict": "matched", "key_of_the_pattern": []}),
    ("event", "rules", {"rule": "maintenance", "verdict": "not matched", "key_of_the_pattern": ["type"]}),
    ("event", "rules", {"rule": "paused", "why_not": ["the rule is disabled"]}),
    ("event", "deliveries", {"target": "absent", "state": "dead-lettered", "attempts": 4}),
    ("rules", "bus_default", {"rule": "stopped", "matched": 2, "missed": 3, "failed_at": ["data.state: 3"]}),
    (
        "rule",
        "what_the_newest_events_met",
        {"event": "e-running", "why_not": ['"Running" is not "Stopped" or "Stopping"']},
    ),
    ("deliveries", "waiting", {"event": "e-retrying", "state": "retrying", "attempts": 1}),
    ("deliveries", "failed", {"event": "e-stopped", "rule": "stopped", "state": "dead-lettered"}),
    ("deliveries", "failed", {"event": "e-failing", "rule": "maintenance", "state": "delivered"}),
    ("deliveries", "dead_letters", {"rule": "stopped"}),
    ("functions", "functions", {"function": "ledger", "runs": 2, "failed": 1, "triggers": ["sweep: timer"]}),
    ("functions", "newest_runs", {"function": "ledger", "result": "failed"}),
    ("functions", "newest_runs", {"function": "absent", "result": "refused, 404", "start": None}),
    ("tables", "instance_ledger", {"table": "records", "rows": ROWS, "primary_key": ["id STRING", "at INTEGER"]}),
    ("row", "columns", {"column": "digest", "value": {"type": "BINARY", "value": "003c623eff"}}),
    ("row", "columns", {"column": "big", "value": {"type": "INTEGER", "value": 2**63 - 1}}),
    ("queues", "queues", {"queue": "dead-letters", "can_be_received": 2}),
    ("queues", "queues", {"queue": "later", "can_be_received": 0, "received": 0, "delayed": 1}),
    ("schedule", "due", {"service": "fc", "what": "the timer sweep of the function ledger"}),
    ("schedule", "due", {"what": "deliver to the target absent of the rule stopped on the bus default, retry 1"}),
    ("requests", "refused", {"service": "eventbridge", "call": "getRule", "code": "InvalidAccessKeyId"}),
    ("requests", "refused", {"service": "mns", "code": "MissingAuthorizationHeader"}),
    ("requests", "refused", {"service": "tablestore", "code": "OTSObjectNotExist"}),
    ("requests", "refused", {"service": None, "status": "403", "code": "Forbidden"}),
    ("requests", "refused", {"service": None, "status": "404", "code": "NoSuchService"}),
    ("faults", "faults", {"service": "tablestore", "action": "drop", "strikes_left": 3}),
    ("faults", "faults", {"service": "eventbridge", "strikes_left": "all calls"}),
    ("resources", "ecs_system_events", {"type": "SystemMaintenance.Reboot", "status": "Scheduled"}),
    ("resources", "eci_container_groups", {"name": "nightly", "status": "Running"}),
    ("resources", "messages_to_people", {"receiver": "dingtalk", "result": "accepted"}),
]


def has(row: Any, wanted: dict[str, Any]) -> bool:
    """Whether a row of JSON has these values; of a link its text counts."""
    return all(row[key] == value or _inside(row[key], value) for key, value in wanted.items())


def _inside(found: Any, wanted: Any) -> bool:
    if isinstance(found, dict):
        return found.get("text") == wanted or (isinstance(wanted, dict) and wanted.items() <= found.items())
    same_length = isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted)
    return same_length and all(f == w or _inside(f, w) for f, w in zip(found, wanted, strict=True))


@pytest.mark.parametrize(("page", "section", "wanted"), SAYS, ids=lambda each: str(each)[:40])
def test_what_a_page_says(pages: dict[str, tuple[str, Any]], page: str, section: str, wanted: dict[str, Any]) -> None:
    """A row of the page has these values."""
    rows = pages[page][1]["sections"][section]

    assert [row for row in rows if has(row, wanted)], rows


def test_a_run_has_its_log_and_its_error(scene: Scene) -> None:
    """The page of an invocation shows what the function printed, received and raised, with the stack."""
    runs = scene.data("functions")["sections"]["newest_runs"]
    failed = next(run for run in runs if run["result"] == "failed")

    run = scene.get(failed["request_id"]["href"]).json()["sections"]["attempt_1"]

    assert "received" in run["log"]
    assert "RuntimeError: the ledger is not reachable" in run["error"]
    assert json.loads(run["returned"])["stackTrace"]
    assert json.loads(run["received"])["id"] == "e-failing"
    assert run["took"] > 0


def followed(scene: Scene, link: str, section: str) -> list[list[Any]]:
    """The rows of a section, page by page: of the page at a link, and of those that `next` leads to."""
    page = scene.get(link).json()
    rows = page["sections"][section]
    return [rows, *(followed(scene, page["next"]["href"], section) if page["next"] else ())]


@pytest.mark.parametrize(("most", "lengths"), [(50, [50, 50, 20]), (60, [60, 60])])
def test_every_row_is_on_one_page(scene: Scene, monkeypatch: pytest.MonkeyPatch, most: int, lengths: list[int]) -> None:
    """Each row of a table is there once, in the order of the keys, and no page is empty."""
    monkeypatch.setattr("yunmock.dashboard.pages.tables.SHOWN_ROWS", most)
    pages = followed(scene, scene.links()["table"], "rows")

    assert [len(rows) for rows in pages] == lengths
    assert [row["id"]["value"] for rows in pages for row in rows] == [f"i-{number:03}" for number in range(ROWS)]


@pytest.mark.parametrize(("most", "lengths"), [(2, [2, 2, 1]), (5, [5])])
def test_older_events_are_on_further_pages(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, most: int, lengths: list[int]
) -> None:
    """Each event is there once, the newest first, and no page is empty."""
    monkeypatch.setattr("yunmock.dashboard.pages.events.SHOWN", most)
    pages = followed(scene, "/_yunmock/page/events.json", "events")

    assert [len(rows) for rows in pages] == lengths
    assert [row["event"]["text"] for rows in pages for row in rows] == [name for name, *_ in reversed(EVENTS)]


ELEMENTS = re.compile(
    "html|head|meta|title|link|script|body|a|header|span|nav|ul|li|main|div|p|h1|h2|section|dl|dt|dd|table|thead|tr|th"
    "|tbody|td|time|data|pre|code|details|summary|footer"
)
ATTRIBUTES = re.compile(
    "lang|charset|name|content|rel|href|type|src|defer|class|id|aria-label|aria-hidden|aria-current|tabindex|scope"
    "|data-label|datetime|value"
)


def test_hostile_texts_reach_no_page_unescaped(pages: dict[str, tuple[str, Any]]) -> None:
    """Names and contents add no element and no attribute, and nothing that turns the direction of a text around."""
    for name, (page, _) in pages.items():
        read = PageReader(page)
        assert [tag for tag, _ in read.tags if not ELEMENTS.fullmatch(tag)] == [], name
        assert [each for _, given in read.tags for each in given if not ATTRIBUTES.fullmatch(each)] == [], name
        assert read.open == [], name
        assert page.count("<script") == 1, name
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f]", page), name
    shown = [name for name, (page, _) in pages.items() if "&lt;script&gt;alert(1)" in page]
    assert {"faults", "requests", "resources", "queue", "table", "row"} <= set(shown)
    assert HOSTILE in leaves(pages["row"][1])


def test_secrets_are_on_no_page(scene: Scene, pages: dict[str, tuple[str, Any]]) -> None:
    """Neither the account's keys, nor those of a role, nor a robot's token, nor what stands under a secret's name."""
    account, issued = scene.cloud.account, scene.cloud.credentials("ledger")
    secrets = [*SECRETS, account.access_key_secret, issued.access_key_secret, issued.security_token]
    runs = scene.data("functions")["sections"]["newest_runs"]
    more = [scene.get(run["request_id"]["href"].replace(".json", "")).text for run in runs]
    events = [scene.get(event["event"]["href"]).text for event in scene.data("events")["sections"]["events"]]

    written = [*more, *events, *(page for page, _ in pages.values()), *(json.dumps(d) for _, d in pages.values())]

    assert [(secret, text[:200]) for secret in secrets for text in written if secret in text] == []
    assert '"API_KEY"' in json.dumps(pages["function"][1]["sections"]["function"])


NAMED = [
    ('{"token": "abc", "id": 1', '{"token": "***", "id": 1'),
    ("{'password': 'a b', 'x': 'y'}", "{'password': '***', 'x': 'y'}"),
    (r'{"inner": "{\"api_key\": \"abc\", \"a\": 1', r'{"inner": "{\"api_key\": \"***\", \"a\": 1'),
    ('{"secret": "cut off', '{"secret": "***'),
    ("retry with access_token=abc&next_token=def", "retry with access_token=***&next_token=def"),
    ("Channel(password='a b', name='x')", "Channel(password='***', name='x')"),
    ('{"password": "a\\"b c", "x": [', '{"password": "***", "x": ['),
    ('{"password": "a\\\\", "x": [', '{"password": "***", "x": ['),
    (r'{"x": "{\"password\": \"a\\\"b\", \"y\": 1', r'{"x": "{\"password\": \"***\", \"y\": 1'),
    ("{'password': 'a\\'b', 'x", "{'password': '***', 'x"),
    ("the token is short", "the token is short"),
    ("\\" * 60_000, "\\" * 60_000),
]


@pytest.mark.parametrize(("text", "clean"), NAMED, ids=range(len(NAMED)))
def test_a_secret_is_hidden_by_its_name_in_any_text(text: str, clean: str) -> None:
    """In JSON that was cut off, in the text of a Python object, in a log line; at once, however long the text is."""
    assert hidden(text, Scrubber()) == clean


def test_a_count_says_where_it_ends(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """No page counts without end, and a number that stands there is exact."""
    monkeypatch.setattr("yunmock.dashboard.pages.tables.MOST_COUNTED", ROWS - 1)
    monkeypatch.setattr("yunmock.dashboard.pages.overview.JOBS", 1)

    (table,) = scene.data("tables")["sections"]["instance_ledger"]
    due = scene.data("overview")["sections"]["counts"]["due_later"]

    assert (table["rows"], due["text"]) == (f"more than {ROWS - 1}", "more than 1")


def test_looking_changes_nothing(scene: Scene) -> None:
    """Every table, queue, event and job is as it was, and no request is logged."""
    before, calls = scene.cloud.storage.snapshot(), len(scene.cloud.calls)

    for link in scene.links().values():
        scene.get(link)
        scene.get(link.replace(".json", ""))

    assert scene.cloud.storage.snapshot() == before
    assert len(scene.cloud.calls) == calls
