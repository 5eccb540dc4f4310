"""Functions made, changed and deleted by the API of 2023-03-30."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from tests.yunmock.fc.signed import call

from yunmock import local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.yunmock.conftest import Place

FUNCTIONS = "/2023-03-30/functions"
REVERSE = "def handler(event, context):\n    return event[::-1]\n"


def packed(code: str = REVERSE, **files: str) -> str:
    """A package with `index.py`, as the API takes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in {"index": code, **files}.items():
            archive.writestr(f"{name}.py", content)
    return base64.b64encode(buffer.getvalue()).decode()


def arguments(**changes: Any) -> dict[str, Any]:
    """What CreateFunction is given."""
    code = changes.pop("code", {"zipFile": packed()})
    return {"functionName": "made", "runtime": "python3.10", "handler": "index.handler", "code": code, **changes}


def send(place: Place, method: str, path: str, content: Any = None) -> Any:
    """The answer to a call with JSON arguments."""
    return call(place, method, f"{FUNCTIONS}{path}", b"" if content is None else json.dumps(content).encode())


def test_a_function_is_made_and_runs(place: Place) -> None:
    """It has the code of its package, modules of its own among it, and the properties that it was given."""
    body = "    return [own.NAME, os.environ['A'], context.function.memory]"
    code = f"import own, os\ndef handler(event, context):\n{body}\n"
    given = arguments(
        code={"zipFile": packed(code, own="NAME = 'mine'\n")}, memorySize=256, environmentVariables={"A": "b"}
    )

    made = send(place, "POST", "", given)

    assert made.status_code == 200
    assert (made.json()["functionName"], made.json()["memorySize"], made.json()["state"]) == ("made", 256, "Active")
    assert made.json()["codeSize"] == len(base64.b64decode(given["code"]["zipFile"]))
    assert json.loads(place.invoke(name="made").data) == ["mine", "b", 256]
    assert [one["functionName"] for one in send(place, "GET", "").json()["functions"]] == ["made"]


def test_a_change_replaces_what_is_given(place: Place) -> None:
    """UpdateFunction keeps the other properties; new code runs at once, in a new instance."""
    send(place, "POST", "", arguments(timeout=7, description="first"))
    place.invoke(b"ab", name="made")

    changed = send(place, "PUT", "/made", {"memorySize": 1024}).json()
    assert (changed["timeout"], changed["description"], changed["memorySize"]) == (7, "first", 1024)
    assert place.invoke(b"ab", name="made").data == b"ba"

    send(place, "PUT", "/made", {"code": {"zipFile": packed("def handler(event, context):\n    return 'new'\n")}})
    assert place.invoke(b"ab", name="made").data == b"new"
    assert send(place, "GET", "/made").json()["memorySize"] == 1024


def test_a_deleted_function_is_gone(place: Place) -> None:
    """It answers FunctionNotFound, and can be made again."""
    send(place, "POST", "", arguments())

    assert send(place, "DELETE", "/made").status_code == 204
    assert send(place, "GET", "/made").json()["Code"] == "FunctionNotFound"
    assert send(place, "DELETE", "/made").json()["Code"] == "FunctionNotFound"
    assert send(place, "POST", "", arguments()).status_code == 200


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"functionName": None}, "functionName must begin with a letter"),
        ({"functionName": "a b"}, "functionName must begin with a letter"),
        ({"functionName": "a" * 65}, "at most 64"),
        ({"runtime": "nodejs20"}, "yunmock runs"),
        ({"runtime": None}, "runtime is missing"),
        ({"handler": "handler"}, "handler must be module.function"),
        ({"code": None}, "code.zipFile is missing"),
        ({"code": "x"}, "code must be an object"),
        ({"code": {"ossBucketName": "b", "ossObjectName": "o"}}, "yunmock takes code as a zip file, and has no OSS"),
        ({"code": {"zipFile": "not base64!"}}, "code.zipFile cannot be used"),
        ({"code": {"zipFile": base64.b64encode(b"no zip").decode()}}, "is no zip file"),
        ({"code": {"zipFile": packed(**{"../escaped": ""})}}, "is outside the package"),
        ({"code": {"zipFile": packed(), "checksum": "1"}}, "is not the CRC-64"),
        ({"timeout": "soon"}, "timeout must be a number"),
        ({"environmentVariables": {"A": 1}}, "environmentVariables.A must be a text"),
        ({"instanceLifecycleConfig": []}, "instanceLifecycleConfig must be an object"),
    ],
)
def test_what_is_refused(here: Place, changes: dict[str, Any], problem: str) -> None:
    """A wrong argument is InvalidArgument with its name; nothing is made."""
    answer = send(here, "POST", "", arguments(**changes))

    assert (answer.status_code, answer.json()["Code"]) == (400, "InvalidArgument")
    assert problem in answer.json()["Message"]
    assert list(here.functions.functions) == []


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b'{"functionName": ' + b"[" * 1000])
def test_bodies_that_are_no_arguments(here: Place, body: bytes) -> None:
    """What is no JSON object is refused."""
    assert call(here, "POST", FUNCTIONS, body).json()["Code"] == "InvalidArgument"


