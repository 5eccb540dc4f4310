"""Read roles from a file, for `yunmock serve --roles`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from yunmock.exact_json import read_json
from yunmock.ram.errors import InvalidPolicyError

if TYPE_CHECKING:
    from yunmock.json_types import JsonObject, JsonValue


def read_roles(path: str | Path) -> dict[str, list[JsonObject]]:
    """The policy documents of each role, from a JSON file: `{"role": [{"Version": "1", "Statement": […]}]}`.

    Raises:
        OSError: the file cannot be read.
        InvalidPolicyError: it is not JSON of this form.
    """
    try:
        content = read_json(Path(path).read_bytes(), finite=True)
    except ValueError as error:
        raise InvalidPolicyError(str(path), f"not JSON: {error}") from None
    if not isinstance(content, dict):
        raise InvalidPolicyError(str(path), "must map the name of each role to a list of policy documents")
    return {role: _documents(given, f"{path}: role {role}") for role, given in content.items()}


def _documents(given: JsonValue, path: str) -> list[JsonObject]:
    documents = given if isinstance(given, list) else [None]
    found = [document for document in documents if isinstance(document, dict)]
    if len(found) < len(documents):
        raise InvalidPolicyError(path, "must be a list of policy documents")
    return found
