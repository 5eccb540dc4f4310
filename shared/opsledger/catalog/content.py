"""What every content model is made of, and what reading one gives."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, PlainValidator, StringConstraints
from pydantic.alias_generators import to_camel

from opsledger import timestamps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.catalog.templates import Template


class Seen(NamedTuple):
    """What is known beside a content.

    Attributes:
        at: the envelope's time, in ms.
        suffix: the status suffix of the envelope's name.
        templates: the wordings its message may have, by the catalogue.
        word: how grave its type usually is, in the source's own word.
    """

    at: int | None = None
    suffix: str | None = None
    templates: tuple[Template, ...] = ()
    word: str = ""


class Reading(NamedTuple):
    """One content, understood.

    Attributes:
        thing: what identifies the tracked thing within its kind.
        status: a word of the kind's lifecycle; checked by the caller.
        at: when the status was reached, in ms; None when nothing says so.
        distinct: what tells this transition of the thing from its others, from the content alone.
        word: the source's own word for how grave it is, where it has one.
        not_before: when it will happen at the earliest; due: when it will have happened, unless averted.
        notice: how long after it was last seen it is due, in ms, where no moment is given.
        count: how often it has been seen; first_at and last_at: since and until when.
        detail: what a reader wants to see beside the status, as text.
        anomalies: what is odd about this notification alone.
    """

    thing: str
    resource_id: str
    status: str
    at: int | None
    distinct: tuple[str | int | None, ...] = ()
    not_before: int | None = None
    due: int | None = None
    started_at: int | None = None
    finished_at: int | None = None
    notice: int | None = None
    count: int = 1  # type: ignore[assignment]  # it hides a tuple's method, which has no use here
    last_at: int | None = None
    word: str = ""
    detail: Mapping[str, str] = MappingProxyType({})
    anomalies: tuple[str, ...] = ()

    def retold(self, *, thing: str, status: str) -> Reading:
        """The same under another identity and status."""
        return self._replace(thing=thing, status=status)


class Content(BaseModel):
    """The base of every content model: strict about what is documented, tolerant of what is not."""

    status_field: ClassVar[str] = "status"
    """The field that tells the status, for error paths."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True, strict=True, defer_build=True)

    def read(self, seen: Seen) -> Reading:
        """This content as a reading.

        Raises:
            BadEventError: the fields are well-formed one by one and make no sense together.
        """
        raise NotImplementedError


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
