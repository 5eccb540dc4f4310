"""Events of Kubernetes: as kube-eventer's EventBridge sink writes them, and as the ECI API lists them.

Sources: the field names of Kubernetes' `v1.Event`; DescribeContainerGroups and DescribeContainerGroupEvents.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from opsledger.errors import FieldError, MalformedContentError
from opsledger.intake.delivery import Delivery, Form

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject


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
    return Delivery(form, f"eci:Event:{reason}", value)


FORMS = (
    Form("kubernetes", _matches_kubernetes, partial(_open, "kubernetes")),
    Form("eci-api", _matches_eci_api, partial(_open, "eci-api")),
)
