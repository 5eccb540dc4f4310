"""Patterns: what each operator matches, which patterns are refused, and the reasons for a mismatch."""

from __future__ import annotations

import json
from typing import Any

import pytest

from yunmock.eventbridge.pattern import InvalidPatternError, Pattern
from yunmock.exact_json import read_json

EVENT = """{"id": "1", "source": "acs.ecs", "specversion": "1.0", "type": "ecs:Instance:StateChange",
  "data": {"status": "Normal operation", "n": 5, "f": 300.0, "e": 3.0e2, "whole": 300, "text": "300", "yes": true,
           "null": null, "empty": "", "ip": "10.0.0.7", "object": {"deep": {"x": "y"}}, "list": ["a", "b"],
           "objects": [{"a": 1}], "lists": [["a"]], "nulls": [null], "nothing": [],
           "dot.ted": "yes", "near": 5.00000005, "address": "10.0.0.255", "network": "10.0.0.0",
           "mixed": ["stopped", 5]}}"""

CASES: list[tuple[str, Any, bool]] = [
    ("exact", {"source": ["acs.ecs"]}, True),
    ("exact is case-sensitive", {"source": ["ACS.ECS"]}, False),
    ("elements are OR", {"source": ["acs.eci", "acs.ecs"]}, True),
    ("keys are AND", {"source": ["acs.ecs"], "type": ["other"]}, False),
    ("an empty pattern matches all", {}, True),
    ("prefix", {"type": [{"prefix": "ecs:"}]}, True),
    ("prefix misses", {"type": [{"prefix": "eci:"}]}, False),
    ("suffix", {"type": [{"suffix": "StateChange"}]}, True),
    ("suffix misses", {"type": [{"suffix": "statechange"}]}, False),
    ("prefix and suffix in one list are OR", {"type": [{"prefix": "eci:"}, {"suffix": "Change"}]}, True),
    ("contains", {"data": {"status": [{"contains": "Normal"}]}}, True),
    ("contains misses", {"data": {"status": [{"contains": "normal"}]}}, False),
    ("contains wants a text", {"data": {"n": [{"contains": "5"}]}}, False),
    ("anything-but a value", {"source": [{"anything-but": "acs.eci"}]}, True),
    ("anything-but that very value", {"source": [{"anything-but": "acs.ecs"}]}, False),
    ("anything-but a list", {"source": [{"anything-but": ["acs.ecs", "acs.eci"]}]}, False),
    ("anything-but a prefix", {"source": [{"anything-but": {"prefix": "acs."}}]}, False),
    ("anything-but another prefix", {"source": [{"anything-but": {"prefix": "my."}}]}, True),
    ("anything-but a suffix", {"source": [{"anything-but": {"suffix": "ecs"}}]}, False),
    ("anything-but a number", {"data": {"n": [{"anything-but": 5}]}}, False),
    ("anything-but a prefix on a number", {"data": {"n": [{"anything-but": {"prefix": "5"}}]}}, True),
    ("anything-but a prefix on a boolean", {"data": {"yes": [{"anything-but": {"prefix": "t"}}]}}, True),
    ("anything-but a prefix on null", {"data": {"null": [{"anything-but": {"prefix": "n"}}]}}, True),
    ("anything-but a suffix on a number", {"data": {"n": [{"anything-but": {"suffix": "5"}}]}}, True),
    ("anything-but a suffix on a boolean", {"data": {"yes": [{"anything-but": {"suffix": "e"}}]}}, True),
    ("anything-but a suffix on null", {"data": {"null": [{"anything-but": {"suffix": "l"}}]}}, True),
    ("anything-but a prefix on a missing field", {"data": {"gone": [{"anything-but": {"prefix": "x"}}]}}, False),
    ("anything-but a prefix on an object", {"data": {"object": [{"anything-but": {"prefix": "x"}}]}}, False),
    ("anything-but a prefix on an empty list", {"data": {"nothing": [{"anything-but": {"prefix": "x"}}]}}, False),
    ("anything-but a prefix, one element passes", {"data": {"mixed": [{"anything-but": {"prefix": "s"}}]}}, True),
    ("anything-but null", {"data": {"null": [{"anything-but": None}]}}, False),
    ("anything-but on a missing field", {"data": {"gone": [{"anything-but": "x"}]}}, False),
    ("numeric range", {"data": {"n": [{"numeric": [">", 0, "<=", 5]}]}}, True),
    ("numeric range missed", {"data": {"n": [{"numeric": [">", 5, "<=", 9]}]}}, False),
    ("numeric equality", {"data": {"e": [{"numeric": ["=", 300]}]}}, True),
    ("numeric inequality", {"data": {"n": [{"numeric": ["!=", 5]}]}}, False),
    ("numeric at least", {"data": {"n": [{"numeric": [">=", 5]}]}}, True),
    ("numeric less", {"data": {"n": [{"numeric": ["<", 5]}]}}, False),
    ("numeric = within the tolerance", {"data": {"near": [{"numeric": ["=", 5]}]}}, True),
    ("numeric != within the tolerance", {"data": {"near": [{"numeric": ["!=", 5]}]}}, False),
    ("numeric > within the tolerance", {"data": {"near": [{"numeric": [">", 5]}]}}, False),
    ("numeric >= within the tolerance", {"data": {"near": [{"numeric": [">=", 5.0000001]}]}}, True),
    ("numeric < within the tolerance", {"data": {"near": [{"numeric": ["<", 5.0000001]}]}}, False),
    ("numeric <= within the tolerance", {"data": {"near": [{"numeric": ["<=", 5]}]}}, True),
    ("numeric > beyond the tolerance", {"data": {"near": [{"numeric": [">", 4.9999999]}]}}, True),
    ("numeric < beyond the tolerance", {"data": {"near": [{"numeric": ["<", 5.0000002]}]}}, True),
    ("numeric wants a number", {"data": {"text": [{"numeric": ["=", 300]}]}}, False),
    ("a boolean is no number", {"data": {"yes": [{"numeric": ["=", 1]}]}}, False),
    ("cidr", {"data": {"ip": [{"cidr": "10.0.0.0/24"}]}}, True),
    ("cidr misses", {"data": {"ip": [{"cidr": "10.0.1.0/24"}]}}, False),
    ("cidr without the last address", {"data": {"address": [{"cidr": "10.0.0.0/24"}]}}, False),
    ("cidr without the first address", {"data": {"network": [{"cidr": "10.0.0.0/24"}]}}, False),
    ("cidr of one address has none", {"data": {"ip": [{"cidr": "10.0.0.7/32"}]}}, False),
    ("cidr without a slash is one address", {"data": {"ip": [{"cidr": "10.0.0.7"}]}}, True),
    ("cidr on what is no address", {"data": {"status": [{"cidr": "10.0.0.0/8"}]}}, False),
    ("exists", {"data": {"n": [{"exists": True}]}}, True),
    ("exists on a missing field", {"data": {"gone": [{"exists": True}]}}, False),
    ("exists on a list", {"data": {"list": [{"exists": True}]}}, True),
    ("exists false on a list", {"data": {"list": [{"exists": False}]}}, False),
    ("exists on an empty list", {"data": {"nothing": [{"exists": True}]}}, False),
    ("exists false on an empty list", {"data": {"nothing": [{"exists": False}]}}, False),
    ("exists on a list of objects", {"data": {"objects": [{"exists": True}]}}, False),
    ("exists on a list of lists", {"data": {"lists": [{"exists": True}]}}, False),
    ("exists on a list of null", {"data": {"nulls": [{"exists": True}]}}, True),
    ("exists on null", {"data": {"null": [{"exists": True}]}}, True),
    ("exists on an attribute", {"subject": [{"exists": False}]}, True),
    ("exists false on a missing field", {"data": {"gone": [{"exists": False}]}}, True),
    ("exists false on a present field", {"data": {"n": [{"exists": False}]}}, False),
    ("exists false is not for null", {"data": {"null": [{"exists": False}]}}, False),
    ("exists on an object", {"data": {"object": [{"exists": True}]}}, False),
    ("exists false on an object", {"data": {"object": [{"exists": False}]}}, False),
    ("null", {"data": {"null": [None]}}, True),
    ("null is not the text null", {"data": {"null": ["null"]}}, False),
    ("null is not empty", {"data": {"empty": [None]}}, False),
    ("null is not missing", {"data": {"gone": [None]}}, False),
    ("empty text", {"data": {"empty": [""]}}, True),
    ("nested", {"data": {"object": {"deep": {"x": ["y"]}}}}, True),
    ("a dot in a key", {"data": {"object.deep": {"x": ["y"]}}}, True),
    ("dots in a key", {"data": {"object.deep.x": ["y"]}}, True),
    ("a field whose name has a dot", {"data": {"dot.ted": ["yes"]}}, False),
    ("nested into what is no object", {"data": {"n": {"deep": ["y"]}}}, False),
    ("a list matches by any element", {"data": {"list": ["b", "c"]}}, True),
    ("a list with none of them", {"data": {"list": ["c"]}}, False),
    ("an empty list", {"data": {"nothing": ["a"]}}, False),
    ("a list of objects never matches", {"data": {"objects": [{"anything-but": "z"}]}}, False),
    ("an object is no value", {"data": {"object": [{"anything-but": "z"}]}}, False),
    ("a number as text, as in the open-source core", {"data": {"text": [300]}}, True),
    ("a boolean as text", {"data": {"yes": ["true"]}}, True),
]

