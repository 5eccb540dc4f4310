"""Every route is a call of the vendor's installed SDK, and every call of the SDK is routed or refused by name."""

from __future__ import annotations

import pytest

from yunmock.coverage import Coverage
from yunmock.fc import api_2023
from yunmock.sdk_calls import (
    all_gaps,
    eci_calls,
    eventbridge_paths,
    fc2_paths,
    gaps,
    main,
    path_gaps,
    tablestore_calls,
)

SMALL = Coverage("demo", "Demo", "demo 1.0", calls={"Get": ""}, refused={"Put": "not emulated"})


def test_there_are_no_gaps(capsys: pytest.CaptureFixture[str]) -> None:
    """The routes and the coverage of every service are those of the vendor's SDKs, and lint's command says so."""
    assert all_gaps() == []
    assert main() == 0
    assert capsys.readouterr().out == ""


def test_calls_are_found() -> None:
    """The calls come out of the installed SDKs: some of each kind, and none that is a part of another."""
    assert {"GetRow", "SQLQuery", "GetMemory", "ComputeSplitPointsBySize", "DescribeStream"} <= tablestore_calls()
    assert not any("InBatch" in name for name in tablestore_calls())
    assert len(tablestore_calls()) > 70
    assert {"DescribeContainerGroups", "ListUsage"} <= eci_calls()
    assert len(eci_calls()) > 30
    assert eventbridge_paths()["/openapi/v2/createEventStreaming"] == "createEventStreaming"
    assert len(eventbridge_paths()) > 30
    assert fc2_paths()["GET /2016-08-15/services/*/functions/*/async-invoke-config"] == "GetFunctionAsyncInvokeConfig"
    assert fc2_paths()["GET /2016-08-15/proxy/*/*/*"] == "DoHttpRequest"
    assert len(fc2_paths()) > 40
    assert api_2023.CALLS["InvokeFunction"] == "POST /2023-03-30/functions/*/invocations"


def test_a_route_that_is_no_path_of_the_sdk() -> None:
    """A route with a path that the SDK never sends to is found, even under the name of a real call."""
    found = path_gaps(SMALL, ["/v1/get"], {"/v2/get": "Get", "/v2/put": "Put"})

    assert found[0] == "Demo: /v1/get is routed, but the SDK has no such call"
    assert "Demo: Get is in `calls` of coverage.py, but it is not routed" in found


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
