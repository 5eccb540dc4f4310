"""`yunmock serve`: the local cloud as a server."""

from __future__ import annotations

import argparse
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from yunmock.cloud import Account
from yunmock.local import deploy, local_cloud
from yunmock.ram.roles_file import read_roles
from yunmock.readings import READINGS, Readings
from yunmock.serve import report, serve_until_stopped
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from yunmock.certificates import ServerCertificate
    from yunmock.cloud import Cloud

MAX_PORT = 65_535
AUTHORITY = "yunmock-ca.pem"
READING_HELP = {
    "async_invocation_type": "how a trigger with asyncInvocationType: true invokes (default: %(default)s)",
    "function_errors": "what EventBridge makes of a synchronous invocation that fails (default: %(default)s)",
    "robot_errors": "what EventBridge makes of a message that a DingTalk robot refuses (default: %(default)s)",
}
"""What each option says; `yunmock.readings` explains them."""

DESCRIPTION = "A local Alibaba Cloud for the real SDKs: events, functions, tables, queues, stacks, ECS and ECI."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 0, or 2 if an argument is wrong or a file cannot be read."""
    options = _parser().parse_args(argv)
    try:
        cloud = _cloud(options)
        look = _watched(cloud, options.template) if options.template else None
        names = options.allow_host
        secure = _certificate(options.tls, [options.host, *names]) if options.tls else None
        server = Server(cloud, options.host, options.port, allow_hosts=names, certificate=secure)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"yunmock: {error}\n")
        return 2
    serve_until_stopped(server, as_json=options.json, look=look)
    cloud.close()
    return 0


def _watched(cloud: Cloud, path: str) -> Callable[[], None]:
    """Deploy a template; what is returned deploys it again after an edit."""
    from yunmock.reload import TemplateWatch  # noqa: PLC0415 - importing YAML takes time, and only this needs it

    return TemplateWatch(cloud, deploy(cloud, path), report).check


def _certificate(file: str, names: list[str]) -> ServerCertificate:
    """A new certificate for these names.

    Raises:
        ValueError: this installation cannot make one, or a name is not one.
        OSError: the file cannot be written.
    """
    try:
        from yunmock.certificates import new_certificate  # noqa: PLC0415 - it needs an extra
    except ModuleNotFoundError as error:
        raise ValueError(f"--tls needs the module {error.name!r}; run: pip install 'yunmock[tls]'") from None
    return new_certificate(Path(file), names)


def _cloud(options: argparse.Namespace) -> Cloud:
    return local_cloud(
        data=options.data,
        account=Account(account_id=options.account_id),
        roles=read_roles(options.roles) if options.roles else None,
        act_as_cloud=options.act_as_cloud,
        strict_keys=options.strict_keys,
        strict_queues=options.strict_queues,
        allow_targets=options.allow_target,
        record=options.record,
        readings=Readings(**{name: getattr(options, name) for name in READINGS}),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yunmock", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"yunmock {version('yunmock')}")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_options(commands.add_parser("serve", help="serve the cloud on a loopback port until stopped"))
    return parser


def _add_options(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    serve.add_argument("--port", type=_port, default=0, help="the port (default: a free one)")
    serve.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="accept requests that name the server so, such as a container's name (may be repeated)",
    )
    serve.add_argument(
        "--allow-target",
        action="append",
        default=[],
        metavar="HOST",
        help="let EventBridge and CloudMonitor send to this host, beside loopback (may be repeated)",
    )
    serve.add_argument(
        "--account-id",
        type=_account_id,
        default=Account().account_id,
        metavar="ID",
        help="the account's number, such as the one in the ARNs of your template (default: %(default)s)",
    )
    serve.add_argument("--data", metavar="FILE", help="keep the state in this SQLite file (default: in memory)")
    serve.add_argument(
        "--template",
        metavar="S.YAML",
        help="deploy the functions and triggers of this file; again whenever it, or their code, is edited",
    )
    serve.add_argument("--roles", metavar="FILE", help="enforce these roles: JSON, policy documents by role name")
    serve.add_argument("--strict-queues", action="store_true", help="lose what is sent to a queue that does not exist")
    serve.add_argument("--strict-keys", action="store_true", help="refuse every key pair but the one that is printed")
    serve.add_argument(
        "--act-as-cloud", action="store_true", help="let PutEvents publish on the bus default, as only the cloud does"
    )
    for name, answers in READINGS.items():
        option = f"--{name.replace('_', '-')}"
        serve.add_argument(option, choices=answers, default=answers[0], help=READING_HELP[name])
    serve.add_argument("--record", metavar="FILE", help="write all requests and answers to this file, without secrets")
    serve.add_argument(
        "--tls",
        nargs="?",
        const=AUTHORITY,
        metavar="FILE",
        help="speak HTTPS too, and write the certificate that programs must trust to FILE (default: %(const)s)",
    )
    serve.add_argument("--json", action="store_true", help="print endpoints and environment as one line of JSON")


def _account_id(text: str) -> str:
    if not re.fullmatch("[0-9]{1,32}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of an account")
    return text


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {MAX_PORT}")
    return port


if __name__ == "__main__":
    sys.exit(main())
