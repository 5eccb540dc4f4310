"""The base of the content models, the types of their fields, and what reading a content gives."""

from __future__ import annotations

from abc import abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, PlainValidator, StringConstraints
from pydantic.alias_generators import to_camel

from opsledger import timestamps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.catalog.templates import Template
    from opsledger.catalog.transition import Transition

SampleValue: TypeAlias = "str | int | Mapping[str, SampleValue]"
SampleFields: TypeAlias = "Mapping[str, SampleValue]"
Sample: TypeAlias = "Mapping[str, SampleFields]"
"""`*` → the fields of every sample content, and statuses separated by blanks → their further fields."""

_NO_MARKS: frozenset[str] = frozenset()


class ReadContext(NamedTuple):
    """What is known beside a content.

    Attributes:
        at: the envelope's time, in ms.
        suffix: the status suffix of the envelope's name.
        templates: the wordings its message may have, by the catalogue.
        source_severity: the severity that the source gives events of this type; empty if it gives none.
        subject: the resource as the envelope names it, often an ARN; empty if it names none.
        name: the type without its product, such as `Disk:DiskOperationCompleted`.
    """

    at: int | None = None
    suffix: str | None = None
    templates: tuple[Template, ...] = ()
    source_severity: str = ""
    subject: str = ""
    name: str = ""


class Reading(NamedTuple):
    """One content, understood.

    Attributes:
        entity_id: identifies the tracked entity within its kind.
        transition: the step it reports; the caller adds `key`, `type`, `severity` and what is known of its arrival.
        distinct: with status and moment tells this transition of the entity from its others: values of the content that
            every route carries. A moment in it counts to the second.
        source_severity: the source's own word for its severity, where it has one.
        is_global: whether `entity_id` names one thing in the whole world. One that does not is qualified by account,
            region and cluster.
        keyed_at: the moment that tells the transition from others, in ms, where it is not the transition's `at`; 0
            where no moment does.
        former: what the key was made of before 0.2.0, where what was stored does not say.
    """

    entity_id: str
    resource_id: str
    transition: Transition
    distinct: tuple[str | int | None, ...] = ()
    source_severity: str = ""
    is_global: bool = True
    keyed_at: int | None = None
    former: tuple[str | int | None, ...] | None = None


class Content(BaseModel):
    """The base of every content model: strict about documented fields, tolerant of undocumented ones.

    A model also says what its product's tools and tests need of it, as plain literals that cost nothing to import: a
    sample content, and how to recognise a content that arrives without an envelope.
    """

    status_field: ClassVar[str] = "status"
    """The field that holds the status, for error paths."""

    sample: ClassVar[Sample] = MappingProxyType({})
    """A sample content. Names in braces are filled in, such as `{instance_id}`, `{status}` and `{now-5m}`;
    `opsctl.sample.contents` lists them."""

    raw_marks: ClassVar[frozenset[str]] = _NO_MARKS
    """The fields by which a content without an envelope is recognised as this model's; none if it never comes so."""

    suffixed: ClassVar[bool] = False
    """Whether CloudMonitor appends the status to the name of the event."""

    @classmethod
    def raw_type(cls, content: Mapping[str, object]) -> str:  # noqa: ARG003 - those that need it override this
        """The type of a raw content, if several types share the model; empty if only one has it."""
        return ""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True, strict=True, defer_build=True)

    @abstractmethod
    def read(self, context: ReadContext) -> Reading:
        """This content as a reading.

        Raises:
            BadEventError: the fields are well-formed one by one and make no sense together.
        """


def _moment(value: Any) -> int:
    if not isinstance(value, str):
        raise ValueError("should be a moment as text, such as 2019-04-09T04:18:26Z")  # noqa: TRY004 - pydantic gathers ValueErrors
    return timestamps.parse(value)


def _optional_moment(value: Any) -> int | None:
    return None if value is None or value == "" else _moment(value)


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9*][A-Za-z0-9*._:@/-]*$", max_length=128)]
"""An identifier of the vendor's: printable ASCII without spaces; `*` where a documentation sample masks it."""
Word = Annotated[str, StringConstraints(min_length=1, max_length=256)]
"""A short text."""
Moment = Annotated[int, PlainValidator(_moment)]
"""A moment as text, kept as milliseconds."""
OptionalMoment = Annotated[int | None, PlainValidator(_optional_moment)]
"""A moment that may be missing, null or empty."""
