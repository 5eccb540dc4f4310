"""Functions, services and triggers described to aliyun-fc2, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import fc2
import pytest

if TYPE_CHECKING:
    from tests.yunmock.conftest import Place


def test_lists(place: Place, deploy: Any, make_trigger: Any) -> None:
    """Functions and triggers are listed and described; any service name will do, since fc3 has none."""
    for name in ("a1", "a2", "b1"):
        deploy(place, name=name, triggers=[make_trigger()], asyncInvokeConfig={"maxAsyncRetryAttempts": 2})
    fc = place.fc

    assert [item["functionName"] for item in fc.list_functions("s").data["functions"]] == ["a1", "a2", "b1"]
    page = fc.list_functions("s", prefix="a", limit=1).data
    assert ([item["functionName"] for item in page["functions"]], page["nextToken"]) == (["a1"], "a2")
    assert fc.get_function("s", "a1").data["runtime"] == "python3.10"
    assert fc.get_service("anything").data["serviceName"] == "anything"
    assert [item["serviceName"] for item in fc.list_services().data["services"]] == ["fc3"]
    assert fc.get_trigger("s", "a1", "all").data["triggerType"] == "eventbridge"
    assert [item["triggerName"] for item in fc.list_triggers("s", "a1").data["triggers"]] == ["all"]
    assert fc.get_function_async_invoke_config("s", "LATEST", "a1").data["maxAsyncRetryAttempts"] == 2
    assert fc.get_account_settings().data["availableAZs"]
    with pytest.raises(fc2.FcError) as error:
        fc.get_trigger("s", "a1", "gone")
    assert error.value.err_code == "TriggerNotFound"


@pytest.mark.parametrize("limit", ["-1", "0", "101", "9" * 5000, "x", "1.5"])
def test_pages_of_a_size_that_is_none(here: Place, deploy: Any, limit: str) -> None:
    """A page has 1 to 100 functions."""
    deploy(here)

    with pytest.raises(fc2.FcError, match="limit must be a number from 1 to 100") as refused:
        here.fc.list_functions("s", limit=limit)

    assert refused.value.err_code == "InvalidArgument"


def test_an_unsupported_call_is_named(place: Place) -> None:
    """An unsupported call answers PathNotSupported with its method and path."""
    with pytest.raises(fc2.FcError) as error:
        place.fc.create_service("s")

    assert error.value.err_code == "PathNotSupported"
    assert "'POST' against '/2016-08-15/services'" in error.value.message
