"""Text from outside is shown as text: it becomes no element, no attribute, no header and no formula."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, PipelineHarness, make_event
from tests.opsledger.console.conftest import DAY_MS, REBOOT, Visitor, judged, known, notified
from tests.opsledger.console.document import parse
from tests.simulation.memory_store import MemoryStore

from opsledger import timestamps
from opsledger.console.routes import PAGES
from opsledger.store import Key, Put
from opsledger.store.tables import CURSORS, TABLES, hashed, unhashed

if TYPE_CHECKING:
    from tests.opsledger.console.document import Page

    from opsledger.store import Row, Store

TEXTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    "</title></main></pre><svg/onload=alert(1)>",
    "&lt;b&gt;&#x3c;script&#x3e;",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(1)",
    "-2+3",
    "\uff1d1+1",
    "\tTAB",
    "a\r\nSet-Cookie: x=1",
    "\u202egnp.exe",
    "]]><!--",
    "../../etc/passwd?x=1&y=2#z",
    "%3Cscript%3E",
    "x" * 900,
)
TAGS = frozenset(
    (
        *("html", "head", "meta", "title", "link", "script", "body", "a", "header", "span", "nav", "ul", "ol", "li"),
        *("form", "input", "main", "div", "p", "h1", "h2", "table", "caption", "thead", "tbody", "tr", "th", "td"),
        *("time", "strong", "label", "select", "option", "datalist", "button", "footer", "section", "dl", "dt", "dd"),
        *("details", "summary", "pre", "code", "wbr", "svg", "g", "rect", "line", "circle", "path", "text"),
    )
)
"""The elements that the templates have; any other one comes from outside."""


def hostile(text: str) -> tuple[Store, list[dict[str, str]]]:
    """A store whose rows have `text` for every id, name, region, account and content, and queries about them.

    Intake refuses such ids. Who writes rows otherwise, such as a later version, may not.
    """
    harness = PipelineHarness()
    event = make_event(REBOOT, "Scheduled", instanceId="i-mark", eventId="e-mark", reason="mark")
    harness.process(event | {"id": "mark"})
    harness.process(f"no JSON: {text}".encode())
    harness.process(event | {"data": event["data"] | {"mark": "mark", "eventId": "!"}})
    known(harness, harness.stored()[0], "mark")
    judged(harness, harness.stored()[0], "mark")
    notified(harness, "ecs:event:e-mark", "mark", "mark")
    harness.store.write([Put(Key(CURSORS, (hashed("mark"),)), {"swept_at": NOW_MS, "reason": "mark"})])
    store = MemoryStore()
    for table in TABLES:
        store.write([_replaced(row, text) for row in harness.store.walk(table, [])])
    digest = next(entry.digest for entry in harness.quarantine() if entry.reason == "not_json")
    names = (text, f"ecs:event:{text}", digest)
    both = {"status": text, "region": text, "lang": "ja"}
    return store, [{"q": name, "id": name, "digest": name, **both} for name in names]


MARKS = ("data.eventId", "e-mark", "i-mark", "mark", "cn-hangzhou", "1000000000000001")


def _replaced(row: Row, text: str) -> Put:
    """The row with `text` in the place of each mark, in its JSON too."""
    columns = {name: _in_column(value, text) for name, value in row.columns.items()}
    first, *rest = row.key.values
    key = hashed(_in_text(unhashed(str(first)), text))
    return Put(Key(row.key.table, (key, *rest)), {**columns, **({"bucket": key[0]} if "bucket" in columns else {})})


def _in_column(value: Any, text: str) -> Any:
    if isinstance(value, str) and value[:1] in "[{" and value:
        return json.dumps(_in_json(json.loads(value), text))
    return _in_text(value, text) if isinstance(value, str) else value


def _in_json(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {_in_text(key, text): _in_json(part, text) for key, part in value.items()}
    if isinstance(value, list):
        return [_in_json(part, text) for part in value]
    return _in_text(value, text) if isinstance(value, str) else value


def _in_text(value: str, text: str) -> str:
    for mark in MARKS:
        if mark in value:
            return value.replace(mark, text)
    return value


def check(page: Page) -> None:
    """The page has the elements and attributes of the templates alone."""
    assert {element.tag for element in page.elements} <= TAGS
    for element in page.elements:
        assert not [name for name in element.attributes if name.startswith("on") or name == "style"], element
        assert not element.attributes.get("href", "").lower().startswith(("javascript:", "data:", "//")), element
    (script,) = page.all("script")
    assert script.attributes["src"].partition("?")[0].lstrip("./") == "console.js"
    assert script.text == ""


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_hostile_text_is_shown_as_text(text: str) -> None:
    """In every page, whether it is found or an error names it."""
    store, queries = hostile(text)
    visitor = Visitor(store)
    documents: dict[bytes, Page] = {}
    for page in PAGES:
        shown = 0
        for query in ({}, *queries, *({name: query[name]} for query in queries for name in ("id", "q", "digest"))):
            answer = visitor.get(f"/{page}", query)
            if answer.body not in documents:  # most pages are the same whatever one of these is
                documents[answer.body] = parse(answer.body.decode())
                check(documents[answer.body])
            document = documents[answer.body]
            shown += " ".join(text.split()) in " ".join(document.main.text.split())
            assert not any(character in value for value in answer.headers.values() for character in "\r\n")
        assert shown, f"the text did not reach {page}, so this shows nothing"


@pytest.mark.parametrize("type_", ["eci:Event:SystemReboot", "ecs:Instance:SystemFailure.Redeploy", "ecs:Disk:Stalled"])
@pytest.mark.parametrize("moment", [timestamps.EARLIEST_MS + DAY_MS, timestamps.LATEST_MS - 1000])
def test_the_first_and_the_last_moment_are_shown(type_: str, moment: int) -> None:
    """An event of the last second has a deadline behind it: no page fails for that."""
    harness = PipelineHarness()
    harness.process(make_event(type_, now_ms=moment))
    (record,) = harness.stored()
    visitor = Visitor(harness.store)

    for page in ("now", "week", "search", "calendar.ics"):
        assert visitor.get(f"/{page}", {}).status == 200, page
    assert visitor.get("/record", {"id": record.key}).status == 200


def test_hostile_paths_are_not_shown(visitor: Visitor) -> None:
    """A page that is not there does not repeat its address as HTML."""
    for text in TEXTS:
        answer = visitor.get(f"/{text}")
        assert answer.status == 404
        check(parse(answer.body.decode()))


@pytest.mark.parametrize("text", [text for text in TEXTS if text.startswith(tuple("=+-@\t\r\uff1d"))])
def test_csv_has_no_formula(text: str) -> None:
    """A cell that a spreadsheet would run has an apostrophe before it."""
    body = Visitor(hostile(text)[0]).get("/search.csv").body.decode()
    cells = [cell for row in csv.reader(io.StringIO(body)) for cell in row]

    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\uff1d"))]
    assert [cell for cell in cells if cell.startswith((f"'{text[:1]}", "\\t"))]


@pytest.mark.parametrize("lang", ["en", "zh", "ja", "xx", "<b>"])
def test_the_language_is_one_that_there_is(visitor: Visitor, lang: str) -> None:
    """Whatever the query or the browser asks for."""
    page = visitor.html("now", lang=lang)
    (root,) = page.all("html")

    assert root.attributes["lang"] == (lang if lang in ("en", "zh", "ja") else "en")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("ja", "ja"),
        ("fr, ja;q=0.1", "ja"),
        ("en;q=0.1, zh;q=0.2", "zh"),
        ("ja;q=0, en", "en"),
        ("*", "en"),
        ("zh;q=x", "en"),
        (";;;,,,=", "en"),
        ("ja;q=0.5," * 1000, "ja"),
    ],
)
def test_the_browser_s_language(visitor: Visitor, accepted: str, language: str) -> None:
    """That which it prefers, of those there are."""
    (root,) = parse(visitor.get("/now", headers={"accept-language": accepted}).body.decode()).all("html")

    assert root.attributes["lang"] == language


def test_every_response_has_the_security_headers(visitor: Visitor) -> None:
    """Pages, errors, files and refusals: strict, and kept by nobody who should not."""
    answers: list[Any] = [visitor.get(path) for path in ("/", "/now.json", "/none", "/record", "/console.css")]
    answers.append(visitor.get("/now", method="POST"))
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
    assert answers[-1].status == 405


def test_a_file_is_kept_under_its_digest_alone(visitor: Visitor) -> None:
    """A browser may keep the style sheet that a page names; another version of it is another address."""
    (link,) = visitor.html("now").all("link", rel="stylesheet")
    name, _, version = link.attributes["href"].partition("?v=")

    assert "immutable" in visitor.get(f"/{name}", {"v": version}).headers["Cache-Control"]
    assert visitor.get(f"/{name}", {"v": "other"}).headers["Cache-Control"] == "no-store"
