"""Roles in a file, and the server that reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from yunmock.__main__ import main
from yunmock.ram.errors import InvalidPolicyError
from yunmock.ram.roles_file import read_roles

if TYPE_CHECKING:
    from pathlib import Path


def test_read_roles(tmp_path: Path) -> None:
    """Any number of documents for each role."""
    document = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ots:*", "Resource": "*"}]}
    roles = {"reader": [document, document], "nobody": []}
    path = tmp_path / "roles.json"
    path.write_text(json.dumps(roles))

    assert read_roles(path) == roles


@pytest.mark.parametrize(
    "content", ["{", "[" * 100_000, "[" * 300 + "]" * 300, "NaN", "\xff", "[]", '{"a": {}}', '{"a": ["ots:*"]}']
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, content: str) -> None:
    """By its path."""
    path = tmp_path / "roles.json"
    path.write_bytes(content.encode("latin-1"))

    with pytest.raises(InvalidPolicyError, match=r"roles\.json"):
        read_roles(path)


def test_the_server_does_not_start_with_an_invalid_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message names the role and the element."""
    path = tmp_path / "roles.json"
    path.write_text('{"reader": [{"Version": "2"}]}')

    assert main(["serve", "--roles", str(path)]) == 2
    assert "role reader, policy 0.Version: must be '1'" in capsys.readouterr().err
