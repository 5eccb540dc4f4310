"""The pytest fixture `aliyun`: a fresh local Alibaba Cloud for one test.

pytest loads this plugin by itself where yunmock is installed (entry point `pytest11`). It imports the cloud only when
a test uses the fixture. The ini option `yunmock_template` names the `s.yaml` to deploy on each test's cloud.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock.local import LocalCloud


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `yunmock_template`."""
    parser.addini(
        "yunmock_template", "the s.yaml that the `aliyun` fixture deploys, relative to the ini file", default=""
    )


@pytest.fixture
def aliyun(request: pytest.FixtureRequest) -> Iterator[LocalCloud]:
    """A fresh cloud that the SDKs talk to for the length of the test."""
    from yunmock.mock import mock_aliyun  # noqa: PLC0415 - a run that never uses the fixture must not pay for it

    template = request.config.getini("yunmock_template")
    path = request.config.rootpath / template if template else None
    with mock_aliyun(template=path) as cloud:
        yield cloud
