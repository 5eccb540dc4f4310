"""Transforms: what each form makes of an event, and which are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from yunmock.eventbridge.transform import InvalidTransformError, Transform

EVENT: dict[str, Any] = {
    "id": "1",
    "source": "acs.ecs",
    "data": {"name": 'a "b" <c>', "n": 5, "on": True, "no": None, "list": [{"x": 1}], "a-b": "dash", "o": {"k": "v"}},
}

CASES = [
    ("$", json.dumps(EVENT, separators=(",", ":"))),
    ("$.source", "acs.ecs"),
    ("$.data.n", "5"),
    ("$.data.on", "true"),
    ("$.data.no", "null"),
    ("$.data.o", '{"k":"v"}'),
    ("$.data.list[0].x", "1"),
    ("$.data['a-b']", "dash"),
    ('$["data"]["n"]', "5"),
    ("$.data.gone", ""),
    ("$.data.list[7]", ""),
    ("$.data.n.deeper", ""),
]


@pytest.mark.parametrize(("path", "expected"), CASES)
def test_jsonpath(path: str, expected: str) -> None:
    """A path gives texts without quotes, other values as JSON, and nothing for a missing value."""
    assert Transform.parse("JSONPATH", path).apply(EVENT) == expected


def test_original_and_constant() -> None:
    """ORIGINAL is the whole event, CONSTANT a fixed text."""
    assert json.loads(Transform.parse("ORIGINAL").apply(EVENT)) == EVENT
    assert Transform.parse("CONSTANT", "hello ${x}").apply(EVENT) == "hello ${x}"


def test_template() -> None:
    """A template inserts paths and literals, escaped where it says so."""
    names = json.dumps({"name": "$.data.name", "o": "$.data.o", "k": "literal", "gone": "$.data.gone", "n": 7})
    template = '{"a":"${jsonEscape(name)}","b":${o},"c":"${k}","d":"${gone}","e":"${htmlEscape(name)}","f":${n}}'

    made = json.loads(Transform.parse("TEMPLATE", names, template).apply(EVENT))

    assert made == {
        "a": 'a "b" <c>',
        "b": {"k": "v"},
        "c": "literal",
        "d": "",
        "e": "a &quot;b&quot; &lt;c&gt;",
        "f": 7,
    }


def test_template_without_escape_breaks_json() -> None:
    """An unescaped quote makes the JSON malformed, as in the cloud; the function must handle that."""
    made = Transform.parse("TEMPLATE", '{"name":"$.data.name"}', '{"a":"${name}"}').apply(EVENT)

    with pytest.raises(json.JSONDecodeError):
        json.loads(made)


@pytest.mark.parametrize(
    ("form", "value", "template"),
    [
        ("SCRIPT", "x", ""),
        ("JSONPATH", "data.x", ""),
        ("JSONPATH", "$..x", ""),
        ("JSONPATH", "$.data[?(@.x)]", ""),
        ("TEMPLATE", "[1]", "x"),
        ("TEMPLATE", '{"a":{"b":1}}', "x"),
        ("TEMPLATE", "{", "x"),
        ("TEMPLATE", '{"a":"$.a"}', "${upper(a)}"),
        ("TEMPLATE", '{"a":"$..a"}', "${a}"),
        ("CONSTANT", "x" * 10_241, ""),
    ],
)
def test_refused_transforms(form: str, value: str, template: str) -> None:
    """An unsupported form, path or template is refused."""
    with pytest.raises(InvalidTransformError):
        Transform.parse(form, value, template)
