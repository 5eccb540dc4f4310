"""Run the servers of yunmock and moto in separate processes on loopback for the duration of a block."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import certifi

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
def yunmock_served_over_tls() -> Iterator[dict[str, str]]:
    """The same over HTTPS. The function trusts the usual authorities too, and so reads as many as in the cloud."""
    with tempfile.TemporaryDirectory() as folder:
        own, trusted = Path(folder, "own.pem"), Path(folder, "trusted.pem")
        with _process("yunmock", "serve", "--json", "--tls", str(own)) as line:
            environment: dict[str, str] = json.loads(line)["env"]
            trusted.write_bytes(Path(certifi.where()).read_bytes() + own.read_bytes())
            # The server speaks both, and the SDK has authorities of its own.
            plain = environment["OTS_ENDPOINT"].replace("https://", "http://")
            store({**environment, "OTS_ENDPOINT": plain}).create_tables()
            yield {**environment, "SSL_CERT_FILE": str(trusted)}


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
