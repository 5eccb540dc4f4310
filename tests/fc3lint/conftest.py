"""The variables of somebody who deploys to an account of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from yunmock import Account

if TYPE_CHECKING:
    from pathlib import Path

OWN = "1234567890123456"


@pytest.fixture
def own_account(root: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Sets each variable of `s.yaml` whose default names the local cloud's account, for an account of one's own."""
    default = re.compile(rf"env\('(\w+)',\s*'([^']*{Account().account_id}[^']*)'\)")
    found = default.findall((root / "s.yaml").read_text(encoding="utf-8"))
    variables = {name: text.replace(Account().account_id, OWN) for name, text in found}
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    return variables
