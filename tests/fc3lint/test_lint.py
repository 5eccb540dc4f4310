"""What the linter finds: in each misconfigured file what its comments say, on their lines; in good files nothing.

A line of a file under `tests/fc3lint/data/bad/` that ends with `# expect: <code> …` is one where those are found.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import fc3lint
from fc3lint import imports as import_driver
from opsctl.doctor import library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATA = Path(__file__).parent / "data"
BAD, GOOD = sorted((DATA / "bad").glob("*.yaml")), sorted((DATA / "good").glob("*.yaml"))
EXPECTED = re.compile(r"# expect: (.+)$", re.MULTILINE)
HEAD = "edition: 3.0.0\nname: example\n"
FUNCTION = """resources:
  events:
    component: fc3
    props:
      region: cn-hangzhou
      functionName: events
      runtime: python3.10
      code: ./code
      handler: index.handler
"""


def expected(file: Path) -> list[tuple[int, str]]:
    """The lines and codes that the comments of a file name."""
    lines = enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
    return sorted((number, one) for number, text in lines for codes in EXPECTED.findall(text) for one in codes.split())


def lint(file: Path, *, imports: bool = True) -> list[fc3lint.Finding]:
    """The findings of `opsledger doctor`."""
    return fc3lint.lint(file, import_check=imports, environ={}, libraries=[library()])


def found(file: Path, *, imports: bool = True) -> list[tuple[int, str]]:
    """The lines and codes of the findings."""
    return sorted((finding.line, finding.code) for finding in lint(file, imports=imports))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes an s.yaml with a function of the given code, and more of its properties."""

    def write(more: str = "", module: str = "def handler(event, context): pass\n", text: str = "") -> Path:
        (tmp_path / "code").mkdir(exist_ok=True)
        (tmp_path / "code" / "index.py").write_text(module, encoding="utf-8")
        file = tmp_path / "s.yaml"
        file.write_text(text or HEAD + FUNCTION + more, encoding="utf-8")
        return file

    return write


# ---------------------------------------------------------------------------------------------------- by file
@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_misconfigured_file(file: Path) -> None:
    """Every mistake is found on its line, and nothing else is found."""
    assert expected(file)
    assert found(file, imports="handler" in file.stem) == expected(file)


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)
def test_a_good_file(file: Path) -> None:
    """Files as the vendor writes them, with every trigger and several runtimes, have no findings."""
    assert found(file) == []


def test_the_s_yaml_of_this_project(root: Path, own_account: dict[str, str]) -> None:
    """It has no finding for an account of one's own, also when its handlers are imported."""
    assert fc3lint.lint(root / "s.yaml", environ=own_account, libraries=[library()]) == []


def test_every_check_has_an_example() -> None:
    """Each row of the table of checks has a file or a test; those of the deployment are in the tests of `--remote`."""
    shown = {one for file in BAD for _, one in expected(file)}

    others = {
        "payload-size",
        "too-many-triggers",
        "not-deployed",
        "deployed-differs",
        "deployed-synchronous",
        "rule-disabled",
        "delivered-twice",
        "delivered-never",
    }
    assert fc3lint.CHECKS.keys() - shown == others


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_finding_says_what_is_wrong_and_how_to_fix_it(file: Path) -> None:
    """Each has a message, a fix, and a line of the file."""
    lines = file.read_text(encoding="utf-8").count("\n")
    for finding in lint(file, imports=False):
        assert finding.message
        assert finding.fix.endswith(".")
        assert 1 <= finding.line <= lines
        assert finding.file == str(file)


# ------------------------------------------------------------------------------------------------- other files
def test_a_payload_above_its_limit(write: Callable[..., Path]) -> None:
    """A timer's payload has at most 128 KB."""
    timer = "      triggers:\n        - triggerName: t\n          triggerType: timer\n          triggerConfig:\n"
    config = (
        f"            cronExpression: '@every 5m'\n            enable: true\n            payload: {'x' * 131_073}\n"
    )

    assert "payload-size" in [one for _, one in found(write(timer + config))]
    assert "payload-size" not in [one for _, one in found(write(timer + config.replace("xx\n", "x\n")))]


def test_too_many_triggers(write: Callable[..., Path]) -> None:
    """A function has at most fifty."""
    one = "        - triggerName: t{0}\n          triggerType: http\n          triggerConfig:\n"
    more = "            authType: function\n            methods: [GET]\n"

    def triggers(count: int) -> str:
        return "      triggers:\n" + "".join(one.format(number) + more for number in range(count))

    assert found(write(triggers(50))) == []
    assert found(write(triggers(51))) == [(12, "too-many-triggers")]


def test_the_line_of_a_key_from_a_template(write: Callable[..., Path]) -> None:
    """A mistake in a property that comes from a template is found in the template."""
    text = (
        HEAD
        + "template:\n  small:\n    timeout: 0\n"
        + FUNCTION.replace("    props:", "    extend: {name: small}\n    props:")
    )

    assert found(write(text=text)) == [(5, "out-of-range")]


