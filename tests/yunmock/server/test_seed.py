"""Seeds make ids repeatable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from yunmock import identifiers, local_cloud
from yunmock.control import Control
from yunmock.http import Request

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _random_again() -> Iterator[None]:
    yield
    identifiers.seed(None)


def request_id(seed: str | None) -> str:
    """The id of the first call of a cloud after it was seeded over the control interface."""
    cloud = local_cloud()
    body = b"{}" if seed is None else b'{"value": "%s"}' % seed.encode()
    assert Control(cloud).handle(Request("POST", "/_yunmock/seed", {}, body)).status == 200
    return cloud.handle("tablestore", Request("POST", "/ListTable", {}, b"")).headers["x-ots-requestid"]


def test_one_seed_gives_the_same_ids() -> None:
    """One seed gives the same ids in two runs."""
    assert request_id("a") == request_id("a")


def test_another_seed_gives_others() -> None:
    """Another seed gives other ids."""
    assert request_id("a") != request_id("b")


def test_without_a_seed_no_id_comes_twice() -> None:
    """Without a seed ids are random, as in the cloud."""
    assert request_id(None) != request_id(None)
