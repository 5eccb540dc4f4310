"""What a product's folder defines: its kinds and its event types."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.catalog.content import Content, Sample
    from opsledger.catalog.lifecycle import Lifecycle
    from opsledger.catalog.templates import Template

    ContentModel: TypeAlias = type[Content]

_NO_SAMPLE: Sample = MappingProxyType({})


class Settler(NamedTuple):
    """A kind of records whose steps end what another kind announces: an instance is deleted, so its maintenance is off.

    Attributes:
        kind: the kind's name; its record of the same resource is meant.
        final: the statuses that end it whenever they are reached, because nothing follows them.
        later: the statuses that end it if they are reached when it is announced or later.
        present: as `later`, and only as long as that record is in them.
    """

    kind: str
    final: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()


class Kind(NamedTuple):
    """A group of records that are identified in the same way and share a lifecycle.

    Attributes:
        name: unique among all products. Stored.
        resource_type: the type of the resource that the event is about, such as `instance`. Stored.
        identified_by: the content fields that identify a record, for people.
        record_prefix: the start of the record keys of this kind; unique among all products. Stored.
        grace_period: how long after its deadline an announced event may still be reported, in ms.
        spellings: misspelt status that the vendor sends → the status that it stands for.
        max_dwell: status → how long a record usually stays in it at most, in ms, counted from when it was last seen in
            it. A pending status goes by its deadline, and by this only if the event gives no deadline.
        settlers: what ends an open record of this kind though no event of its own does.
    """

    name: str
    product: str
    resource_type: str
    lifecycle: Lifecycle
    identified_by: str
    record_prefix: str
    grace_period: int = 0
    max_dwell: Mapping[str, int] = MappingProxyType({})
    spellings: Mapping[str, str] = MappingProxyType({})
    settlers: tuple[Settler, ...] = ()


class Source(NamedTuple):
    """A page of the vendor's on which an event type is documented.

    Attributes:
        url: without `https://`.
        content: whether the page describes the fields of the content, and the content model follows it. If not, it only
            names the type: what is known of the content is in the model's docstring.
    """

    title: str
    url: str
    content: bool = True


class EventType(NamedTuple):
    """One event type.

    Attributes:
        type: `<product>:<name>`, the CloudEvent type without a status suffix.
        content: the model that validates and reads the content of its events.
        level: the severity of the type, unless `levels` has another for the status.
        statuses: the statuses that the vendor documents for it; empty if it documents none.
        levels: status → severity, where the vendor distinguishes them.
        templates: the messages it comes with, for events whose facts are in a message.
        source_severity: the severity that the source itself gives events of this type, `Normal` or `Warning`; empty if
            it gives none.
        sample: sample fields of this type beside those of its model: `*` or statuses separated by blanks → fields.
        source: where the type is documented.
        raw: whether its content can be recognised without an envelope.
    """

    type: str
    kind: Kind
    content: ContentModel
    level: str
    statuses: tuple[str, ...] = ()
    levels: Mapping[str, str] = MappingProxyType({})
    templates: tuple[Template, ...] = ()
    source_severity: str = ""
    sample: Sample = _NO_SAMPLE
    source: Source = Source("", "")
    raw: bool = True

    @property
    def name(self) -> str:
        """The type without its product, as CloudMonitor names it, without the status suffix."""
        return self.type.partition(":")[2]

    @property
    def advice_key(self) -> str:
        """The name under which the product's advice is filed: an ECI reason, or the name."""
        return self.name.removeprefix("Event:")


class ProductCatalog(NamedTuple):
    """The kinds and event types of one product.

    Attributes:
        kinds: in the order of the docs.
        event_types: in the order of the docs.
        sample_values: a sample of each value that its message templates name.
        spellings: another spelling of a type → the type.
    """

    name: str
    kinds: tuple[Kind, ...]
    event_types: tuple[EventType, ...]
    sample_values: Mapping[str, str] = MappingProxyType({})
    spellings: Mapping[str, str] = MappingProxyType({})

    def type_of_raw(self, content: Mapping[str, object]) -> str | None:
        """The type of a content that came without an envelope, by its model's `raw_marks`.

        The model with the most marks wins, and among equals the first. None if no model's marks fit.
        """
        for row in sorted(self.event_types, key=lambda row: -len(row.content.raw_marks)):
            if row.raw and row.content.raw_marks and row.content.raw_marks <= content.keys():
                return row.content.raw_type(content) or row.type
        return None