def test_the_file_of_a_key_from_another_file(write: Callable[..., Path], tmp_path: Path) -> None:
    """A mistake in the file that this one extends is found there."""
    (tmp_path / "base.yaml").write_text(HEAD + FUNCTION + "      timeout: 0\n", encoding="utf-8")

    (finding,) = lint(write(text="extend: base.yaml\nname: other\n"))

    assert (Path(finding.file).name, finding.line, finding.code) == ("base.yaml", 12, "out-of-range")


def test_files_that_extend_each_other(write: Callable[..., Path], tmp_path: Path) -> None:
    """The circle is a finding."""
    (tmp_path / "base.yaml").write_text("extend: code/../s.yaml\n" + HEAD + FUNCTION, encoding="utf-8")

    assert found(write(text="extend: base.yaml\n")) == [(1, "missing-file")]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ["yaml"]),
        ("- a\n- list\n", ["yaml"]),
        ("text", ["yaml"]),
        ("a: 1\n", ["missing-key", "missing-key", "missing-key", "unknown-key"]),
        ("edition: 3.0.0\nname: a\nresources: [1]\n", ["no-function", "wrong-type"]),
        ("edition: 3.0.0\nname: a\nresources: {a: 1}\n", ["no-function", "wrong-type"]),
    ],
)
def test_a_file_that_is_not_an_s_yaml(write: Callable[..., Path], text: str, codes: list[str]) -> None:
    """Content of another form is a finding, not an exception."""
    file = write()
    file.write_text(text, encoding="utf-8")

    assert sorted(one for _, one in found(file)) == codes


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]\n",
        "a: &a {b: *a}\n",
        "a: !Ref b\n",
        "{[1]: 2}: 3\n",
        "<<: text\n",
        "a0: &a0 x\n" + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(12)),
        "a: \x00\n",
        "a: " + "[" * 2000 + "\n",
        "a: &a {<<: *a, b: 1}\n",
        "a0: &a0 {x: 1}\n" + "".join(f"a{n + 1}: &a{n + 1} {{<<: [{', '.join([f'*a{n}'] * 9)}]}}\n" for n in range(12)),
        "a: " + "x" * 1_000_001 + "\n",
        "? [1]\n: 2\n",
    ],
)
def test_a_hostile_file(write: Callable[..., Path], text: str) -> None:
    """Endless or exponential aliases, unknown tags and invalid keys: a finding, at once."""
    file = write()
    file.write_text(text, encoding="utf-8")

    assert {one for _, one in found(file)} & {"yaml", "unknown-key"}


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ("  a: ${vars.b}\n  b: ${vars.a}\n", 4),
        ("  a0: x\n" + "".join(f"  a{n + 1}: {f'${{vars.a{n}}}' * 9}\n" for n in range(12)), 9),
    ],
    ids=["circular", "exponential"],
)
def test_expressions_without_end(write: Callable[..., Path], variables: str, line: int) -> None:
    """Expressions that name each other, or grow ninefold at each step, are findings, at once."""
    assert (line, "undefined-variable") in found(write(text=f"{HEAD}vars:\n{variables}{FUNCTION}"))


def test_no_file(tmp_path: Path) -> None:
    """A missing file is a finding."""
    assert found(tmp_path / "s.yaml") == [(1, "yaml")]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in `node`."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*path, key)
        yield from places(value, (*path, key))


@pytest.mark.parametrize("value", [None, 7, [{"a": ["b"]}], {"a": {"b": 1}}, "text"], ids=str)
def test_any_value_in_any_place(write: Callable[..., Path], value: Any) -> None:
    """A wrong value anywhere ends in findings, not in a traceback."""
    whole = yaml.safe_load((DATA / "bad" / "no-effect.yaml").read_text(encoding="utf-8"))
    file, silent = write(), []
    for path in places(whole):
        changed = copy.deepcopy(whole)
        inner = changed
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value
        file.write_text(yaml.safe_dump(changed, sort_keys=False), encoding="utf-8")
        if not lint(file, imports=False):
            silent.append(path)

    assert silent == []


# ---------------------------------------------------------------------------------------------------- handlers
def test_a_module_with_a_syntax_error(write: Callable[..., Path]) -> None:
    """The finding has the line of the syntax error."""
    (finding,) = lint(write(module="def handler(event, context):\n"), imports=False)

    assert (finding.code, finding.line) == ("handler-import", 11)
    assert finding.fix.startswith("Line 1:")


@pytest.mark.parametrize("module", ["import os\nos._exit(0)\n", "raise SystemExit\n", "1 / 0\n", "import json.no\n"])
def test_a_module_that_ends_the_process(write: Callable[..., Path], module: str) -> None:
    """The linter goes on, whatever the code does when it is imported."""
    file = write(module=f"{module}\ndef handler(event, context): pass\n")

    assert found(file) == [(11, "handler-import")]
    assert found(file, imports=False) == []


