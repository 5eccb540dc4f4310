"""Events to another bus of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from Tea.exceptions import TeaException

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.yunmock.conftest import Place

    Rule = Callable[..., None]


def params(bus: str, **more: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The parameters of a bus, as the vendor's page lists them."""
    return {
        "RegionId": ("CONSTANT", "cn-hangzhou"),
        "AccountType": ("CONSTANT", "SameAccount"),
        "EventBusName": ("CONSTANT", bus),
        "Body": ("ORIGINAL",),
        **more,
    }


def endpoint(bus: str) -> str:
    """The ARN of a bus."""
    return f"acs:eventbridge:cn-hangzhou:1000000000000001:eventbus/{bus}"


def test_the_event_goes_on_to_the_rules_of_the_other_bus(
    place: Place, deploy: Any, make_rule: Rule, event: Any
) -> None:
    """The other bus gets the event with its own name in it, and its rules deliver it."""
    deploy(place)
    place.bridge.registry.create_bus("second", "")
    make_rule(place, "acs.eventbridge", endpoint("second"), params("second"))
    make_rule(place, "acs.fc.function", "acs:fc:cn-hangzhou:1:functions/echo", {"Body": ("ORIGINAL",)}, "second")

    place.put(event())

    assert place.trace("e1").rules[0].deliveries[0].state == "delivered"
    there = place.trace("e1", "second")
    assert there.event["aliyuneventbusname"] == "second"
    assert there.event["data"] == {"state": "Running"}
    assert there.rules[0].deliveries[0].state == "delivered"


def test_an_event_does_not_go_round(here: Place, make_rule: Rule, event: Any) -> None:
    """Two buses that send to each other: the way back fails each time, and the event is on each bus once."""
    here.cloud.clock.freeze()
    here.bridge.registry.create_bus("second", "")
    make_rule(here, "acs.eventbridge", endpoint("second"), params("second"))
    make_rule(here, "acs.eventbridge", endpoint("default"), params("default"), "second")

    here.put(event())
    here.cloud.advance(3600)

    back = here.trace("e1", "second").rules[0].deliveries[0]
    assert (back.state, len(back.attempts)) == ("dropped", 4)
    assert back.attempts[-1].error == "the event has been on the bus default already: default, second"
    assert [len(here.bridge.traces.of_event(bus, "e1")) for bus in ("default", "second")] == [1, 1]


def test_a_bus_that_is_not_there(here: Place, make_rule: Rule, event: Any) -> None:
    """The delivery fails and is retried; when the bus is there it arrives."""
    here.cloud.clock.freeze()
    make_rule(here, "acs.eventbridge", endpoint("late"), params("late"))

    here.put(event())
    first = here.trace("e1").rules[0].deliveries[0]
    here.bridge.registry.create_bus("late", "")
    here.cloud.advance(20)

    assert first.attempts[0].error.startswith("EventBusNotExist")
    assert here.trace("e1", "late").id == "e1"


def test_another_region(here: Place, make_rule: Rule, event: Any) -> None:
    """Yunmock has one region: nothing is published for another."""
    make_rule(here, "acs.eventbridge", endpoint("default"), params("default", RegionId=("CONSTANT", "cn-beijing")))

    here.put(event())

    assert here.trace("e1").rules[0].deliveries[0].attempts[0].error == "yunmock has one region, cn-hangzhou"


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"AccountType": ("CONSTANT", "AnotherAccount")}, "yunmock has one account"),
        ({"Body": ("JSONPATH", "$.data")}, "the Form of Body must be one of"),
    ],
)
def test_what_is_refused(here: Place, make_rule: Rule, changed: Any, problem: str) -> None:
    """Another account, and a part of an event, are refused when the rule is made."""
    with pytest.raises(TeaException, match=problem):
        make_rule(here, "acs.eventbridge", endpoint("default"), params("default", **changed))