REFUSED: list[tuple[str, Any, str]] = [
    ("unknown operator", {"source": [{"regex": ".*"}]}, "source: unknown operator 'regex'"),
    ("misspelt operator", {"data": {"a": {"b": [{"anything_but": "x"}]}}}, "data.a.b: unknown operator"),
    ("two operators", {"source": [{"prefix": "a", "suffix": "b"}]}, "exactly one operator"),
    ("no list", {"source": "acs.ecs"}, "source: must be a list"),
    ("empty list", {"source": []}, "source: must be a list with at least one"),
    ("nested list", {"source": [["acs.ecs"]]}, "a list inside"),
    ("too many", {"source": list("abcdef")}, "at most 5"),
    ("unknown attribute", {"sauce": ["x"]}, "sauce: not an attribute"),
    ("object outside data", {"source": {"a": ["x"]}}, "source: must be a list"),
    ("empty data", {"data": {}}, "data: an empty object"),
    ("empty prefix", {"source": [{"prefix": ""}]}, "prefix: takes a text"),
    ("numeric without number", {"data": {"n": [{"numeric": [">", "0"]}]}}, "compares with numbers"),
    ("numeric of three", {"data": {"n": [{"numeric": [">", 0, "<"]}]}}, "numeric: takes"),
    ("numeric comparison unknown", {"data": {"n": [{"numeric": ["=>", 0]}]}}, "unknown comparison '=>'"),
    ("numeric too large", {"data": {"n": [{"numeric": [">", 2e9]}]}}, "1.0e9"),
    ("empty text", "", "the event pattern is empty"),
    ("blank text", "  ", "the event pattern is empty"),
    ("null", "null", "must be a JSON object"),
    ("data as a list", {"data": ["x"]}, "data: must be an object"),
    ("data as an empty list", {"data": []}, "data: must be an object"),
    ("data as a text", {"data": "x"}, "data: must be an object"),
    ("empty object in data", {"data": {"a": {}}}, "data.a: an empty object"),
    ("a value in data that is not a list", {"data": {"a": "x"}}, "data.a: must be a list"),
    ("an extension that is not registered", {"aliyunfoo": ["x"]}, "aliyunfoo: not an attribute"),
    ("an extension of the event", {"myextension": ["x"]}, "myextension: not an attribute"),
    ("data_base64", {"data_base64": ["x"]}, "data_base64: not an attribute"),
    ("a comparison that is a list", {"data": {"n": [{"numeric": [[">"], 0]}]}}, "unknown comparison"),
    ("network with a mask", {"data": {"ip": [{"cidr": "10.0.0.0/255.255.255.0"}]}}, "cidr"),
    ("IPv6", {"data": {"ip": [{"cidr": "::1"}]}}, "takes an IPv4 address"),
    ("empty key in data", {"data": {"": ["x"]}}, "data: the key '' is not a path of names"),
    ("two dots in a key", {"data": {"a..b": ["x"]}}, "data: the key 'a..b' is not"),
    ("a position in a key", {"data": {"a[0]": ["x"]}}, "is not a path of names"),
    ("a blank in a key", {"data": {"a": {"b c": ["x"]}}}, "data.a: the key 'b c' is not"),
    ("bad network", {"data": {"ip": [{"cidr": "10.0.0.0/33"}]}}, "cidr"),
    ("exists of a text", {"data": {"n": [{"exists": "true"}]}}, "takes true or false"),
    ("anything-but nested", {"source": [{"anything-but": [["a"]]}]}, "anything-but"),
    ("anything-but contains", {"source": [{"anything-but": {"contains": "a"}}]}, "anything-but"),
    ("not an object", ["acs.ecs"], "must be a JSON object"),
]