def test_a_name_that_is_taken(here: Place, deploy: Any) -> None:
    """Neither a made nor a deployed function is replaced by CreateFunction."""
    deploy(here)

    answer = send(here, "POST", "", arguments(functionName="echo"))

    assert (answer.status_code, answer.json()["Code"]) == (409, "FunctionAlreadyExists")


def test_a_change_of_a_deployed_function(here: Place, deploy: Any) -> None:
    """It lasts until the template is deployed again; its code is the folder of the template unless it is given."""
    deploy(here, REVERSE, memorySize=512)

    send(here, "PUT", "/echo", {"memorySize": 256})
    assert (here.functions.functions["echo"].memory_mb, here.invoke(b"ab").data) == (256, b"ba")

    deploy(here, REVERSE, memorySize=512)
    assert here.functions.functions["echo"].memory_mb == 512


def test_a_reset_deletes_what_the_api_made(here: Place, deploy: Any) -> None:
    """Made functions are gone, changes of deployed ones undone, deleted ones back."""
    deploy(here)
    deploy(here, name="other")
    send(here, "POST", "", arguments())
    send(here, "PUT", "/echo", {"memorySize": 256})
    send(here, "DELETE", "/other")

    here.cloud.reset()

    assert {name: function.memory_mb for name, function in here.functions.functions.items()} == {
        "echo": 512,
        "other": 512,
    }


def test_a_snapshot_brings_functions_back(place: Place) -> None:
    """What the API makes and changes is state of the cloud."""
    send(place, "POST", "", arguments())
    before = place.cloud.snapshot()
    send(place, "PUT", "/made", {"code": {"zipFile": packed("def handler(event, context):\n    return 'new'\n")}})
    send(place, "POST", "", arguments(functionName="second"))

    place.cloud.restore(before)

    assert list(place.functions.functions) == ["made"]
    assert place.invoke(b"ab", name="made").data == b"ba"


def test_functions_are_kept_in_a_data_file(tmp_path: Path) -> None:
    """The next process runs them, with their asynchronous configuration and without the first one's folders."""
    from tests.yunmock.conftest import Place as Made  # noqa: PLC0415 - the other tests get theirs as a fixture

    first = local_cloud(data=tmp_path / "cloud.sqlite")
    with Server(first) as server:
        place = Made(first, server.endpoints)
        send(place, "POST", "", arguments(instanceLifecycleConfig={"preStop": {"handler": "index.handler"}}))
        send(place, "PUT", "/made/async-invoke-config", {"maxAsyncRetryAttempts": 1})
    first.close()

    second = local_cloud(data=tmp_path / "cloud.sqlite")
    functions: Any = second.services["fc"]
    assert functions.invoke("made", b"ab").body == b"ba"
    assert functions.functions["made"].asynchronous.retries == 1
    assert functions.functions["made"].pre_stop.handler == "index.handler"
    second.close()


def test_the_asynchronous_configuration(place: Place) -> None:
    """It is put, shown and deleted; invocations follow it."""
    place.cloud.clock.freeze()
    send(place, "POST", "", arguments(code={"zipFile": packed("def handler(event, context):\n    1 / 0\n")}))
    arn = "acs:mns:cn-hangzhou:1000000000000001:/queues/failed/messages"

    put = send(
        place,
        "PUT",
        "/made/async-invoke-config",
        {"maxAsyncRetryAttempts": 0, "destinationConfig": {"onFailure": {"destination": arn}}},
    )
    place.functions.invoke("made", b"1", asynchronous=True)

    assert put.json()["destinationConfig"] == {"onFailure": {"destination": arn}}
    assert place.functions.queue.delivered[0][0] == arn
    assert send(place, "DELETE", "/made/async-invoke-config").status_code == 204
    assert send(place, "GET", "/made/async-invoke-config").json()["maxAsyncRetryAttempts"] == 3


def test_a_role_that_is_not_given(tmp_path: Path) -> None:
    """Where roles are enforced, a function cannot have one that the cloud does not know."""
    from tests.yunmock.conftest import Place as Made  # noqa: PLC0415 - as above

    cloud = local_cloud(roles={"known": []})
    with Server(cloud) as server:
        place = Made(cloud, server.endpoints)
        unknown = send(place, "POST", "", arguments(role="acs:ram::1000000000000001:role/unknown"))
        known = send(place, "POST", "", arguments(role="acs:ram::1000000000000001:role/known"))

    assert (unknown.json()["Code"], known.status_code) == ("InvalidArgument", 200)
    assert list(tmp_path.iterdir()) == []
