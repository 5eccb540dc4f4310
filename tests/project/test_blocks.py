"""Every code block of the documentation is checked in a way that one table names."""

from __future__ import annotations

import ast
import importlib
import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest
import yaml
from tests.project.blocks import HOW, PAGES, ROOT, TRANSLATED, Block, How, blocks, text_of
from tests.project.commands import commands, opsledger_problem, problem, yunmock_problem

from fc3lint import lint
from opsctl import notify

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ALL: Final = {page: blocks(page) for page in PAGES}
SCRIPTS: Final = ("sh", "bash", "console")
EXECUTING: Final = {
    "docs/yunmock/smq.md": "tests/apart/mns/test_sdk.py",
    "infra/yunmock/README.md": "tests/apart/wheels/test_readme.py",
}
"""Which test executes the blocks of a page; those of `docs/yunmock/` where nothing is said are in the first of all."""
DOCS_OF_YUNMOCK: Final = "tests/yunmock/server/test_docs.py"
DIAGRAMS: Final = ("flowchart", "stateDiagram-v2", "sequenceDiagram")
INLINE: Final = re.compile(r"`(opsledger [a-z][^`]*)`")
PLACEHOLDER: Final = re.compile(r"…|\.\.\.")


def of(*ways: How) -> list[Block]:
    """The blocks of all pages that are checked in one of these ways."""
    return [block for page in PAGES for block in ALL[page] if block.how in ways]


def place(block: Block) -> str:
    """Where a block is, for messages."""
    return f"{block.page}:{block.line}"


def test_every_block_is_in_the_table() -> None:
    """A block of a new page or language needs a row; a row without a block goes."""
    unknown = [f"{place(b)} is {b.language or 'of no language'}" for page in PAGES for b in ALL[page] if b.how is None]
    there = {(block.page, block.language) for page in PAGES for block in ALL[page]}

    assert unknown == []
    assert HOW.keys() - there == set()


def test_only_scripts_are_left_out_and_each_with_a_reason() -> None:
    """A mark of a block that is not typed says why, and stands before a block that would be typed."""
    marked = [block for page in PAGES for block in ALL[page] if block.reason]
    marks = sum(bool(re.match(r" *<!-- (not run|不运行)", line)) for p in PAGES for line in text_of(p).splitlines())

    assert [place(block) for block in marked if block.language not in SCRIPTS] == []
    assert len(marked) == marks > 0


def test_every_script_is_bash() -> None:
    """Bash reads each block, so nobody copies a placeholder that a shell takes for a redirection."""
    scripts = [(place(b), b.code) for b in of(How.TYPED)]
    scripts += [(place(b), "\n".join(b.commands_of_session)) for b in of(How.COMPARED)]
    together = "\n".join(f"f{number}() {{\n{code}\n}}" for number, (_, code) in enumerate(scripts))
    bash = shutil.which("bash")

    assert bash is not None
    assert [where for where, code in scripts if re.search(r"<[a-z][^<>\n]*>", code)] == []
    checked = subprocess.run([bash, "-n"], input=together, text=True, capture_output=True, check=False)  # noqa: S603 - our pages
    assert checked.stderr == ""


def test_every_command_is_one_of_its_program() -> None:
    """Each command, option, action and target of a script is there, also where the script cannot be typed."""
    found = []
    for block in of(How.TYPED, How.COMPARED):
        code = "\n".join(block.commands_of_session) if block.how is How.COMPARED else block.code
        found += [f"{place(block)}: {wrong}" for words in commands(code) if (wrong := problem(words))]

    assert found == []


def test_every_command_in_a_sentence_is_one_of_the_program() -> None:
    """`opsledger …` in inline code names a command and options that are there.

    A sentence may name a command without its argument, but not in a runbook, where it is typed as it stands.
    """
    named = {
        (page, tuple(words[1:]))
        for page in PAGES
        for code in INLINE.findall(text_of(page).replace("\n", " "))
        for words in commands(PLACEHOLDER.sub("X", code))
        if words[0] == "opsledger"
    }

    assert len(named) > len(PAGES)
    wrong = [(page, words, found) for page, words in sorted(named) if (found := opsledger_problem(words))]
    runbooks = {page for page in PAGES if page.endswith("/runbooks.md")}
    assert [f"{p}: {found}" for p, words, found in wrong if p in runbooks or opsledger_problem((*words, "X"))] == []


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("opsledger quarantine lst", "no command"),
        ("opsledger records --opne", "--opne"),
        ("opsledger deploy --region", "argument"),
        ("opsledger quarantine show --raw", "payload is missing"),
        ("s ecs_events invoke --file x", "no option"),
        ("s nobody invoke", "no such resource"),
        ("s eci_events deploy -t s.quickstart.yaml --trigger nothing", "no trigger"),
        ("aliyun ros MakeStack", "no call"),
        ("make everything", "no target"),
        ("python -m opsctl_nowhere", "no such module"),
        ("yunmock serve --nothing", "wrong usage"),
        ("terraform apply", "no table"),
    ],
)
def test_a_mistake_in_a_command_is_found(words: str, wrong: str) -> None:
    """The check can fail: for each program, a command that it does not have."""
    (split,) = commands(words)

    assert wrong in problem(split)


