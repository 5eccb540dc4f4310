"""The drill that a deployment is to end with is checked before anything is deployed."""

from __future__ import annotations

import pytest

from opsctl.cli import deployed
from opsctl.errors import WrongUsageError


@pytest.mark.parametrize(
    "instance", ["", "bp1", "i-", "../../x", "i-$(id)", "i-a b", "i-a\x1b[31m\n", "i-\uff11", "i-" + "a" * 99]
)
def test_what_is_no_id_of_an_instance_is_refused(instance: str) -> None:
    """With what was given on one line, whatever it has."""
    with pytest.raises(WrongUsageError, match="--drill takes the id of an instance") as refused:
        deployed.plan(["i-bp67acfmxazb4p", instance], [])

    assert str(refused.value).isprintable()
