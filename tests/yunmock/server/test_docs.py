"""The documentation is true: its examples run, its tables are current, and every control call is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from yunmock import local_cloud
from yunmock.control import Control
from yunmock.coverage import Coverage, calls_table, coverages, filled, sums_table
from yunmock.http import Request
from yunmock.sdk_tests import calls_in_tests

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "docs" / "yunmock"
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)
OURS = (
    "README.md",
    "chat.md",
    "cloudmonitor.md",
    "eci.md",
    "ecs.md",
    "eventbridge.md",
    "from-moto.md",
    "function-compute.md",
    "ros.md",
    "tablestore.md",
)


@pytest.mark.parametrize("name", OURS)
def test_examples_run(name: str) -> None:
    """Every Python example of a page runs, one after another, and may use the names of those before it."""
    names = {"__name__": "page"}
    for code in EXAMPLE.findall((PAGES / name).read_text(encoding="utf-8")):
        exec(compile(code, "<page>", "exec"), names)  # noqa: S102 - our own pages


def test_the_coverage_is_current() -> None:
    """The pages have the calls of every service, answered and refused, as its coverage states them."""
    pages = [path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")]
    tested = calls_in_tests(coverages().values(), ROOT / "tests" / "yunmock", ROOT / "tests" / "apart")

    assert [filled(page, tested) for page in pages] == pages
    blocks = {found for page in pages for found in re.findall(r"<!-- (calls|limits): (\S+) -->", page)}
    assert blocks >= {("calls", service) for service in coverages()}
    with_limits = coverages().keys() - {"fc-2023-03-30"}  # those of the other API of Function Compute
    assert blocks >= {("limits", service) for service in with_limits}
    assert all(coverage.calls and coverage.refused and coverage.limits for coverage in coverages().values())


def test_a_block_is_filled() -> None:
    """The content of a block is replaced by the table; the rest of the page stays; an unknown service is an error."""
    page = filled("before\n<!-- calls: eci -->\nold\n<!-- /calls -->\nafter\n", {"eci": coverages()["eci"].calls})

    assert page.startswith("before\n<!-- calls: eci -->\n\nOf the ")
    assert "\n\n| Call | yunmock | Note |\n" in page
    assert "| DescribeContainerGroups | answered |" in page
    assert page.endswith("|\n\n<!-- /calls -->\nafter\n")
    assert "old" not in page
    with pytest.raises(KeyError, match="nothing"):
        filled("<!-- limits: nothing -->\n<!-- /limits -->", {})


def test_very_many_refused_calls_are_listed_by_reason() -> None:
    """A row each would hide the answered ones: from a hundred on, each reason has one row with all its calls."""
    few, many = ({f"Call{number}": f"reason {number % 2}" for number in range(count)} for count in (4, 100))
    coverage = coverages()["eci"]

    assert calls_table(coverage._replace(calls={}, refused=few), {}).count("| refused |") == 4
    rows = calls_table(coverage._replace(calls={}, refused=many), {}).splitlines()[4:]
    assert [row.split("|")[3] for row in rows] == [" reason 0 ", " reason 1 "]
    assert rows[1].startswith("| Call1, Call3, ")


TESTS = {
    "conftest.py": "import shop_sdk\n",
    "test_a.py": "def test(client):\n    client.get_row_with_options()\n",
    "apart/test_b.py": "from shop_sdk.client import Client\nQUEUE.create()\n",
    "other/test_c.py": "# shop_sdk: client.put_row()\n'client.put_row()'\n",
}
SHOP = Coverage(
    "mns", "Shop", "shop 1.0", {"GetRow": "", "PutRow": "", "CreateQueue": ""}, {"Sell": "no"}, module="shop_sdk"
)


def test_unproven_calls(tmp_path: Path) -> None:
    """A test proves a call if it names the SDK's method, in the code of a file that has the SDK."""
    for name, text in TESTS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    tested = calls_in_tests([SHOP, SHOP._replace(service="other", module="absent")], tmp_path)
    table = calls_table(SHOP, tested)

    assert tested == {"mns": {"GetRow", "CreateQueue"}, "other": set()}
    assert table.startswith(
        "Of the 4 calls of `shop 1.0`, 3 are answered, and 1 are refused by name. Of the answered, 1 "
    )
    assert [row for row in table.splitlines() if "unproven |" in row] == ["| PutRow | unproven |  |"]
    assert "| `tablestore 6.4.8` | " in sums_table({})


def test_every_control_is_documented() -> None:
    """Each control call over HTTP is in the table of the first page, by its path."""
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    answer = Control(local_cloud()).handle(Request("GET", "/_yunmock/", {}))
    names = re.findall(r"/_yunmock/([\w/-]+)", answer.body.decode())

    assert len(names) >= 18
    assert [name for name in names if name.rsplit("/", 1)[-1] not in text] == []
