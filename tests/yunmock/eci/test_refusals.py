"""What is not answered says so, and faults strike in ECI's own words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from Tea.exceptions import UnretryableException

from yunmock import Fault
from yunmock.eci.coverage import COVERAGE
from yunmock.http import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock import Cloud
    from yunmock.eci import EciService

pytestmark = pytest.mark.parametrize("cloud", ["memory"], indirect=True)


def test_coverage_is_true(sdk: Any, refused: Callable[..., Any]) -> None:
    """A call that the coverage states is answered, and a call that it refuses is refused by name."""
    for name in COVERAGE.calls:
        assert sdk.raw(name, query={"RegionId": "cn-hangzhou"})["TotalCount"] == 0
    for name in COVERAGE.refused:
        with refused("ActionNotSupported", 404, naming=f"[{name}]"):
            sdk.raw(name, query={"RegionId": "cn-hangzhou"})


def test_unknown_action(sdk: Any, refused: Callable[..., Any]) -> None:
    """An action that ECI does not have is not found, and is named."""
    with refused("InvalidAction.NotFound", 404, naming="MakeCoffee"):
        sdk.raw("MakeCoffee")


def test_unknown_version(sdk: Any, refused: Callable[..., Any]) -> None:
    """Another version of the API is refused."""
    with refused("InvalidVersion", naming="2018-08-08"):
        sdk.raw("DescribeContainerGroups", version="2020-01-01", query={"RegionId": "cn-hangzhou"})


def test_no_action(cloud: Cloud) -> None:
    """A request that names no action is refused as lacking one."""
    response = cloud.handle("eci", Request("GET", "/", {}))

    assert (response.status, b'"Code": "MissingParameter"' in response.body) == (400, True)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("Throttling", 400),
        ("Throttling.User", 400),
        ("Throttling.Api", 400),
        ("InternalError", 500),
        ("ServiceUnavailable", 503),
        ("InvalidParameter", 400),
        ("", 503),
    ],
)
def test_fault(cloud: Cloud, sdk: Any, refused: Callable[..., Any], code: str, status: int) -> None:
    """A fault answers ECI's code with the status and words that belong to it, once, and then all is well."""
    cloud.faults.add(Fault("eci", "DescribeContainerGroups", code=code))

    with refused(code or "ServiceUnavailable", status):
        sdk.groups()
    assert sdk.groups().total_count == 0


def test_fault_of_a_foreign_code(cloud: Cloud, sdk: Any, refused: Callable[..., Any]) -> None:
    """A fault with a code of its own comes with its own status and message."""
    cloud.faults.add(Fault("eci", code="SystemBusy", status=502, message="come back later"))

    with refused("SystemBusy", 502, naming="come back later"):
        sdk.events()


def test_fault_on_one_page(cloud: Cloud, eci: EciService, sdk: Any, refused: Callable[..., Any]) -> None:
    """A fault can strike a page in the middle, and the same token is good afterwards."""
    ids = [eci.create_container_group("cn-hangzhou", f"g{n}") for n in range(45)]
    second = Fault("eci", code="Throttling.User", matches=lambda request: "NextToken" in request.query)
    cloud.faults.add(second)
    first = sdk.groups()

    with refused("Throttling.User", naming="flow control"):
        sdk.groups(next_token=first.next_token)
    assert sdk.ids(next_token=first.next_token) == ids[20:40]


def test_dropped_reply(cloud: Cloud, sdk: Any) -> None:
    """A dropped connection reaches the caller as the SDK tells one."""
    cloud.faults.add(Fault("eci", action="drop"))

    with pytest.raises(UnretryableException, match="a fault dropped the connection"):
        sdk.groups()


def test_calls_are_logged_by_name(cloud: Cloud, sdk: Any) -> None:
    """The cloud's log and faults know the calls by the API's names, with either signature."""
    sdk.groups()
    sdk.events()

    assert [call.operation for call in cloud.calls_of("eci")] == [
        "DescribeContainerGroups",
        "DescribeContainerGroupEvents",
    ]
    assert all(re.fullmatch(r"\w+", call.operation) for call in cloud.calls)
