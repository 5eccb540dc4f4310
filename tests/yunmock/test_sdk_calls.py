"""Every route is a call of the vendor's installed SDK, and every call of the SDK is routed or refused by name."""

from __future__ import annotations

import pytest
from tests.yunmock.sdk_calls import eci_calls, gaps, tablestore_calls

from yunmock.coverage import Coverage
from yunmock.eci import coverage as eci
from yunmock.eci import routes as eci_routes
from yunmock.tablestore import coverage as tablestore
from yunmock.tablestore import routes as tablestore_routes

SMALL = Coverage("demo", "Demo", "demo 1.0", calls={"Get": ""}, refused={"Put": "not emulated"})


def test_tablestore_has_no_gaps() -> None:
    """Tablestore's routes and coverage are those of the Python SDK and its protobuf messages."""
    assert gaps(tablestore.COVERAGE, tablestore_routes.CALLS, tablestore_calls()) == []


def test_eci_has_no_gaps() -> None:
    """ECI's routes and coverage are those of alibabacloud-eci20180808."""
    assert gaps(eci.COVERAGE, eci_routes.CALLS, eci_calls()) == []


def test_calls_are_found() -> None:
    """The calls come out of the installed SDKs: some of each kind, and none that is a part of another."""
    assert {"GetRow", "SQLQuery", "GetMemory", "ComputeSplitPointsBySize", "DescribeStream"} <= tablestore_calls()
    assert not any("InBatch" in name for name in tablestore_calls())
    assert len(tablestore_calls()) > 70
    assert {"DescribeContainerGroups", "ListUsage"} <= eci_calls()
    assert len(eci_calls()) > 30


@pytest.mark.parametrize(
    ("coverage", "routed", "sdk", "sentence"),
    [
        (SMALL, ["Get"], ["Get", "Put"], None),
        (SMALL, ["Get"], ["Put"], "Demo: Get is routed, but the SDK has no such call"),
        (SMALL, ["Get"], ["Get"], "Demo: Put is refused, but the SDK has no such call"),
        (SMALL, ["Get"], ["Get", "Put", "List"], "Demo: List is a call of the SDK: route it, or add it to `refused`"),
        (SMALL, ["Get", "List"], ["Get", "Put", "List"], "Demo: List is routed: add it to `calls` in coverage.py"),
        (SMALL, [], ["Get", "Put"], "Demo: Get is in `calls` of coverage.py, but it is not routed"),
        (SMALL, ["Get", "Put"], ["Get", "Put"], "Demo: Put is routed: remove it from `refused` in coverage.py"),
        (SMALL._replace(refused={"Put": ""}), ["Get"], ["Get", "Put"], "Demo: Put needs a reason in `refused`"),
    ],
)
def test_gaps(coverage: Coverage, routed: list[str], sdk: list[str], sentence: str | None) -> None:
    """Each kind of disagreement is found and named in a sentence; without one, there is none."""
    found = gaps(coverage, routed, sdk)

    assert (sentence is None) == (found == [])
    assert sentence is None or any(each.startswith(sentence) for each in found)
