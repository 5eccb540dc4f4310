"""Run the servers of yunmock and moto in separate processes on loopback for the duration of a block."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opsledger.store.tablestore import TablestoreStore, open_client

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "opsledger_"


@contextmanager
def yunmock_served() -> Iterator[dict[str, str]]:
    """Run `yunmock serve` and create our tables; yields the environment variables for a function."""
    with _process("yunmock", "serve", "--json") as line:
        environment: dict[str, str] = json.loads(line)["env"]
        store(environment).create_tables()
        yield environment


@contextmanager
def moto_served() -> Iterator[dict[str, str]]:
    """Run the server of moto; yields the environment variables for boto3."""
    with _process("benchmarks.peers.moto_server") as line:
        yield {"AWS_ENDPOINT_URL": line.strip(), **AWS}


AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""What boto3 needs when there is no account."""


def store(environment: Mapping[str, str]) -> TablestoreStore:
    """A store on the instance that `environment` names."""
    client = open_client(
        environment["OTS_ENDPOINT"],
        environment["OTS_INSTANCE"],
        environment["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        None,
    )
    return TablestoreStore(client, PREFIX)


@contextmanager
def _process(*arguments: str) -> Iterator[str]:
    """Run `python -m …`; yields the first line that it prints."""
    command = [sys.executable, "-m", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:  # noqa: S603 - our own modules
        assert process.stdout is not None
        try:
            yield process.stdout.readline()
        finally:
            process.terminate()
