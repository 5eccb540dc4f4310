"""What the other module imports."""

from __future__ import annotations

import os

LEVEL = os.getenv("LOG_SEVERITY")
