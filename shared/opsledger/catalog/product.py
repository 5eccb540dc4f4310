"""What a row of the catalogue says."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.catalog.content import Content
    from opsledger.catalog.lifecycle import Lifecycle
    from opsledger.catalog.templates import Template

    ContentModel: TypeAlias = type[Content]


class Kind(NamedTuple):
    """A family of things tracked the same way.

    Attributes:
        identified_by: the fields that identify the thing, for people.
        record_prefix: what record keys of this kind begin with.
        grace: how long after its deadline what was announced may still be told, in ms.
        stays: status → how long it stays in it at most, as a rule, in ms, counted from when it was last seen in it.
            Statuses that mean an announcement go by their deadline, and by this where they have none.
    """

    name: str
    product: str
    title: str
    resource_type: str
    lifecycle: Lifecycle
    identified_by: str
    record_prefix: str
    grace: int = 0
    stays: Mapping[str, int] = MappingProxyType({})


class EventSpec(NamedTuple):
    """One event type.

    Attributes:
        type: `<product>:<name>`, the CloudEvent type without status suffix.
        statuses: the statuses the vendor documents for it; empty where it documents none.
        level: the severity of the type, unless its status says otherwise.
        levels: status → severity where the vendor tells them apart.
        templates: the messages it comes with, where the source says all in a message.
        word: how grave it usually is, in the source's own word.
    """

    type: str
    kind: Kind
    content: ContentModel
    level: str
    statuses: tuple[str, ...] = ()
    levels: Mapping[str, str] = MappingProxyType({})
    title: str = ""
    templates: tuple[Template, ...] = ()
    word: str = ""

    @property
    def name(self) -> str:
        """The type without its product: the name in a CloudMonitor notification, less the status suffix."""
        return self.type.partition(":")[2]
