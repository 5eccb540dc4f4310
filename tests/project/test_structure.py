"""Where code may live and what it may import, as far as import-linter (`make lint`) cannot say it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import grimp
import pytest

from opsctl.package.library import reach

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SHARED = ROOT / "shared"
FUNCTIONS = sorted((ROOT / "functions").glob("*/index.py"))
NOT_FOR_FUNCTIONS = ("opsctl", "fc3lint", "yunmock", "tests", "benchmarks")
UNREACHED = {
    "opsledger/py.typed": "type checkers read it",
}
"""Files of the library, or folders, that no function reaches, and why they are there."""
DISTRIBUTIONS = {"opsledger": ("shared", "functions", "infra/opsctl", "infra/fc3lint"), "yunmock": ("infra/yunmock",)}
"""The folders of each distribution's code."""
WORDS_TO_AVOID = re.compile(
    "told|things?|fold(s|ed)?|jsontext|lapsed|stays|grace|Half|extras|least|greatest|agenda|Parcel|letters?|bury|news"
    "|Turns|Variant|odd|mend(s|ed|ing)?|anew|whoever|wherever|weather"
)
"""Words that do not say what a name stands for. One with a capital is avoided only in names of classes."""
PROSE_TO_AVOID = re.compile(r"\b(told|anew|mend(s|ed|ing)?|whoever|whomever|wherever|bury|parcels?)\b", re.IGNORECASE)
"""Words for which plain English has a more usual one, in texts of every kind."""
PROSE_FOLDERS = ("benchmarks", "docs", "functions", "infra", "shared", "tests")
PROSE_SUFFIXES = (".json", ".md", ".py", ".toml", ".yaml")
MODULES_TO_AVOID = {"instant.py"}
ALLOWED_NAMES = frozenset(
    {
        "_GRACE_PERIOD_MS",
        "grace_period",
        "at_least",
        # The field's own: a queue for what could not be delivered, the extras of a distribution, folding a checksum.
        "DeadLetter",
        "DeadLetterQueue",
        "DEAD_LETTERS",
        "deadLetterQueue",
        "_dead_letter",
        "_list_dead_letters",
        "dead_letter",
        "dead_letter_queue",
        "dead_letters",
        "test_dead_letter_bus",
        "EXTRAS",
        "FOLD",
        "LARGEST_FOLD_BITS",
        "_fold",
        "_fold_tables",
    }
)
"""Names that have such a word and may."""


