"""Events of Kubernetes: as kube-eventer's EventBridge sink writes them, and as the ECI API lists them.

Sources: the field names of Kubernetes' `v1.Event`; DescribeContainerGroups and DescribeContainerGroupEvents.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from opsledger import catalog
from opsledger.catalog.eci import reporters
from opsledger.errors import FieldError, MalformedContentError
from opsledger.intake.delivery import Delivery, Form

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject

PREFIX = "eci:Event:"
"""An event's type is this and its reason."""


def _matches_kubernetes(value: JsonObject) -> bool:
    lowered = {key.lower() for key in value}
    return "involvedobject" in lowered and "reason" in lowered


def _matches_eci_api(value: JsonObject) -> bool:
    lowered = {key.lower() for key in value}
    return {"reason", "type"} <= lowered and bool(lowered & {"message", "count", "firsttimestamp", "lasttimestamp"})


def _open(form: str, value: JsonObject) -> Delivery:
    """The event, whose type is its reason."""
    reason = value.get("reason", value.get("Reason"))
    if not isinstance(reason, str) or not reason:
        raise MalformedContentError("the event has no reason", [FieldError("reason", "is missing or not text")])
    return Delivery(form, f"{PREFIX}{reason}", value)


def check_reporter(delivery: Delivery) -> None:
    """Refuse a Kubernetes event that is not ECI's; any other delivery passes.

    A republished event is checked too: who republishes it may have taken a scheduler's for ECI's.

    Raises:
        ForeignEventError: who reports it does not speak for ECI, and the reason is not ECI's own.
    """
    type_ = delivery.type or ""
    if type_.startswith(PREFIX):
        reason, claimed = type_.removeprefix(PREFIX), delivery.form != "kubernetes"
        reporters.check(reason, delivery.content, known=catalog.knows(type_), claimed=claimed)


FORMS = (
    Form("kubernetes", _matches_kubernetes, partial(_open, "kubernetes")),
    Form("eci-api", _matches_eci_api, partial(_open, "eci-api")),
)
