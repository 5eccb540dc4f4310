"""Events to DingTalk robots: the robot of `yunmock.chat` judges what EventBridge sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from Tea.exceptions import TeaException

from yunmock import Readings, mock_aliyun
from yunmock.eventbridge.webhook import robot_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.yunmock.conftest import Place
    from tests.yunmock.receiver import Receiver

    Rule = Callable[..., None]

SECRET = "SEC0123456789abcdef"
URL = "https://oapi.dingtalk.com/robot/send?access_token=hidden"
BODY = (
    "TEMPLATE",
    '{"id":"$.data.instanceId","state":"$.data.state"}',
    '{"msgtype":"text","text":{"content":"${id} is ${state}"}}',
)
DATA = b'{"instanceId":"i-1","state":"Stopped"}'


def params(secret: str = SECRET, **more: Any) -> Any:
    """The parameters of a robot, as the vendor's page lists them."""
    return {"URL": ("CONSTANT", URL), "SecretKey": ("CONSTANT", secret), "Body": BODY, **more}


def delivery(place: Place) -> Any:
    """The only delivery of the event."""
    return place.trace("e1").rules[0].deliveries[0]


def robot(place: Place, **options: str) -> Any:
    """A robot at the address, and the service that keeps its messages."""
    chat: Any = place.cloud.services["chat"]
    chat.add("dingtalk", "hidden", **options)
    return chat


def test_the_signature_of_the_vendors_page() -> None:
    """A time and a secret give the signature that public clients compute, encoded once."""
    assert robot_url("https://h/?a=b", SECRET, 1577262236757) == (
        "https://h/?a=b&timestamp=1577262236757&sign=Pgr6tpIpjVrMPPJUPkaI9sivFPPTYOy5zIOMF2GPFMA%3D"
    )


def test_a_message_reaches_the_robot(place: Place, make_rule: Rule, event: Any) -> None:
    """A robot that checks signature and keyword takes the message that the template makes of the event."""
    chat = robot(place, secret=SECRET, keyword="Stopped")
    make_rule(place, "acs.dingtalk", URL, params())

    place.put(event(data=DATA))

    assert chat.messages("dingtalk", "hidden") == ["i-1 is Stopped"]
    done = delivery(place)
    assert (done.state, done.attempts[0].response) == ("delivered", '{"errcode": 0, "errmsg": "ok"}')
    assert "hidden" not in done.endpoint


@pytest.mark.parametrize(
    ("reading", "states"), [("delivered", ["delivered"] * 2), ("retried", ["retrying", "delivered"])]
)
def test_a_refusal_of_the_robot(event: Any, make_rule: Rule, reading: Any, states: list[str]) -> None:
    """What an errcode means is not documented: the reading decides; the trace shows the code either way."""
    from tests.yunmock.conftest import Place as Made  # noqa: PLC0415 - only this test needs a cloud of its own

    with mock_aliyun(readings=Readings(robot_errors=reading), act_as_cloud=True) as cloud:
        place = Made(cloud, {"eventbridge": "1.eventbridge.cn-hangzhou.aliyuncs.com", "fc": "https://x"})
        cloud.clock.freeze()
        robot(place, keyword="Running")
        make_rule(place, "acs.dingtalk", URL, params())

        place.put(event(data=DATA))

        first = delivery(place)
        assert first.attempts[0].error == "errcode 310000: keywords not in content"
        robot(place)
        cloud.advance(20)
        assert [first.state, delivery(place).state] == states


def test_a_robot_that_answers_no_json(here: Place, receiver: Receiver, make_rule: Rule, event: Any) -> None:
    """An answer without errcode proves nothing; the trace says so."""
    make_rule(here, "acs.dingtalk", URL, params(URL=("CONSTANT", receiver.url)))

    here.put(event(data=DATA))

    assert delivery(here).attempts[0].error == "the robot's answer has no errcode"
    assert receiver.received[0].path.startswith("/?timestamp=")


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"SecretKey": None}, r"the parameters \['SecretKey'\] are missing"),
        ({"Body": ("ORIGINAL",)}, "the Form of Body must be one of"),
        ({"URL": ("CONSTANT", "oapi.dingtalk.com")}, "URL must begin with http"),
    ],
)
def test_parameters_that_the_page_does_not_have(here: Place, make_rule: Rule, changed: Any, problem: str) -> None:
    """What the vendor's page does not describe is refused when the rule is made."""
    given = {key: value for key, value in params(**changed).items() if value is not None}

    with pytest.raises(TeaException, match=problem):
        make_rule(here, "acs.dingtalk", URL, given)
