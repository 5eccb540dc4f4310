"""The environment that `yunmock serve` prints works as printed: our poller runs with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import requests

from opsledger.store.tablestore import TablestoreStore, open_client

FUNCTION = Path(__file__).parents[2] / "functions" / "eci_poller"
POLL = """
import json, types
import index

context = types.SimpleNamespace(request_id="r", region="cn-hangzhou", account_id="1")
index.initializer(context)
print(json.dumps(index.handler(b'{"triggerName": "now", "payload": ""}', context)))
"""


def test_the_poller_reaches_the_server() -> None:
    """With the printed variables the poller reads ECI and Tablestore of the server."""
    command = [sys.executable, "-m", "yunmock", "serve", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        try:
            printed = json.loads(process.stdout.readline())["env"]
            _create_tables(printed)
            polled = _poll(printed)
            url = f"{printed['YUNMOCK_URL']}/_yunmock/calls"
            calls = requests.get(url, params={"service": "eci"}, timeout=5).json()["calls"]
        finally:
            process.terminate()

    assert polled["finished"] is True
    assert ("DescribeContainerGroups", 200) in [(call["operation"], call["status"]) for call in calls]


def _create_tables(printed: dict[str, str]) -> None:
    keys = (printed["ALIBABA_CLOUD_ACCESS_KEY_ID"], printed["ALIBABA_CLOUD_ACCESS_KEY_SECRET"])
    TablestoreStore(
        open_client(printed["OTS_ENDPOINT"], printed["OTS_INSTANCE"], *keys, None), "opsledger_"
    ).create_tables()


def _poll(printed: dict[str, str]) -> dict[str, object]:
    """The result of the poller in a process that has these variables, and the path to the code."""
    paths = os.pathsep.join([str(FUNCTION), *filter(None, sys.path)])
    done = subprocess.run(  # noqa: S603 - our own function
        [sys.executable, "-W", "ignore", "-c", POLL],
        env={**printed, "PYTHONPATH": paths, "OPSLEDGER_REGIONS": "cn-hangzhou"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result
