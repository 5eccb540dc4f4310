"""What `doctor` finds: in each misconfigured file what its comments say, where they say it, and in good files nothing.

A line of a file under `tests/fc3lint/data/bad/` that ends with `# expect: <code> …` is one where those are found.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import fc3lint as doctor
from fc3lint import code

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
    return sorted((number, one) for number, text in lines for told in EXPECTED.findall(text) for one in told.split())


def found(file: Path, *, imports: bool = True) -> list[tuple[int, str]]:
    """The lines and codes that doctor finds."""
    return sorted((finding.line, finding.code) for finding in doctor.examine(file, imports=imports, variables={}))


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
    """All that is wrong with it is found on its line, and nothing else."""
    assert expected(file)
    assert found(file, imports="handler" in file.stem) == expected(file)


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)
def test_a_good_file(file: Path) -> None:
    """Files as the vendor writes them, of every trigger and several runtimes, are left alone."""
    assert found(file) == []


def test_our_own_file(root: Path) -> None:
    """s.yaml has no finding, its handlers imported."""
    assert doctor.examine(root / "s.yaml", variables={}) == []


def test_every_check_has_a_file_or_a_test() -> None:
    """No row of the table of checks is without an example; those of the deployed come with the remote's tests."""
    shown = {one for file in BAD for _, one in expected(file)}

    assert doctor.CHECKS.keys() - shown == {"payload-size", "too-many-triggers", "not-deployed", "deployed-differs"}


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_finding_is_a_sentence_and_a_mend(file: Path) -> None:
    """Each says what is wrong and what to do, on a line that the file has."""
    lines = file.read_text(encoding="utf-8").count("\n")
    for finding in doctor.examine(file, imports=False, variables={}):
        assert finding.what
        assert finding.mend.endswith(".")
        assert 1 <= finding.line <= lines
        assert finding.file == str(file)


# ------------------------------------------------------------------------------------------------ beside them
def test_a_payload_above_its_limit(write: Callable[..., Path]) -> None:
    """A timer's payload has up to 128 KB."""
    timer = "      triggers:\n        - triggerName: t\n          triggerType: timer\n          triggerConfig:\n"
    config = (
        f"            cronExpression: '@every 5m'\n            enable: true\n            payload: {'x' * 131_073}\n"
    )

    assert "payload-size" in [one for _, one in found(write(timer + config))]
    assert "payload-size" not in [one for _, one in found(write(timer + config.replace("xx\n", "x\n")))]


def test_more_triggers_than_there_may_be(write: Callable[..., Path]) -> None:
    """A function has up to fifty."""
    one = "        - triggerName: t{0}\n          triggerType: http\n          triggerConfig:\n"
    more = "            authType: function\n            methods: [GET]\n"

    def triggers(count: int) -> str:
        return "      triggers:\n" + "".join(one.format(number) + more for number in range(count))

    assert found(write(triggers(50))) == []
    assert found(write(triggers(51))) == [(12, "too-many-triggers")]


def test_the_line_of_a_key_from_a_template(write: Callable[..., Path]) -> None:
    """A property that comes from a template is found where the template has it."""
    text = (
        HEAD
        + "template:\n  small:\n    timeout: 0\n"
        + FUNCTION.replace("    props:", "    extend: {name: small}\n    props:")
    )

    assert found(write(text=text)) == [(5, "out-of-range")]


def test_the_file_of_a_key_from_another_file(write: Callable[..., Path], tmp_path: Path) -> None:
    """A property of the file that this one extends is found there."""
    (tmp_path / "base.yaml").write_text(HEAD + FUNCTION + "      timeout: 0\n", encoding="utf-8")

    (finding,) = doctor.examine(write(text="extend: base.yaml\nname: other\n"), variables={})

    assert (Path(finding.file).name, finding.line, finding.code) == ("base.yaml", 12, "out-of-range")


def test_files_that_extend_each_other(write: Callable[..., Path], tmp_path: Path) -> None:
    """The circle is found, not walked."""
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
def test_a_file_of_another_kind(write: Callable[..., Path], text: str, codes: list[str]) -> None:
    """What is no Serverless Devs file is told so, not tripped over."""
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
        "? [1]\n: 2\n",
    ],
)
def test_a_file_made_to_be_in_the_way(write: Callable[..., Path], text: str) -> None:
    """Endless aliases, tags and keys that are none: a finding, in no time."""
    file = write()
    file.write_text(text, encoding="utf-8")

    assert {one for _, one in found(file)} & {"yaml", "unknown-key"}


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is a finding."""
    assert found(tmp_path / "s.yaml") == [(1, "yaml")]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in `node`."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*path, key)
        yield from places(value, (*path, key))


@pytest.mark.parametrize("value", [None, 7, [{"a": ["b"]}], {"a": {"b": 1}}, "text"], ids=str)
def test_any_value_in_any_place(write: Callable[..., Path], value: Any) -> None:
    """However a file is filled in, doctor ends with findings, not with a traceback."""
    whole = yaml.safe_load((DATA / "bad" / "no-effect.yaml").read_text(encoding="utf-8"))
    file, silent = write(), []
    for path in places(whole):
        changed = copy.deepcopy(whole)
        inner = changed
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value
        file.write_text(yaml.safe_dump(changed, sort_keys=False), encoding="utf-8")
        if not doctor.examine(file, imports=False, variables={}):
            silent.append(path)

    assert silent == []


# ---------------------------------------------------------------------------------------------------- handlers
def test_a_module_that_is_no_python(write: Callable[..., Path]) -> None:
    """Its line is told."""
    (finding,) = doctor.examine(write(module="def handler(event, context):\n"), imports=False)

    assert (finding.code, finding.line) == ("handler-import", 11)
    assert finding.mend.startswith("Line 1:")


@pytest.mark.parametrize("module", ["import os\nos._exit(0)\n", "raise SystemExit\n", "1 / 0\n", "import json.no\n"])
def test_a_module_that_ends_the_process(write: Callable[..., Path], module: str) -> None:
    """Whatever the code does when it is imported, doctor goes on."""
    file = write(module=f"{module}\ndef handler(event, context): pass\n")

    assert found(file) == [(11, "handler-import")]
    assert found(file, imports=False) == []


def test_a_module_that_does_not_end(write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that takes too long is ended."""
    monkeypatch.setattr(code, "IMPORT_TIMEOUT_S", 0.5)
    file = write(module="import threading\nthreading.Event().wait()\ndef handler(event, context): pass\n")

    assert found(file) == [(11, "handler-import")]


def test_nothing_runs_unless_it_may(write: Callable[..., Path], tmp_path: Path) -> None:
    """Without the import check, code is looked at as text."""
    marker = tmp_path / "ran"
    file = write(module=f"open({str(marker)!r}, 'w').close()\ndef handler(event, context): pass\n")

    assert found(file, imports=False) == []
    assert not marker.exists()
    assert found(file) == []
    assert marker.exists()


def test_credentials_stay_with_their_owner(write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that is imported does not see the account's keys."""
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
    """Defined, assigned, imported or decorated; what can be told of its parameters is."""
    assert found(write(module=f"{module}\n"), imports=False) == ([] if fits else [(11, "handler-arity")])
