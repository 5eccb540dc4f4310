"""What yunmock emulates of each service, as data: the calls it answers, those it refuses, and what it simplifies.

Each service states its own in `<service>/coverage.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Coverage(NamedTuple):
    """What yunmock emulates of one service.

    Attributes:
        service: yunmock's name of the service, such as `tablestore`.
        title: the service's name for readers, such as `Tablestore`.
        sdk: the vendor's SDK on PyPI whose calls these are.
        calls: each call that is answered, with what is special about it; "" when it is complete.
        refused: each call that is refused, with the reason.
        limits: what is simplified, or is not proven against the real service, a sentence each.
    """

    service: str
    title: str
    sdk: str
    calls: Mapping[str, str]
    refused: Mapping[str, str]
    limits: tuple[str, ...] = ()
