"""Open what is inside a wrapper: each event by itself, so that a bad one does not take the others with it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from opsledger.errors import BadEventError, UnknownEnvelopeError
from opsledger.intake.delivery import Delivery, Wrapper
from opsledger.intake.envelope import open_element
from opsledger.intake.payload import Payload
from opsledger.intake.received import Received

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsledger.intake.delivery import Part
    from opsledger.strict_json import JsonValue

MAX_WRAPPERS = 8
"""A record of a failed invocation for an HTTP request with a message that holds a CloudEvent is four."""


class Found(NamedTuple):
    """One event in a wrapper, or why there is none.

    Attributes:
        value: what was opened, as `Understood.element`.
        received: the text to keep where the event is refused. It is the event's own where the wrapper has several,
            and that of the whole element where it has one, because that also keeps what the wrapper says.
    """

    value: JsonValue | bytes
    received: Received
    delivery: Delivery | None = None
    error: BadEventError | None = None

    def inside(self, wrapper: Wrapper, path: str) -> Found:
        """This event with what `wrapper` says of it, found at `path` in it."""
        if self.error is not None:
            return self._replace(error=self.error.under(path))
        assert self.delivery is not None
        return self._replace(delivery=wrapper.outer.fill(self.delivery, wrapper.form, path))


class _Place(NamedTuple):
    """Where opening has got to: the text of this place, the text to keep, and the number of wrappers around it."""

    text: Received
    kept: Received
    depth: int = 1

    def inner(self, text: Received, *, alone: bool) -> _Place:
        return _Place(text, self.kept if alone else text, self.depth)


def unwrap(wrapper: Wrapper, received: Received, *, plain: bool) -> Iterator[Found]:
    """Every event in `wrapper`, which was opened from `received`, in order.

    Args:
        plain: whether `strict_json.is_plain` says so of the text.
    """
    return _unwrap(wrapper, _Place(received, received), plain=plain)


def _unwrap(wrapper: Wrapper, place: _Place, *, plain: bool) -> Iterator[Found]:
    alone = len(wrapper.parts) == 1
    for part in wrapper.parts:
        inner = place.inner(place.text.at(part.steps), alone=alone)
        path = ".".join(map(str, part.steps))
        for found in _open_part(part, inner, plain=plain):
            yield found.inside(wrapper, path)


def _open_part(part: Part, place: _Place, *, plain: bool) -> Iterator[Found]:
    if not isinstance(part.value, str | bytes):
        yield from _open(part.value, place, plain=plain)
        return
    try:
        payload = Payload(part.value)
    except BadEventError as error:
        yield Found(part.value, place.kept, error=error)
        return
    alone = len(payload.elements) == 1
    for index, element in enumerate(payload.elements):
        inner = place.inner(Received(partial(payload.text_of, index)), alone=alone)
        yield from _open(element, inner, plain=payload.plain(index))


def _open(value: JsonValue, place: _Place, *, plain: bool) -> Iterator[Found]:
    try:
        opened = open_element(value, plain=plain)
        if isinstance(opened, Wrapper) and place.depth == MAX_WRAPPERS:
            raise UnknownEnvelopeError(f"an event in more than {MAX_WRAPPERS} wrappers")
    except BadEventError as error:
        yield Found(value, place.kept, error=error)
        return
    if isinstance(opened, Delivery):
        yield Found(value, place.kept, opened)
    else:
        yield from _unwrap(opened, place._replace(depth=place.depth + 1), plain=plain)
