"""A delivery: one event out of its envelope; and a form: one shape of envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsledger.ledger.notification import Envelope

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsledger.errors import FieldError
    from opsledger.strict_json import JsonObject


class Delivery(NamedTuple):
    """One event out of its envelope.

    Attributes:
        form: the name of the envelope's form.
        type: `<product>:<name>`, such as `ecs:Instance:StateChange`, a status suffix included; None for raw.
        content: the product's part of the event, without the envelope.
        at: the envelope's time, in ms; None when it has none or an unreadable one.
        time_error: why the envelope's time is unreadable.
        account: the owner's account id.
        cluster: the Kubernetes cluster, where the envelope names one.
        envelope: what the envelope says beside the content.
        path: where `content` is in what was received, for error paths.
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


class Form(NamedTuple):
    """One shape in which an event arrives.

    Attributes:
        name: a row of the table in `envelope`.
        matches: whether an object has the marks of this form.
        open: takes the event out of its envelope; raises `BadEventError` where it breaks the form's rules.
    """

    name: str
    matches: Callable[[JsonObject], bool]
    open: Callable[[JsonObject], Delivery]