def test_shell_is_taken_apart() -> None:
    """Loops, pipes, redirections, assignments and comments leave the commands."""
    script = """A=1 s deploy -y \\
  -t x.yaml  # why
for l in a b; do
  cat $l | sed s/a/b/ > out || test $? = 3
done
export B="$(cat f)"
"""

    assert list(commands(script)) == [
        ["s", "deploy", "-y", "-t", "x.yaml"],
        ["cat", "$l"],
        ["sed", "s/a/b/"],
        ["test", "$?", "=", "3"],
    ]


def test_data_can_be_read() -> None:
    """Each block of JSON, YAML or addresses can be parsed."""
    assert all(json.loads(block.code) for block in of(How.JSON))
    assert all(yaml.safe_load(block.code) for block in of(How.YAML))
    lines = [urlsplit(line) for block in of(How.ADDRESS) for line in block.code.splitlines()]
    assert all(line.scheme == "https" and line.netloc and line.path for line in lines)


def test_routes_have_no_mistake(tmp_path: Path) -> None:
    """Each notify.yaml of a page compiles, with the variables that it names."""
    for block in of(How.ROUTES):
        (tmp_path / "notify.yaml").write_text(block.code, encoding="utf-8")
        variables = dict.fromkeys(re.findall(r"\$(\w+)", block.code), "https://example.com/x")

        assert notify.compiled(tmp_path / "notify.yaml", variables), place(block)


def test_functions_have_no_mistake(tmp_path: Path) -> None:
    """Each part of a function has only keys that the linter knows."""
    for block in of(How.FUNCTION):
        props = {"region": "cn-hangzhou", "functionName": "f", "runtime": "python3.10", "handler": "index.handler"}
        props |= {"code": "./code", **yaml.safe_load(block.code)}
        (tmp_path / "code").mkdir(exist_ok=True)
        (tmp_path / "code" / "index.py").write_text("def handler(event, context): ...\n", encoding="utf-8")
        file = tmp_path / "s.yaml"
        document = {"edition": "3.0.0", "name": "x", "resources": {"f": {"component": "fc3", "props": props}}}
        file.write_text(yaml.safe_dump(document), encoding="utf-8")

        assert [f.code for f in lint(file, import_check=False) if f.severity == "error"] == [], place(block)


def test_python_compiles_and_imports_what_is_there() -> None:
    """Each Python block that is not executed compiles, and the names that it imports exist."""
    for block in of(How.COMPILED):
        for node in ast.walk(ast.parse(block.code)):
            if isinstance(node, ast.ImportFrom):
                module = importlib.import_module(str(node.module))
                assert [name.name for name in node.names if not hasattr(module, name.name)] == [], place(block)


def test_what_is_executed_has_a_test_that_names_it() -> None:
    """The page of an executed block is named by the test that executes it."""
    pages = sorted({block.page for block in of(How.EXECUTED)})

    assert [p for p in pages if p.rpartition("/")[2] not in text_of(EXECUTING.get(p, DOCS_OF_YUNMOCK))] == []


def test_diagrams_are_of_a_known_kind() -> None:
    """Each drawn block begins with the word for its kind."""
    assert [place(block) for block in of(How.DIAGRAM) if block.code.split()[0] not in DIAGRAMS] == []


def test_a_synopsis_names_the_options_of_its_program() -> None:
    """Each option of the synopsis of `yunmock serve` is one of its options."""
    for block in of(How.SYNOPSIS):
        options: Sequence[str] = re.findall(r"--[a-z-]+", block.code)
        flags = [option for option in options if f"[{option}]" in block.code]

        assert options
        assert yunmock_problem(["serve", *flags]) == ""


def test_generated_blocks_are_on_generated_pages() -> None:
    """A block that `make docs` writes stands between its marks, or on a page that says that it is generated."""
    found = []
    for block in of(How.GENERATED):
        lines = text_of(block.page).splitlines()
        marked = re.match(r"<!-- \w+ -->", lines[block.line - 2])
        if not (marked or "make docs" in "\n".join(lines[:4])):
            found.append(place(block))

    assert found == []


def test_translated_pages_are_there() -> None:
    """Each page of the table of translations has both languages."""
    assert [page for pair in TRANSLATED.items() for page in pair if not (ROOT / page).is_file()] == []
