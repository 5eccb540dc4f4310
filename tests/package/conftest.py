"""The packager is run from its folder, not installed: `infra/` goes on the path as `make package` puts it there."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "infra"))