def imported(path: Path) -> Iterator[str]:
    """The top-level name of every import in a file."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("index", FUNCTIONS, ids=lambda path: path.parent.name)
def test_a_function_imports_the_library_alone(index: Path) -> None:
    """Of our packages, a function imports `opsledger` and no other."""
    names = set(imported(index))

    assert "opsledger" in names
    assert names.isdisjoint(NOT_FOR_FUNCTIONS)


def test_functions_reach_every_file_of_the_library() -> None:
    """shared/opsledger holds what functions run; each exception in `UNREACHED` has a reason and is still needed."""
    reached = reach(FUNCTIONS, SHARED).files
    unreached = {
        path.relative_to(SHARED).as_posix()
        for path in (SHARED / "opsledger").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } - reached.keys()

    assert {path for path in unreached if not path.startswith(tuple(UNREACHED))} == set()
    assert [name for name in UNREACHED if not any(path.startswith(name) for path in unreached)] == []


@pytest.mark.parametrize("package", ["opsledger", "opsctl", "fc3lint", "yunmock"])
def test_modules_do_not_import_each_other_in_a_circle(package: str) -> None:
    """No module imports itself by way of others, imports for type checkers included."""
    graph = grimp.build_graph(package, cache_dir=None)

    try:
        TopologicalSorter({m: graph.find_modules_directly_imported_by(m) for m in graph.modules}).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_a_class_name_stands_for_one_class(distribution: str) -> None:
    """No two public classes of a distribution have the same name."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in python_files(*DISTRIBUTIONS[distribution]):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")

    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def python_files(*folders: str) -> list[Path]:
    """Every module in these folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def names_in(path: Path) -> tuple[tuple[str, int], ...]:
    """Every name that a module gives to something, with its line."""
    return tuple(bound_names(ast.parse(path.read_bytes())))


def bound_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that a tree gives to something, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.arg(arg=name) | ast.alias(asname=str(name)):
                yield name, node.lineno
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name, node.lineno
            case _:
                pass


def words(name: str) -> set[str]:
    """The words of an identifier: `deadLetter` and `dead_letter` have two; `DEAD_LETTER` is lower case here."""
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    camel = name[:1].isupper() and "_" not in name and not name.isupper()
    return {word for part in found for word in ({part, part.lower()} if camel else {part.lower()})}


@cache
def is_avoided(name: str) -> bool:
    """Whether a name has a word of `WORDS_TO_AVOID`."""
    return name not in ALLOWED_NAMES and any(map(WORDS_TO_AVOID.fullmatch, words(name)))


@pytest.mark.parametrize("folder", ["shared", "infra", "functions", "tests", "benchmarks"])
def test_names_avoid_words_that_say_nothing(folder: str) -> None:
    """No name has a word of `WORDS_TO_AVOID`, unless `ALLOWED_NAMES` has it."""
    named = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in python_files(folder)
        for name, line in names_in(path)
        if is_avoided(name)
    ]
    modules = [
        str(path.relative_to(ROOT))
        for path in python_files(folder)
        if path.name in MODULES_TO_AVOID or any(map(WORDS_TO_AVOID.fullmatch, words(path.stem)))
    ]

    assert named == []
    assert modules == []


def test_prose_avoids_words_that_are_not_usual() -> None:
    """No text has a word of `PROSE_TO_AVOID`; a name in code quotes, such as a former one in the changelog, may."""
    files = [path for name in PROSE_FOLDERS for path in (ROOT / name).rglob("*") if path.suffix in PROSE_SUFFIXES]
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in [*files, *ROOT.glob("*.md"), *ROOT.glob("*.yaml")]
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if PROSE_TO_AVOID.search(re.sub(r"`[^`]*`", "", line))
    ]

    assert found == []


def test_allowed_names_are_in_use() -> None:
    """An exception that no code needs is deleted."""
    files = python_files("shared", "infra", "tests", "benchmarks")

    assert ALLOWED_NAMES - {name for path in files for name, _ in names_in(path)} == set()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("dead_letter", {"dead", "letter"}),
        ("DEAD_LETTER", {"dead", "letter"}),
        ("HalfOpen", {"Half", "half", "Open", "open"}),
    ],
)
def test_words_of_a_name(name: str, found: set[str]) -> None:
    """Snake case, capitals and camel case."""
    assert words(name) == found


def test_every_noqa_has_its_reason() -> None:
    """`# noqa: RULE - why`; ruff itself reports those that suppress nothing."""
    without = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in python_files("shared", "infra", "functions", "tests", "benchmarks")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"#.*\bnoqa(?!: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \w)", line) and path != Path(__file__)
    ]

    assert without == []


PLUGIN_TEST = """
import sys

def test_nothing_is_imported_before_the_fixture_is_used():
    assert [name for name in sys.modules if name.startswith("yunmock.")] == ["yunmock.pytest_plugin"]
"""


def test_the_pytest_plugin_imports_nothing_of_yunmock(tmp_path: Path) -> None:
    """A run that does not use the fixture `aliyun` does not pay for the cloud."""
    (tmp_path / "test_it.py").write_text(PLUGIN_TEST, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "yunmock.pytest_plugin", "-p", "no:cacheprovider"]

    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own

    assert (ran.returncode, "1 passed" in ran.stdout) == (0, True), ran.stdout + ran.stderr
