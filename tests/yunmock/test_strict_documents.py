"""JSON and YAML that attack their reader: deep, huge, endless. Each gets an error that says what is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from yunmock import Account, local_cloud, strict_yaml
from yunmock.exact_json import read_json
from yunmock.fc.schedule import InvalidScheduleError, parse_schedule
from yunmock.http import Request
from yunmock.s_yaml import InvalidTemplateError, Resolver, read_document
from yunmock.server import Server
from yunmock.template import read_template

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEEP_JSON = "[" * 100_000 + "]" * 100_000
JSON_ATTACKS = [
    ("[" * 256 + "]" * 256, "nested deeper than 255 levels"),
    ('{"a":' * 500 + "1" + "}" * 500, "nested deeper than 255 levels"),
    (DEEP_JSON, "nested deeper than 255 levels"),
    ("9" * 310, "the number 99999999999999999999… is too large"),
    ("9" * 100_000, "is too large"),
    ("1e999", "the number 1e999 is too large"),
    ('["\\ud83d"]', "surrogates not allowed"),
    ("NaN", "NaN is not JSON"),
    ("[-Infinity]", "Infinity is not JSON"),
    ("{", "Expecting"),
]
BOMB = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{name}: &{name} [*{below}, *{below}, *{below}, *{below}, *{below}, *{below}, *{below}, *{below}, *{below}]\n"
    for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE_BOMB = "a: &a {x: 1}\n" + "".join(
    f"{name}: &{name} {{<<: [*{below}, *{below}, *{below}, *{below}, *{below}, *{below}, *{below}, *{below}]}}\n"
    for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)
YAML_ATTACKS = [
    ("a: &a " + "x" * 100_000 + "\nb: [" + "*a, " * 1_000 + "]", "characters when its aliases are written out"),
    ("a: &a [*a]", "line 1 includes itself"),
    ("a: 1\nb: &b\n  c: {d: *b}", "line 2 includes itself"),
    (BOMB, "more than 100000 values"),
    (MERGE_BOMB, "more than 100000 values"),
    ("[" * 101 + "]" * 101, "nested more than 100 levels"),
    ("[" * 100_000 + "]" * 100_000, "nested more than 100 levels"),
    ("a: " + "9" * 10_000, "4300 digits"),
    ("{", "expected"),
    ("a: !!python/object/apply:os.system [true]", "which JSON has not"),
    ("{a: 1, b: !!binary aGk=}", "which JSON has not"),
    ("a: \0", "characters are not allowed"),
    ("#" * (strict_yaml.MAX_BYTES + 1), "is longer than"),
]


@pytest.mark.parametrize(("text", "reason"), JSON_ATTACKS, ids=range(len(JSON_ATTACKS)))
def test_json(text: str, reason: str) -> None:
    """The reader refuses it with the reason."""
    with pytest.raises(ValueError, match=reason):
        read_json(text, finite=True)


@pytest.mark.parametrize(("text", "reason"), YAML_ATTACKS, ids=range(len(YAML_ATTACKS)))
def test_yaml(text: str, reason: str, tmp_path: Path) -> None:
    """The reader refuses it with the reason; in an s.yaml the error names the file."""
    with pytest.raises(ValueError, match=reason):
        strict_yaml.loads(text)
    path = tmp_path / "s.yaml"
    path.write_text(text)
    with pytest.raises(InvalidTemplateError, match=reason) as refused:
        read_document(path)
    assert str(refused.value).startswith(str(path))


def test_what_is_within_the_limits() -> None:
    """Nesting, aliases and numbers of an ordinary size are read."""
    assert read_json("[" * 255 + "]" * 255, finite=True)
    assert read_json("[1.5, -3e2, 12345678901234567890]", finite=True) == [1.5, -300.0, 12345678901234567890]
    assert strict_yaml.loads("a: &a {x: 1}\nb: {<<: *a, y: [*a, *a]}") == {
        "a": {"x": 1},
        "b": {"x": 1, "y": [{"x": 1}, {"x": 1}]},
    }
    assert strict_yaml.loads("") is None


@pytest.mark.parametrize("chain", [["s.yaml"], ["a.yaml", "s.yaml"], ["a.yaml", "b.yaml", "a.yaml"]], ids=str)
def test_files_that_extend_themselves(tmp_path: Path, chain: list[str]) -> None:
    """A file that extends itself, directly or through others, is refused with its name."""
    for name, base in zip(["s.yaml", *chain[:-1]], chain, strict=True):
        (tmp_path / name).write_text(f"edition: 3.0.0\nextend: {base}\nname: x\n")

    with pytest.raises(InvalidTemplateError, match=f"extend: the file {chain[-1]} extends itself"):
        read_document(tmp_path / "s.yaml")


def test_a_file_extended_on_two_ways_is_no_circle(tmp_path: Path) -> None:
    """Different files may extend one base."""
    (tmp_path / "base.yaml").write_text("edition: 3.0.0\nname: base\n")
    (tmp_path / "a.yaml").write_text("edition: 3.0.0\nextend: base.yaml\nvars: {a: 1}\n")
    (tmp_path / "s.yaml").write_text("edition: 3.0.0\nextend: a.yaml\n")

    assert read_document(tmp_path / "s.yaml")["name"] == "base"


@pytest.mark.parametrize(("text", "reason"), JSON_ATTACKS, ids=range(len(JSON_ATTACKS)))
def test_json_files_of_a_template(tmp_path: Path, text: str, reason: str) -> None:
    """`${json(file)}` refuses it with the reason."""
    (tmp_path / "x.json").write_text(text)

    with pytest.raises(InvalidTemplateError, match=f"x.json is not JSON: .*{reason}"):
        Resolver(tmp_path / "s.yaml", {}, Account()).resolve("${json(x.json)}")


@pytest.mark.parametrize("key", ["timeout", "memorySize"])
@pytest.mark.parametrize("value", [float("inf"), float("nan"), 1e300, -1])
def test_numbers_of_a_template(write_template: Callable[..., Path], key: str, value: float) -> None:
    """Infinite, huge and negative settings are refused with the key."""
    with pytest.raises(InvalidTemplateError, match=f"{key}: must be a number from 0"):
        read_template(write_template(**{key: value}), Account())


@pytest.mark.parametrize(
    "text", ["@every 9999999999h", "@every " + "9" * 400 + "h", "0 0 0 ² * *", f"0 */{'9' * 5000} * * * *"]
)
def test_numbers_of_a_schedule(text: str) -> None:
    """A schedule with a number beyond reason is refused."""
    with pytest.raises(InvalidScheduleError):
        parse_schedule(text)


CONTROLS = [
    ("clock/advance", '{"seconds": 1e999}'),
    ("clock/advance", '{"seconds": 1e15}'),
    ("clock/advance", '{"seconds": "nan"}'),
    ("clock/advance", '{"seconds": 99999999999}'),
    ("clock/freeze", '{"at_ms": -1}'),
    ("clock/freeze", '{"at_ms": "inf"}'),
    ("clock/freeze", '{"at_ms": ' + "9" * 5000 + "}"),
    ("faults", DEEP_JSON),
    ("seed", "\xff\xfe"),
]


def test_control_calls() -> None:
    """Every one of them is refused with status 400 and a reason, and the server goes on."""
    with Server(local_cloud()) as server:
        url = f"http://{server.address}/_yunmock/"
        for name, body in CONTROLS:
            answer = requests.post(url + name, data=body.encode("latin-1"), timeout=5)
            assert (answer.status_code, bool(answer.json()["error"])) == (400, True), name
        assert requests.get(url + "health", timeout=5).ok


def test_requests_nested_too_deeply(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that runs out of stack answers its own form of error, with status 400."""

    def overflow(_request: Request) -> Any:
        raise RecursionError

    cloud = local_cloud()
    for name in ("eventbridge", "fc", "eci", "ecs", "tablestore"):
        monkeypatch.setattr(cloud.services[name], "handle", overflow)
        answer = cloud.handle(name, Request("POST", "/PutRow", {}))
        assert (answer.status, b"nested too deeply" in answer.body) == (400, True)


HTTP_CODE = """
import json

def handler(event, context):
    return json.loads(event)["body"]
"""
RESULTS = [
    ({"statusCode": "many"}, 502),
    ({"statusCode": [1]}, 502),
    ({"statusCode": 200, "headers": [1]}, 502),
    ({"statusCode": 200, "body": "%", "isBase64Encoded": True}, 502),
    ({"statusCode": 999}, 502),
    ({"statusCode": 200, "headers": {"X-A": "1\r\nX-B: 2"}}, 502),
    ({"statusCode": "201", "body": "ok"}, 201),
]


@pytest.mark.parametrize(("result", "status"), RESULTS, ids=range(len(RESULTS)))
def test_results_behind_an_http_trigger(
    write_template: Callable[..., Path], result: dict[str, Any], status: int
) -> None:
    """A result that is no valid response is answered with 502."""
    trigger = {"triggerName": "web", "triggerType": "http", "triggerConfig": {"authType": "anonymous"}}
    cloud = local_cloud(template=write_template(HTTP_CODE, triggers=[trigger]))
    with Server(cloud) as server:
        url = f"http://{server.address}/2016-08-15/proxy/any/echo/"
        assert requests.post(url, data=json.dumps(result), timeout=5).status_code == status
