"""The pages say what is true: their examples run, their coverage is the installed SDKs', every control is named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from yunmock import local_cloud
from yunmock.control import Control
from yunmock.eventbridge import coverage as eventbridge
from yunmock.fc import coverage as fc
from yunmock.http import Request

PAGES = Path(__file__).parents[3] / "docs" / "yunmock"
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)
OURS = ("README.md", "eventbridge.md", "function-compute.md")
EXAMPLES = [
    pytest.param(code, id=f"{name}-{number}")
    for name in OURS
    for number, code in enumerate(EXAMPLE.findall((PAGES / name).read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("code", EXAMPLES)
def test_examples_run(code: str) -> None:
    """Every Python example of a page runs as it stands."""
    exec(compile(code, "<page>", "exec"), {"__name__": "page"})  # noqa: S102 - our own pages


@pytest.mark.parametrize(("page", "module"), [("eventbridge.md", eventbridge), ("function-compute.md", fc)])
def test_coverage_is_current(page: str, module: Any) -> None:
    """A page lists every call of the SDK, done or refused, as it is."""
    assert module.table() in (PAGES / page).read_text(encoding="utf-8")
    assert {call.done for call in module.coverage()} == {True, False}


def test_every_control_is_documented() -> None:
    """Each control call over HTTP is in the table of the first page, by its path."""
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    answer = Control(local_cloud()).handle(Request("GET", "/_yunmock/", {}))
    names = re.findall(r"/_yunmock/([\w/-]+)", answer.body.decode())

    assert len(names) >= 18
    assert [name for name in names if name.rsplit("/", 1)[-1] not in text] == []
