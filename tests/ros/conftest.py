"""The template's check is run from its folder, not installed: `infra/` goes on the path, as for `python -m ros`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "infra"))
