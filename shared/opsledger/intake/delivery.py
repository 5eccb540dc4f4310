"""What opening gives: a delivery, or a wrapper with further envelopes inside; and a form, one shape of envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsledger.ledger.notification import Envelope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opsledger.errors import FieldError
    from opsledger.strict_json import JsonObject, JsonValue


class Delivery(NamedTuple):
    """One event out of its envelope.

    Attributes:
        form: the name of the innermost envelope's form.
        type: `<product>:<name>`, such as `ecs:Instance:StateChange`, a status suffix included; None for raw.
        content: the product's part of the event, without the envelope.
        at: the envelope's time, in ms; None when it has none or an unreadable one.
        time_error: why the envelope's time is unreadable.
        account: the owner's account id.
        path: where `content` is in what was received, for error paths.
        cluster: the Kubernetes cluster, where the envelope names one.
        envelope: what the envelope says beside the content.
        via: the forms of the wrappers around the event, the outermost first.
    """

    form: str
    type: str | None
    content: JsonObject
    at: int | None = None
    time_error: FieldError | None = None
    account: str | None = None
    region: str | None = None
    subject: str | None = None
    path: str = ""
    cluster: str | None = None
    envelope: Envelope = Envelope()
    via: tuple[str, ...] = ()


class Part(NamedTuple):
    """One piece of a wrapper, to be opened by itself.

    Attributes:
        value: a JSON value, or the JSON text of one or more events.
        steps: the keys and positions that lead from the wrapper to it.
    """

    value: JsonValue | bytes
    steps: tuple[str | int, ...]


class Outer(NamedTuple):
    """What a wrapper says about the events inside it. It fills gaps; an event's own envelope goes first.

    Attributes:
        at: only of an envelope that is the event's own, in ms. A carrier's time is a time of publication.
        time_error: why that time is unreadable.
    """

    account: str | None = None
    region: str | None = None
    cluster: str | None = None
    envelope: Envelope = Envelope()
    at: int | None = None
    time_error: FieldError | None = None

    def fill(self, inner: Delivery, form: str, path: str) -> Delivery:
        """`inner`, found at `path` of an envelope of `form`, with what this says where it says nothing."""
        undated = inner.at is None and inner.time_error is None
        # Spelt out in the order of the fields: `_replace` takes ten times as long, and kube-eventer's events come here.
        return Delivery(
            inner.form,
            inner.type,
            inner.content,
            self.at if undated else inner.at,
            self.time_error if undated else inner.time_error,
            inner.account or self.account,
            inner.region or self.region,
            inner.subject,
            f"{path}.{inner.path}" if inner.path else path,
            inner.cluster or self.cluster,
            _filled(inner.envelope, self.envelope),
            (form, *inner.via),
        )


def _filled(own: Envelope, other: Envelope) -> Envelope:
    return Envelope(
        own.id or other.id,
        own.source or other.source,
        own.subject or other.subject,
        own.instance_name or other.instance_name,
        own.level or other.level,
        other.sent_at if own.sent_at is None else own.sent_at,
        other.published_at if own.published_at is None else own.published_at,
    )


class Wrapper(NamedTuple):
    """An envelope with any number of further envelopes inside."""

    form: str
    parts: Sequence[Part]
    outer: Outer = Outer()


class Form(NamedTuple):
    """One shape in which events arrive.

    Attributes:
        name: as in the ledger, the log and the docs. The names of its samples in `events/arrivals` begin with it.
        route: what sends it, for the docs.
        recognised: by what, for the docs.
        matches: whether an object has the marks of this form.
        open: takes the event or the further envelopes out; raises `BadEventError` where the object breaks the form's
            rules.
    """

    name: str
    route: str
    recognised: str
    matches: Callable[[JsonObject], bool]
    open: Callable[[JsonObject], Delivery | Wrapper]
