"""One call that the tests on connections make, the answer of now that a scripted server gives, and what it says."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tablestore.auth import SignV2
from tests.opsledger.store.wire.both_clients import INSTANCE, KEY_ID, SECRET, signed
from tests.opsledger.store.wire.test_answers import written

from opsledger.store.calls import Refusal
from opsledger.store.wire.client import WireClient
from opsledger.store.wire.signature import Credentials

if TYPE_CHECKING:
    from tests.opsledger.store.wire.scripted_server import ScriptedServer

    from opsledger.store.wire.connection import Answer

RESULT = {
    "t": [None, Refusal("OTSConditionCheckFail", "Condition check failed.")],
    "u": [Refusal("OTSServerBusy", "")],
}
SHORT_S = 0.05
"""How long a call may take that gets no answer."""


def good() -> Answer:
    """An answer to `writes`, of now."""
    date = f"{datetime.now(tz=timezone.utc):%Y-%m-%dT%H:%M:%S.%f}Z"
    fresh = signed("/BatchWriteRow", written())
    headers = {name: value for name, value in fresh.headers.items() if name != "authorization"}
    headers["x-ots-date"] = date
    key = connection_signature(headers)
    return fresh._replace(headers={**headers, "authorization": f"OTS {KEY_ID}:{key}"})


def connection_signature(headers: dict[str, str]) -> str:
    """The vendor's signature of an answer to `writes`."""
    made: str = SignV2("utf8").make_response_signature("/BatchWriteRow", headers, SECRET)
    return made


def client_of(server: ScriptedServer, seconds: float = 10, scheme: str = "http") -> WireClient:
    """A client of the server."""
    host = "localhost" if scheme == "https" else "127.0.0.1"
    return WireClient(f"{scheme}://{host}:{server.port}", INSTANCE, Credentials(KEY_ID, SECRET), lambda: seconds)