def event(text: str) -> dict[str, Any]:
    """An event read from its JSON text, as patterns compare it."""
    content: Any = read_json(text)
    assert isinstance(content, dict)
    return content


@pytest.mark.parametrize(("pattern", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_operators(pattern: Any, *, expected: bool) -> None:
    """Each operator matches as the vendor's page and the open-source core say."""
    assert Pattern.parse(json.dumps(pattern)).match(event(EVENT)).matched is expected


@pytest.mark.parametrize(("pattern", "trouble"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused_patterns(pattern: Any, trouble: str) -> None:
    """An invalid pattern is refused when it is read, with the key and the reason."""
    with pytest.raises(InvalidPatternError) as refusal:
        Pattern.parse(pattern)

    assert trouble in str(refusal.value)


def test_text_that_is_not_json() -> None:
    """A pattern that is not JSON is refused."""
    with pytest.raises(InvalidPatternError, match="not JSON"):
        Pattern.parse("{")


@pytest.mark.parametrize(
    "name", ["accountid", "eventbusname", "originalaccountid", "publishaddr", "publishtime", "regionid"]
)
def test_registered_extensions(name: str) -> None:
    """A pattern may use the extensions that EventBridge adds to every event."""
    assert Pattern.parse({f"aliyun{name}": ["x"]}).match({f"aliyun{name}": "x"})


@pytest.mark.parametrize("wanted", ['{"exists": false}', '{"exists": true}', '{"anything-but": "x"}', "null"])
def test_an_event_without_data_fails_every_pattern_of_data(wanted: str) -> None:
    """`exists: false` inside `data` fails, too, if the event has no data; `data_base64` that is not JSON is none."""
    pattern = Pattern.parse(f'{{"data": {{"a": {{"b": [{wanted}]}}}}}}')

    for without in ({"source": "acs.ecs"}, {"source": "acs.ecs", "data_base64": "/w=="}):
        assert pattern.match(without).reasons == ("data.a.b: the event has no data",)


@pytest.mark.parametrize("written", ["1" * 400, "1e400", "-1e400", "0.1" + "0" * 500])
def test_numbers_beyond_a_double(written: str) -> None:
    """Numbers that no double holds are compared, exactly as text and roughly as numbers."""
    found = event(f'{{"data": {{"v": {written}}}}}')

    assert Pattern.parse(f'{{"data": {{"v": [{written}]}}}}').match(found)
    assert Pattern.parse('{"data": {"v": [{"numeric": ["!=", 5]}]}}').match(found)
    assert not Pattern.parse('{"data": {"v": [{"numeric": ["=", 5]}]}}').match(found)


@pytest.mark.parametrize("written", ["300", "300.0", "3.0e2"])
def test_numbers_compare_as_written(written: str) -> None:
    """300, 300.0 and 3.0e2 are three different exact values."""
    pattern = Pattern.parse(f'{{"data": {{"v": [{written}]}}}}')

    matched = [text for text in ("300", "300.0", "3.0e2") if pattern.match(event(f'{{"data": {{"v": {text}}}}}'))]

    assert matched == [written]


def test_reasons() -> None:
    """A mismatch gives one reason for each key that failed; a match gives none."""
    pattern = Pattern.parse({"source": ["acs.eci"], "data": {"n": [{"numeric": [">", 9]}], "gone": ["x"]}})

    assert pattern.match(event(EVENT)).reasons == (
        'source: "acs.ecs" is not "acs.eci"',
        "data.n: 5 is not a number > 9",
        'data.gone: missing is not "x"',
    )
    assert Pattern.parse({}).match(event(EVENT)).reasons == ()


@pytest.mark.parametrize(("operator", "shown"), [("prefix", '"x…"'), ("suffix", '"…x"'), ("contains", '"…x…"')])
def test_a_part_of_a_text_is_shown_with_an_ellipsis(operator: str, shown: str) -> None:
    """In the reason of a mismatch."""
    pattern = Pattern.parse({"source": [{operator: "x"}]})

    assert pattern.match(event(EVENT)).reasons == (f'source: "acs.ecs" is not {shown}',)
