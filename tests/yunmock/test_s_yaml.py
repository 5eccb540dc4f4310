"""The parts of yunmock.s_yaml that others use alone: merging, expressions, and errors with their position."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from yunmock import Account
from yunmock.s_yaml import (
    InvalidTemplateError,
    Resolver,
    Where,
    dotted,
    extended_props,
    merge,
    parse_call,
    read_document,
)

if TYPE_CHECKING:
    from pathlib import Path

ROOT: dict[str, Any] = {
    "vars": {"name": "web"},
    "template": {"base": {"timeout": 5, "logConfig": {"project": "p"}}},
    "resources": {"f": {"extend": {"name": "base", "ignore": ["timeout"]}, "props": {"logConfig": {"logstore": "l"}}}},
}


def test_merge() -> None:
    """Objects are merged key by key; lists and single values are replaced."""
    base: dict[str, Any] = {"a": {"x": 1, "y": 2}, "b": [1, 2], "c": 1}
    over: dict[str, Any] = {"a": {"y": 3}, "b": [4], "c": {"d": 1}}

    assert merge(base, over) == {"a": {"x": 1, "y": 3}, "b": [4], "c": {"d": 1}}
    assert base == {"a": {"x": 1, "y": 2}, "b": [1, 2], "c": 1}


def test_extended_props(tmp_path: Path) -> None:
    """The template's properties are inherited, except those that are ignored."""
    props = extended_props(Where(tmp_path / "s.yaml"), ROOT, "f")

    assert props == {"logConfig": {"project": "p", "logstore": "l"}}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("env('A', 'b, c')", ("env", ("A", "b, c"))),
        ('file("./x.json")', ("file", ("./x.json",))),
        ("config(AccountID)", ("config", ("AccountID",))),
        ("env()", ("env", ())),
        ("vars.name", None),
    ],
)
def test_parse_call(expression: str, expected: tuple[str, tuple[str, ...]] | None) -> None:
    """A call has a name and arguments, quoted or not; a reference is not a call."""
    assert parse_call(expression) == expected


def test_dotted() -> None:
    """A position is written with dots for keys and brackets for list positions."""
    assert dotted(("resources", "f", "props", "triggers", 0, "triggerConfig")) == (
        "resources.f.props.triggers[0].triggerConfig"
    )
    assert dotted(()) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("${vars.gone}", "undefined-variable"),
        ("${env('YUNMOCK_SURELY_UNSET')}", "unset-environment"),
        ("${secret('x')}", "unknown-expression"),
        ("${anything}", "unknown-expression"),
        ("${file('./gone')}", "missing-file"),
        ("${this.props.loop}", "invalid"),
    ],
)
def test_errors_have_position_and_code(tmp_path: Path, text: str, code: str) -> None:
    """An expression without a value is an error with the file, the position in the document, and a code."""
    root = {**ROOT, "resources": {"f": {"props": {"loop": "${this.props.loop}"}}}}
    resolver = Resolver(tmp_path / "s.yaml", root, Account(), {})

    with pytest.raises(InvalidTemplateError) as caught:
        resolver.resolve({"list": [1, text]}, ("resources", "f"), "f")

    error = caught.value
    assert (error.file, error.keys, error.code) == (tmp_path / "s.yaml", ("resources", "f", "list", 1), code)
    assert str(error) == f"{tmp_path / 's.yaml'}: resources.f.list[1]: {error.reason}"


def test_unknown_template(tmp_path: Path) -> None:
    """A template that does not exist is an error with a code."""
    root: dict[str, Any] = {"resources": {"f": {"extend": {"name": "gone"}, "props": {}}}}

    with pytest.raises(InvalidTemplateError) as caught:
        extended_props(Where(tmp_path / "s.yaml"), root, "f")

    assert (caught.value.code, caught.value.keys) == ("unknown-template", ("resources", "f", "extend"))


def test_a_file_that_is_not_a_template_has_no_position(tmp_path: Path) -> None:
    """An error of the file as a whole has only the file and the reason."""
    path = tmp_path / "gone.yaml"

    with pytest.raises(InvalidTemplateError) as caught:
        read_document(path)

    assert str(caught.value).startswith(f"{path}: cannot be read: ")
    assert (caught.value.keys, caught.value.code) == ((), "missing-file")
