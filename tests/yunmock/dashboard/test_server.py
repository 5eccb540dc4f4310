"""Who gets a page from a server, and what a page carries with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
from tablestore import CapacityUnit, OTSClient, ReservedThroughput, TableMeta, TableOptions
from tests.yunmock.server.raw_http import talk

from yunmock import local_cloud, mock_aliyun
from yunmock.dashboard.address import ASSETS
from yunmock.dashboard.html import MENU
from yunmock.dashboard.site import PAGES
from yunmock.http import Request
from yunmock.refused import KEPT
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = "/_yunmock/page/"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of an empty cloud."""
    cloud = local_cloud()
    with Server(cloud) as opened:
        yield opened
    cloud.close()


def ask(server: Server, method: str, path: str, **headers: str) -> requests.Response:
    """The answer to a request."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.request(method, f"http://{server.address}{path}", headers=named, timeout=5)


@pytest.mark.parametrize("path", ["/", *(f"{PAGE}{name}" for name in ("overview.json", *ASSETS))])
def test_every_answer_is_guarded(server: Server, path: str) -> None:
    """Nothing but the page's own style and script may run, and no other page may have it."""
    answer = ask(server, "GET", path)

    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_cloud_has_pages(server: Server, name: str) -> None:
    """The pages of the menu say that there is nothing; one that lacks an argument says so."""
    answer = ask(server, "GET", f"{PAGE}{name}")

    assert (answer.status_code, "The address lacks" in answer.text) == ((200, False) if name in MENU else (400, True))


@pytest.mark.parametrize("suffix", ["", ".json"])
@pytest.mark.parametrize(
    ("page", "query", "status"),
    [
        ("nothing", "", 404),
        ("overview.txt", "", 404),
        ("events", "?bus=gone", 404),
        ("events", "?before=%00", 400),
        ("event", "?key=é", 400),
        ("event", "?key=_w", 404),
        ("rule", "?bus=default", 400),
        ("rule", "?bus=<b>&rule=<script>", 404),
        ("function", "?name=gone", 404),
        ("invocation", "?request=gone", 404),
        ("table", "?instance=a&table=b", 404),
        ("queue", "?region=a&name=b", 404),
    ],
)
def test_a_page_that_is_not_there(server: Server, page: str, query: str, status: int, suffix: str) -> None:
    """It is an error in the form that was asked for, and what the address had is escaped."""
    answer = ask(server, "GET", f"{PAGE}{page}{suffix}{query}")

    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("application/json" if suffix else "text/html")
    assert "<script>" not in answer.text or suffix


@pytest.mark.parametrize("path", [f"{PAGE}overview", f"{PAGE}tables.json"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_pages_only_show(server: Server, method: str, path: str) -> None:
    """Any method but GET and HEAD is refused."""
    answer = ask(server, method, path)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_head_has_no_body(server: Server) -> None:
    """HEAD answers as GET does, without the page."""
    assert (ask(server, "HEAD", "/").status_code, ask(server, "HEAD", "/").content) == (200, b"")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "https://evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
    ids=str,
)
def test_other_pages_get_none(server: Server, headers: dict[str, str]) -> None:
    """A name that was made to resolve to loopback, and a page of another site, get neither page nor JSON."""
    for path in ("/", f"{PAGE}overview.json", f"{PAGE}dashboard.js"):
        assert ask(server, "GET", path, **headers).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {"Authorization": "OSS key:signature"}, 404),
        ("GET", "/?Signature=x", {}, 404),
        ("POST", "/", {}, 404),
        ("GET", "/", {"Host": "oss-cn-hangzhou.aliyuncs.com"}, 404),
        ("GET", f"{PAGE}overview", {"Host": "x.cn-hangzhou.fcapp.run"}, 404),
        ("GET", "/?Action=DescribeRegions&Version=2014-05-26", {}, 400),
    ],
    ids=str,
)
def test_a_program_never_takes_a_page_for_an_answer(
    server: Server, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    """A request of an SDK for `/`, also of a service that yunmock does not have, gets an error in JSON."""
    answer = ask(server, method, path, **headers)

    assert answer.status_code == status
    assert "text/html" not in answer.headers.get("Content-Type", "")


def test_refused_requests_are_bounded(server: Server) -> None:
    """The newest thousand are kept, and a reset of the cloud forgets them."""
    for number in range(KEPT + 5):
        server.answer(Request("GET", f"/{number}", {}, host="localhost"))

    kept = server.refused.items()
    server.cloud.reset()

    assert [kept[0].path, kept[-1].path, len(kept)] == ["/5", f"/{KEPT + 4}", KEPT]
    assert server.refused.items() == []


def test_what_is_no_request_is_listed_too(server: Server) -> None:
    """What is not HTTP stands among the refused requests, with the reason."""
    talk(server, b"\x16\x03\x01 hello\r\n\r\n")

    (row,) = ask(server, "GET", f"{PAGE}requests.json").json()["sections"]["refused"][:1]
    assert (row["call"], row["status"], row["code"]) == ("no valid HTTP", "400", "BadRequest")
    assert "not valid HTTP" in row["why"]


def test_a_stopped_server_listens_no_more() -> None:
    """A cloud can have one server after the other."""
    cloud = local_cloud()
    for _ in range(2):
        with Server(cloud):
            assert len(cloud.on_call) == 1
    assert (cloud.on_call, cloud.on_reset) == ([], [])
    cloud.close()


def test_tables_of_a_data_file_are_shown_before_they_are_used(tmp_path: Path) -> None:
    """A server that was just started on a data file shows the instances in it."""
    cloud = local_cloud(data=tmp_path / "cloud.sqlite")
    with mock_aliyun(cloud):
        keys = (cloud.account.access_key_id, cloud.account.access_key_secret)
        client = OTSClient("https://shop.cn-hangzhou.ots.aliyuncs.com", *keys, "shop")
        client.create_table(
            TableMeta("orders", [("id", "STRING")]), TableOptions(), ReservedThroughput(CapacityUnit(0, 0))
        )
    cloud.close()

    again = local_cloud(data=tmp_path / "cloud.sqlite")
    with Server(again) as server:
        rows = ask(server, "GET", f"{PAGE}tables.json").json()["sections"]["instance_shop"]
    again.close()

    assert [(row["table"]["text"], row["rows"]) for row in rows] == [("orders", 0)]
