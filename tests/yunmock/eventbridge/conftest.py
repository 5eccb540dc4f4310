"""A receiver on loopback, and rules made with the vendor's client."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_eventbridge import models
from tests.yunmock.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.yunmock.conftest import Place

Params = dict[str, tuple[str, ...]]
"""The form, value and template of each parameter of a target."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that runs for the test."""
    with Receiver() as made:
        yield made


@pytest.fixture
def unused_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
    return port


def target_entry(kind: str, endpoint: str, params: Params) -> Any:
    """A target of the vendor's SDK."""
    listed = [
        models.EBTargetParam(resource_key=key, form=form, value=(text or ("",))[0], template="".join(text[1:]))
        for key, (form, *text) in params.items()
    ]
    return models.TargetEntry(id="t1", type=kind, endpoint=endpoint, param_list=listed)


@pytest.fixture
def make_rule() -> Callable[..., None]:
    """Makes a rule that matches every event and has one target."""

    def make(place: Place, kind: str, endpoint: str, params: Params, bus: str = "default") -> None:
        place.eb.create_rule(
            models.CreateRuleRequest(
                event_bus_name=bus,
                rule_name="r1",
                filter_pattern="{}",
                targets=[target_entry(kind, endpoint, params)],
            )
        )

    return make
