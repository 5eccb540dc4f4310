"""The documentation is true: its examples run, its tables are current, and every control call is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from yunmock import local_cloud
from yunmock.control import Control
from yunmock.coverage import calls_table, coverages, filled
from yunmock.http import Request

PAGES = Path(__file__).parents[3] / "docs" / "yunmock"
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)
OURS = ("README.md", "chat.md", "ecs.md", "eventbridge.md", "function-compute.md")
EXAMPLES = [
    pytest.param(code, id=f"{name}-{number}")
    for name in OURS
    for number, code in enumerate(EXAMPLE.findall((PAGES / name).read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("code", EXAMPLES)
def test_examples_run(code: str) -> None:
    """Every Python example of a page runs."""
    exec(compile(code, "<page>", "exec"), {"__name__": "page"})  # noqa: S102 - our own pages


def test_the_coverage_is_current() -> None:
    """The pages have the calls of every service, answered and refused, as its coverage states them."""
    pages = [path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")]

    assert [filled(page) for page in pages] == pages
    blocks = {found for page in pages for found in re.findall(r"<!-- (calls|limits): (\S+) -->", page)}
    assert blocks >= {("calls", service) for service in coverages()}
    with_limits = coverages().keys() - {"fc-2023-03-30"}  # those of the other API of Function Compute
    assert blocks >= {("limits", service) for service in with_limits}
    assert all(coverage.calls and coverage.refused and coverage.limits for coverage in coverages().values())


def test_a_block_is_filled() -> None:
    """The content of a block is replaced by the table; the rest of the page stays; an unknown service is an error."""
    page = filled("before\n<!-- calls: eci -->\nold\n<!-- /calls -->\nafter\n")

    assert page.startswith("before\n<!-- calls: eci -->\n\n| Call | yunmock | Note |\n")
    assert "| DescribeContainerGroups | answered |" in page
    assert page.endswith("|\n\n<!-- /calls -->\nafter\n")
    assert "old" not in page
    with pytest.raises(KeyError, match="nothing"):
        filled("<!-- limits: nothing -->\n<!-- /limits -->")


def test_very_many_refused_calls_are_listed_by_reason() -> None:
    """A row each would hide the answered ones: from a hundred on, each reason has one row with all its calls."""
    few, many = ({f"Call{number}": f"reason {number % 2}" for number in range(count)} for count in (4, 100))
    coverage = coverages()["eci"]

    assert calls_table(coverage._replace(calls={}, refused=few)).count("| refused |") == 4
    rows = calls_table(coverage._replace(calls={}, refused=many)).splitlines()[2:]
    assert [row.split("|")[3] for row in rows] == [" reason 0 ", " reason 1 "]
    assert rows[1].startswith("| Call1, Call3, ")


def test_every_control_is_documented() -> None:
    """Each control call over HTTP is in the table of the first page, by its path."""
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    answer = Control(local_cloud()).handle(Request("GET", "/_yunmock/", {}))
    names = re.findall(r"/_yunmock/([\w/-]+)", answer.body.decode())

    assert len(names) >= 18
    assert [name for name in names if name.rsplit("/", 1)[-1] not in text] == []
