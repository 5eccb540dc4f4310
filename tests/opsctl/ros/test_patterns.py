"""Patterns that cannot match one event are found disjoint; where that is not proved, they are not."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsctl.ros import patterns
from opsledger.catalog.eci import reporters
from yunmock.eventbridge.pattern import Pattern

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject

ABSENT = {"exists": False}
PAIRS: list[tuple[str, Any, Any, bool]] = [
    ("two values", ["a"], ["b"], True),
    ("one value", ["a"], ["a", "b"], False),
    ("value outside a prefix", ["b"], [{"prefix": "a"}], True),
    ("value with a prefix", ["ab"], [{"prefix": "a"}], False),
    ("two prefixes", [{"prefix": "ab"}], [{"prefix": "ac"}], True),
    ("a prefix of a prefix", [{"prefix": "ab"}], [{"prefix": "a"}], False),
    ("absent and a value", [ABSENT], ["a"], True),
    ("absent and anything but", [ABSENT], [{"anything-but": "a"}], True),
    ("absent twice", [ABSENT], [ABSENT], False),
    ("present and absent", [{"exists": True}], [ABSENT], True),
    ("present and a value", [{"exists": True}], ["a"], False),
    ("one of two is absent", [ABSENT, "a"], ["a"], False),
    ("excluded value", [{"anything-but": ["a", "b"]}], ["a"], True),
    ("value that is not excluded", [{"anything-but": ["a", "b"]}], ["c"], False),
    ("excluded prefix", [{"anything-but": {"prefix": "a"}}], [{"prefix": "ab"}], True),
    ("wider than the excluded prefix", [{"anything-but": {"prefix": "ab"}}], [{"prefix": "a"}], False),
    ("value with the excluded prefix", [{"anything-but": {"prefix": "a"}}], ["ab"], True),
    ("suffixes", [{"suffix": "a"}], [{"suffix": "b"}], False),
]


@pytest.mark.parametrize(("ours", "theirs", "disjoint"), [case[1:] for case in PAIRS], ids=[case[0] for case in PAIRS])
def test_conditions_of_one_field(ours: Any, theirs: Any, disjoint: bool) -> None:  # noqa: FBT001 - a column of the table
    """In either order, at any depth."""
    for one, other in ((ours, theirs), (theirs, ours)):
        assert patterns.are_disjoint({"type": one}, {"type": other}) is disjoint
        assert patterns.are_disjoint({"data": {"a": {"b": one}}}, {"data": {"a": {"b": other}}}) is disjoint


def test_one_field_is_enough_and_different_fields_prove_nothing() -> None:
    """A field that both have must exclude; a field that one of them has says nothing."""
    assert patterns.are_disjoint({"source": ["a"], "type": ["x"]}, {"source": ["a"], "type": ["y"]})
    assert not patterns.are_disjoint({"source": ["a"]}, {"type": ["y"]})
    assert not patterns.are_disjoint({}, {})


def test_the_wanted_patterns_are_disjoint_and_valid() -> None:
    """Each pair, of one function and of two; EventBridge takes five expressions a field."""
    wanted = [pattern for found in patterns.wanted().values() for pattern in found]

    assert len(wanted) == 6
    for one, other in itertools.combinations(wanted, 2):
        assert patterns.are_disjoint(one, other), (one, other)
    for pattern in wanted:
        Pattern.parse(json.dumps(pattern))


WORDS = st.sampled_from(["", "Eci", "EciService", "eci", "eci-provider", "virtual-kubelet/pod-controller", "kubelet"])
OTHERS = st.sampled_from(["default-scheduler", "node-1", "cn-beijing.192.168.0.11", "AcsService", "Kubelet", "ECI"])
NAMES = WORDS | OTHERS


@given(component=NAMES, host=NAMES, reporting=NAMES, instance=NAMES, reason=st.sampled_from(["NoStock", "Pulled", "X"]))
def test_rules_and_function_agree_on_who_speaks_for_eci(
    component: str, host: str, reporting: str, instance: str, reason: str
) -> None:
    """An event matches one rule if its reporter is ECI's and its reason not a container's, else none."""
    source = {name: value for name, value in (("component", component), ("host", host)) if value}
    data: JsonObject = {
        "source": {**source},
        "reportingComponent": reporting,
        "reason": reason,
        **({"reportingInstance": instance} if instance else {}),
    }
    event = {"source": "acs.cs", "type": "cs:k8s:PodRelatedEvent", "data": data}
    matched = [
        one for found in patterns.wanted().values() for one in found if Pattern.parse(json.dumps(one)).match(event)
    ]

    reporter = reporters.Reporter.of(data)
    nameless_instance = not component and reporting == reporters.KUBELET and not instance
    expected = reporter.is_eci and bool(reporter.component) and reason not in reporters.CONTAINER_REASONS
    assert len(matched) == (expected and not nameless_instance)
