"""The local cloud that every command works on: yunmock in this process, its state in the data folder."""

from __future__ import annotations

import errno
import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import yunmock
from opsctl.cli import deadlines
from opsctl.cli.at_once import STATE_FILE
from opsctl.cli.endpoints import Endpoint
from opsctl.cli.language import t
from opsctl.errors import NotThereError
from opsctl.migration import note_old_tables
from opsctl.ros import queues
from opsledger import settings
from opsledger.ledger import migration
from opsledger.store.tablestore import TablestoreStore, open_client
from opsledger.variables import DEFAULT_PREFIX
from yunmock.mock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opsctl.ros.template import Properties

INSTANCE = {"OTS_ENDPOINT": "https://local.cn-hangzhou.ots.aliyuncs.com", "OTS_INSTANCE": "local"}
"""The local cloud's Tablestore instance, whatever instance the shell's environment names."""


def endpoint(cloud: yunmock.Cloud, service: str) -> str:
    """Return the vendor's host name of `eventbridge`, `fc` or `mns`; yunmock answers there."""
    return f"{cloud.account.account_id}.{_HOSTS[service].format(region=cloud.account.region)}.aliyuncs.com"


_HOSTS = {"eventbridge": "eventbridge.{region}", "fc": "{region}.fc", "mns": "mns.{region}"}


@dataclass(frozen=True, slots=True)
class LocalCloud:
    """A cloud that answers the SDKs in this process, and our tables in it."""

    cloud: yunmock.Cloud
    store: TablestoreStore

    def endpoint(self, service: str) -> Endpoint:
        """Return the address of `eventbridge`, `fc` or `mns`, with the local account's keys."""
        account = self.cloud.account
        return Endpoint(f"https://{endpoint(self.cloud, service)}", account.access_key_id, account.access_key_secret)


@contextmanager
def local(
    data: Path,
    template: Path | None = None,
    *,
    migrating: bool = False,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[LocalCloud]:
    """Open the cloud in the folder `data`, deploy `template`, and make our tables and queues if they are missing.

    Beside a template with `infra/ros/template.yaml`, each function runs under its role from there, as in the cloud, and
    gets its events by the rules from there, unless the template has triggers for them.

    Args:
        migrating: whether the tables of version 0.1 may have rows that are not moved yet.
        environment: further variables of every function.

    Raises:
        MisconfiguredError: they have such rows, and `migrating` is false.
        DataFileError: the file with the state is another program's, or it fails.
        OSError: the folder cannot be made, or is a file.
    """
    quiet_sdk_logs()
    if data.exists() and not data.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "this is a file: name a folder with --data", str(data))
    data.mkdir(parents=True, exist_ok=True)
    cloud = yunmock.local_cloud(
        data=data / STATE_FILE,
        function_environment={**INSTANCE, **environment},
        roles=_roles(template),
        act_as_cloud=True,  # `publish` sends what Alibaba Cloud sends
    )
    _ignore_in_git(data)  # once it is clear that the folder is ours
    try:
        queues.create(cloud)
        if template is not None:  # inside `try`, so that a template that cannot be deployed closes the file too
            _deploy(cloud, template)
        with mock_aliyun(cloud):
            store = _store(cloud)
            migration.check(store, reads_old_tables=migrating or reads_old_tables())
            yield LocalCloud(cloud, store)
    finally:
        cloud.close()


def default_template(option: str = "with --template") -> Path:
    """Return `s.yaml` in this folder.

    Args:
        option: how the command takes another file, for the message.

    Raises:
        NotThereError: this folder has no s.yaml.
    """
    here = found_template()
    if here is None:
        raise NotThereError(
            t("no s.yaml here: name one {option}, or run this in a clone of OpsLedger", option=t(option))
        )
    return here


def found_template() -> Path | None:
    """Return `s.yaml` in this folder, or None: for commands that can do without one."""
    here = Path("s.yaml")
    return here if here.is_file() else None


def function_names(template: Path) -> dict[str, str]:
    """Return the full names of the functions in `template`, by full name and by code folder.

    Raises:
        InvalidTemplateError: the template cannot be read.
    """
    from yunmock.template import read_template

    functions = read_template(template, yunmock.Account()).functions
    return {
        **{function.code.name: function.name for function in functions},
        **{function.name: function.name for function in functions},
    }


def _deploy(cloud: yunmock.Cloud, template: Path) -> None:
    """Deploy functions and rules; rules of an earlier deployment of them go, or each event would come twice."""
    from opsctl.ros import rules
    from yunmock.eventbridge.model import DEFAULT_BUS
    from yunmock.eventbridge.service import EventBridgeService

    yunmock.deploy(cloud, template)
    yunmock.deploy_rules(cloud, rules.to_deploy(template))
    wanted = {rule.name for rule in rules.in_force(template)}
    ours = {rule.name for rule in rules.of_template(rules.beside(template))}
    bridge = cloud.services["eventbridge"]
    assert isinstance(bridge, EventBridgeService)
    for rule in bridge.registry.rules(DEFAULT_BUS):
        of_trigger = rule.description.startswith("trigger ")  # as yunmock describes them
        if rule.name not in wanted and (of_trigger or rule.name in ours):
            bridge.registry.delete_rule(rule.bus, rule.name)


def _roles(template: Path | None) -> dict[str, list[Properties]] | None:
    """The policies of the roles in `infra/ros/template.yaml` beside `template`, or None if there is no such file."""
    if template is None:
        return None
    from opsctl.ros import rules
    from opsctl.ros.roles import policies
    from opsctl.ros.template import read

    path = template.resolve().parent / rules.TEMPLATE
    if not path.is_file():
        return None
    prefix = os.environ.get("OPSLEDGER_TABLE_PREFIX", DEFAULT_PREFIX)
    old = settings.variable("OPSLEDGER_OLD_TABLES")
    roles = policies(read(path, InstanceName=INSTANCE["OTS_INSTANCE"], TablePrefix=prefix, OldTables=old))
    # The local cloud has one region, whatever region the s.yaml is for and names its roles after.
    own, named = yunmock.Account().region, settings.variable("OPSLEDGER_REGION")
    return {f"{role.removesuffix(own)}{named}": documents for role, documents in roles.items()}


def _store(cloud: yunmock.Cloud) -> TablestoreStore:
    environment = {
        **INSTANCE,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": cloud.account.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": cloud.account.access_key_secret,
    }
    read = settings.read(None, environment)
    client = open_client(read.endpoint, read.instance, read.access_key_id, read.access_key_secret, None)
    store = TablestoreStore(client, read.prefix)
    store.create_tables()
    note_old_tables(store, deadlines.deadline(), deadlines.writer())
    return store


def reads_old_tables() -> bool:
    """Whether this process works on the tables of version 0.1 too, while their rows are moved."""
    return settings.variable("OPSLEDGER_OLD_TABLES") == "read"


def _ignore_in_git(data: Path) -> None:
    marker = data / ".gitignore"
    if not marker.exists():
        marker.write_text("*\n")


def quiet_sdk_logs() -> None:
    """Keep the SDKs' log lines off the terminal."""
    # aliyun-fc2, which a function may use, logs request headers with credentials on the root logger.
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())
    tablestore = logging.getLogger("opsledger.tablestore")
    tablestore.propagate = False
    if not tablestore.handlers:  # without any, errors would go to standard error
        tablestore.addHandler(logging.NullHandler())
