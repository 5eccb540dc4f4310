"""Whole responses of APIs that list events. A row is opened as if it had come alone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from opsledger.intake.delivery import Form, Part, Wrapper
from opsledger.intake.fields import either

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject, JsonValue


class Listing(NamedTuple):
    """Where a response has its rows: a list called `outer`, or one called `inner` in an object called `outer`."""

    form: str
    route: str
    outer: str
    inner: str

    def rows(self, value: JsonObject) -> Part | None:
        """The list of rows, with the steps to it; None if the response has another shape."""
        steps: list[str | int] = []
        found: JsonValue = value
        for name in (self.outer, self.inner):
            if not isinstance(found, dict):
                break
            steps.append(name if name in found else name[:1].upper() + name[1:])
            found = either(found, name)
        return Part(found, tuple(steps)) if isinstance(found, list) else None

    def matches(self, value: JsonObject) -> bool:
        """Whether there is a list of rows."""
        return self.rows(value) is not None

    def open(self, value: JsonObject) -> Wrapper:
        """The rows."""
        rows = self.rows(value)
        if rows is None or not isinstance(rows.value, list):
            return Wrapper(self.form, ())
        return Wrapper(self.form, [Part(row, (*rows.steps, index)) for index, row in enumerate(rows.value)])


LISTINGS = (
    Listing("cloudmonitor-response", "a response of DescribeSystemEventAttribute", "systemEvents", "systemEvent"),
    Listing(
        "ecs-history-response",
        "a response of DescribeInstanceHistoryEvents",
        "instanceSystemEventSet",
        "instanceSystemEventType",
    ),
)


def _form(listing: Listing) -> Form:
    recognised = f"a list `{listing.inner}` in `{listing.outer}`, in either casing"
    return Form(
        listing.form, listing.route, recognised, partial(Listing.matches, listing), partial(Listing.open, listing)
    )


WRAPPERS = tuple(map(_form, LISTINGS))
