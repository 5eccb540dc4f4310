"""When a failed delivery is tried again.

https://www.alibabacloud.com/help/en/eventbridge/user-guide/retry-and-dead-letter: BACKOFF_RETRY tries three times more,
10 to 20 seconds apart; EXPONENTIAL_DECAY_RETRY 176 times within a day, 1, 2, 4 … 256 and then 512 seconds apart.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

BACKOFF = "BACKOFF_RETRY"
EXPONENTIAL = "EXPONENTIAL_DECAY_RETRY"
BACKOFF_RETRIES = 3
EXPONENTIAL_RETRIES = 176
EXPONENTIAL_TOP_S = 512


def _backoff(retry: int, seed: str) -> float | None:
    if retry > BACKOFF_RETRIES:
        return None
    return random.Random(f"{seed}#{retry}").uniform(10, 20)  # noqa: S311 - spreads load, guards nothing


def _exponential(retry: int, _seed: str) -> float | None:
    if retry > EXPONENTIAL_RETRIES:
        return None
    return float(min(2 ** (retry - 1), EXPONENTIAL_TOP_S))


STRATEGIES: dict[str, Callable[[int, str], float | None]] = {BACKOFF: _backoff, EXPONENTIAL: _exponential}


def wait_s(strategy: str, retry: int, seed: str) -> float | None:
    """Seconds from a failure to retry number `retry` (1 is the first), or None if there is no such retry.

    The random waits depend on `seed` alone, so that a run can be repeated. An unknown strategy counts as
    BACKOFF_RETRY, as in the open-source core.
    """
    return STRATEGIES.get(strategy, _backoff)(retry, seed)
