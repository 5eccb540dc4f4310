"""The fixture `aliyun`: a local Alibaba Cloud for one test.

Switch it on in a conftest.py with `pytest_plugins = ["yunmock.pytest_plugin"]`, or with `-p yunmock.pytest_plugin`.
The ini option `yunmock_template` names the `s.yaml` that each test's cloud is deployed with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from yunmock.mock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock.cloud import Cloud


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `yunmock_template`."""
    parser.addini(
        "yunmock_template", "the s.yaml that the `aliyun` fixture deploys, relative to the ini file", default=""
    )


@pytest.fixture
def aliyun(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    """A fresh cloud that the SDKs talk to for the length of the test."""
    template = request.config.getini("yunmock_template")
    path = request.config.rootpath / template if template else None
    with mock_aliyun(template=path) as cloud:
        yield cloud