def test_an_import_that_does_not_end(write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is stopped after the timeout."""
    monkeypatch.setattr(import_driver, "IMPORT_TIMEOUT_S", 0.5)
    file = write(module="import threading\nthreading.Event().wait()\ndef handler(event, context): pass\n")

    assert found(file) == [(11, "handler-import")]


def test_no_code_runs_without_the_import_check(write: Callable[..., Path], tmp_path: Path) -> None:
    """Without it, the code is only read."""
    marker = tmp_path / "ran"
    file = write(module=f"open({str(marker)!r}, 'w').close()\ndef handler(event, context): pass\n")

    assert found(file, imports=False) == []
    assert not marker.exists()
    assert found(file) == []
    assert marker.exists()


def test_imported_code_gets_no_credentials(write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The account's keys are removed from its environment."""
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s3cret")
    module = "import os\nassert 'ALIBABA_CLOUD_ACCESS_KEY_SECRET' not in os.environ\n"

    assert found(write(module=f"{module}def handler(event, context): pass\n")) == []


@pytest.mark.parametrize(
    ("module", "fits"),
    [
        ("def handler(event, context, more=None): pass", True),
        ("def handler(*arguments): pass", True),
        ("def handler(event, *, context): pass", False),
        ("def handler(event, context, more): pass", False),
        ("handler = print", True),
        ("try:\n    from json import loads as handler\nexcept ImportError:\n    handler = None", True),
        ("if True:\n    def handler(event): pass", False),
        ("import functools\n@functools.lru_cache\ndef handler(one): pass", True),
    ],
)
def test_the_ways_of_writing_a_handler(write: Callable[..., Path], module: str, fits: bool) -> None:  # noqa: FBT001 - a column
    """Defined, assigned, imported or decorated: its parameters are checked where they are known."""
    assert found(write(module=f"{module}\n"), imports=False) == ([] if fits else [(11, "handler-arity")])


# --------------------------------------------------------------------------------------------------- expressions
@pytest.mark.parametrize(
    ("properties", "codes"),
    [
        ("timeout: ${env('T', '60')}", []),
        ("timeout: ${env('T', '0')}", ["out-of-range"]),
        ("timeout: ${env('T', 'long')}", ["wrong-type"]),
        ("cpu: ${env('C', '0.35')}", []),
        ("diskSize: ${env('D', '512')}", []),
        ("internetAccess: ${env('I', 'false')}", []),
        ("internetAccess: ${env('I', 'no')}", ["wrong-type"]),
        ("timeout: ${resources.events.output.timeout}", []),
        ("memroySize: ${resources.events.output.size}", ["misspelt-key"]),
    ],
)
def test_the_value_of_an_expression_is_checked(write: Callable[..., Path], properties: str, codes: list[str]) -> None:
    """Its text may stand for a number or a boolean; a value that is not known yet has no findings."""
    assert [one for _, one in found(write(f"      {properties}\n"))] == codes


# ----------------------------------------------------------------------------------------------------- libraries
def test_a_library_adds_its_variables_and_events(write: Callable[..., Path]) -> None:
    """A function that imports the library needs its variables, a role, and a pattern that matches its events."""
    trigger = """      environmentVariables:
        ACME_LEVEL: loud
        ACME_LEVLE: low
      triggers:
        - triggerName: t
          triggerType: eventbridge
          triggerConfig:
            triggerEnable: true
            asyncInvocationType: false
            eventRuleFilterPattern: '{"source": ["acme"], "type": ["acme:b"]}'
            eventSourceConfig: {eventSourceType: Default}
"""
    variables = [
        fc3lint.LibraryVariable(
            "ACME_LEVEL", "high or low", lambda given: "" if given["ACME_LEVEL"] == "low" else "too loud"
        ),
        fc3lint.LibraryVariable("ACME_TABLE", "a table", lambda given: "" if "ACME_TABLE" in given else "no table"),
    ]
    samples: dict[str, Any] = {"acme": {"acme:a": [{"source": "acme", "type": "acme:a"}]}}
    acme = fc3lint.Library("acme", variables, ("ACME_",), needs_credentials=True, samples=samples)
    failed = (
        "      asyncInvokeConfig: {destinationConfig: {onFailure: {destination: acs:mns:cn-hangzhou:1:/queues/q}}}\n"
    )
    file = write(trigger + failed, module="import acme\ndef handler(event, context): pass\n")

    def codes(*libraries: fc3lint.Library) -> list[tuple[int, str]]:
        findings = fc3lint.lint(file, import_check=False, environ={}, libraries=libraries)
        return [(finding.line, finding.code) for finding in findings]

    assert codes() == []
    assert codes(acme) == [
        (6, "no-role"),
        (12, "env-missing"),
        (13, "env-wrong"),
        (14, "env-unread"),
        (21, "pattern-product"),
    ]
