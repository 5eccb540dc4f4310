"""What every content model is made of, and what reading one gives."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - dataclass fields are read at run time by the docs
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

from opsledger import instant
from opsledger.templates import Template  # noqa: TC001 - the same


@dataclass(frozen=True, slots=True)
class Seen:
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


@dataclass(frozen=True, slots=True)
class Reading:
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
    count: int = 1
    last_at: int | None = None
    word: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)
    anomalies: tuple[str, ...] = ()

    def retold(self, *, thing: str, status: str) -> Reading:
        """The same under another identity and status."""
        return replace(self, thing=thing, status=status)


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
    return instant.parse(value)


def _empty_is_none(value: Any) -> Any:
    return None if value == "" else value


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9*][A-Za-z0-9*._:@/-]*$", max_length=128)]
"""An identifier of the vendor's: printable ASCII without spaces; `*` where a documentation sample masks it."""
Word = Annotated[str, StringConstraints(min_length=1, max_length=256)]
"""A short text."""
Moment = Annotated[int, BeforeValidator(_moment)]
"""A moment as text, kept as milliseconds."""
OptionalMoment = Annotated[Moment | None, BeforeValidator(_empty_is_none)]
"""A moment that may be missing, null or empty."""
