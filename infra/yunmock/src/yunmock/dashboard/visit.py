"""What a page is made of: the cloud, the arguments of the address, and the services that have something to show."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar, cast

from yunmock.dashboard.document import PageError, TextBlock
from yunmock.exact_json import write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from yunmock.cloud import Cloud
    from yunmock.eventbridge.service import EventBridgeService
    from yunmock.fc.service import FunctionComputeService
    from yunmock.mns.service import MnsService
    from yunmock.refused import RefusedRequests

SHOWN_TEXT = 64 * 1024
"""Of a longer text the beginning is shown."""
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page.

    Attributes:
        arguments: those of the address.
        now_ms: the cloud's time.
    """

    cloud: Cloud
    refused: RefusedRequests
    arguments: Mapping[str, str]
    now_ms: int

    @property
    def bridge(self) -> EventBridgeService:
        """EventBridge."""
        return cast("EventBridgeService", self.cloud.services["eventbridge"])

    @property
    def functions(self) -> FunctionComputeService:
        """Function Compute."""
        return cast("FunctionComputeService", self.cloud.services["fc"])

    @property
    def queues(self) -> MnsService:
        """Simple Message Queue."""
        return cast("MnsService", self.cloud.services["mns"])

    def argument(self, name: str) -> str:
        """An argument that the page needs.

        Raises:
            PageError: it is missing.
        """
        if name not in self.arguments:
            raise PageError(400, f"The address lacks ?{name}=: start from the overview.")
        return self.arguments[name]


def missing(what: str) -> PageError:
    """The error for what is not there, or not any more."""
    return PageError(404, f"There is no {what}, or not any more.")


def first(items: Iterable[Item], most: int) -> tuple[list[Item], bool]:
    """The first items, and whether others follow."""
    found = list(islice(items, most + 1))
    return found[:most], len(found) > most


def counted(number: int, most: int) -> int | str:
    """A count for which at most `most` + 1 were looked at."""
    return f"more than {most:,}" if number > most else number


def block(text: str | bytes) -> TextBlock:
    """A text; of a long one the beginning."""
    whole = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if len(whole) > SHOWN_TEXT:
        return TextBlock(f"{whole[:SHOWN_TEXT]}\n… {len(whole) - SHOWN_TEXT:,} more characters")
    return TextBlock(whole)


def block_of(content: object) -> TextBlock:
    """JSON content; its numbers keep their text."""
    return block(write_json(content))
