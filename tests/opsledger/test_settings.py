"""The table of variables: complete, without unused rows, and with an error for every wrong value."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from fc3lint.environment import reads
from opsledger import settings
from opsledger.errors import MisconfiguredError
from opsledger.variables import DEFAULT_PREFIX, VARIABLES, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KNOWN = {variable.name: variable for variable in VARIABLES}
OF_FUNCTIONS = (Reader.FUNCTION, Reader.DELIVERY, Reader.POLLER, Reader.SWEEPER, Reader.PLATFORM)
QUEUES = ("OPSLEDGER_FAILURE_QUEUE", "OPSLEDGER_DEAD_LETTER_QUEUE")
"""Their ARNs, which functions read, and which `s deploy` is given."""
GOOD = {
    "OTS_ENDPOINT": "https://a.cn-hangzhou.ots.aliyuncs.com",
    "OTS_INSTANCE": "a",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "an-id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "a-secret",
}
ENV = re.compile(r"\$\{env\('(\w+)', '([^']*)'\)\}")


class Watched(dict[str, str]):
    """An environment that records which variables are read."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, name: Any, default: Any = None) -> Any:
        """A value."""
        self.asked.add(name)
        return super().get(name, default)


def named(tree: ast.Module) -> Iterator[str]:
    """The variables that a module names to `settings.variable` or to typer."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"[A-Z]+(_[A-Z]+)+", node.value)
        ):
            yield node.value


def test_a_function_reads_all_its_variables() -> None:
    """No row of the table is unused."""
    environment = Watched(GOOD)
    settings.read(None, environment)
    with pytest.raises(MisconfiguredError):
        settings.function_compute(None, environment)
    environment.asked.discard("FC_ENDPOINT")  # the command line's, too

    assert environment.asked == {name for name, variable in KNOWN.items() if variable.reader in OF_FUNCTIONS}


def test_the_library_reads_only_variables_of_the_table(root: Path) -> None:
    """In every module."""
    modules = [*(root / "shared" / "opsledger").rglob("*.py"), *(root / "infra" / "opsctl").rglob("*.py")]
    found = {read.name for module in modules for read in reads(module)}
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "envvar" and isinstance(node.value, ast.Constant):
                found.add(str(node.value.value))

    assert found - KNOWN.keys() == set()
    assert "OPSLEDGER_DATA" in found


def test_the_command_line_uses_all_its_variables(root: Path) -> None:
    """Each is named in one of its modules."""
    folder = root / "infra" / "opsctl" / "cli"
    mentioned = {name for path in folder.glob("*.py") for name in named(ast.parse(path.read_text(encoding="utf-8")))}

    assert {name for name, variable in KNOWN.items() if variable.reader is Reader.COMMANDS} - mentioned == set()


def test_s_yaml_reads_all_variables_of_the_deployment(root: Path) -> None:
    """With the table's defaults."""
    asked = dict(ENV.findall((root / "s.yaml").read_text(encoding="utf-8")))
    own = {name for name, variable in KNOWN.items() if variable.reader is Reader.DEPLOYMENT}

    common = {"OTS_ENDPOINT", "OTS_INSTANCE", "OPSLEDGER_TABLE_PREFIX", "OPSLEDGER_OLD_TABLES", *QUEUES}
    assert asked.keys() == own | common | {
        "OPSLEDGER_CLOUDMONITOR",
        "OPSLEDGER_NOTIFY",
        "OPSLEDGER_NOTIFY_SECRET",
        "OPSLEDGER_OWNER_TAG",
        "OPSLEDGER_CONSOLE_TOKENS",
    }
    for name, default in asked.items():
        assert KNOWN[name].default in (None, default)


def test_s_yaml_sets_the_required_variables_of_every_function(root: Path) -> None:
    """And none that is neither in the table nor read by Python."""
    resources = yaml.safe_load((root / "s.yaml").read_text(encoding="utf-8"))["resources"]
    required = {name for name, variable in KNOWN.items() if variable.required}

    assert required
    for resource in resources.values():
        given = resource["props"]["environmentVariables"].keys()
        assert given >= required
        assert given <= {*KNOWN, "PYTHONPATH"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTS_ENDPOINT", "a.cn-hangzhou.ots.aliyuncs.com"),
        ("OTS_ENDPOINT", "https://a.cn-hangzhou.ots.aliyuncs.com/path"),
        ("OTS_ENDPOINT", ""),
        ("OTS_INSTANCE", "an instance"),
        ("OTS_INSTANCE", "1a"),
        ("OTS_INSTANCE", "a" * 31),
        ("OPSLEDGER_TABLE_PREFIX", "ops-"),
        ("OPSLEDGER_FAILURE_QUEUE", "opsledger-failed"),
        ("OPSLEDGER_FAILURE_QUEUE", "acs:fc:cn-hangzhou:1000000000000001:functions/other"),
        ("OPSLEDGER_DEAD_LETTER_QUEUE", "acs:mns:cn-hangzhou::/queues/a/messages"),
        ("MNS_ENDPOINT", "https://a.mns.cn-hangzhou.aliyuncs.com/queues"),
        ("OPSLEDGER_REGIONS", "hangzhou"),
        ("OPSLEDGER_REGIONS", "cn-hangzhou;cn-beijing"),
        ("ECI_ENDPOINT", "eci .aliyuncs.com"),
        ("ECI_ENDPOINT", "ftp://eci.aliyuncs.com"),
    ],
)
def test_a_wrong_value_is_refused(name: str, value: str) -> None:
    """The message has the variable's name and what its value should be."""
    with pytest.raises(MisconfiguredError, match=f"^{name} (should be|is not set; it is) "):
        settings.read(None, {**GOOD, name: value})


@pytest.mark.parametrize(
    ("name", "value", "attribute", "read"),
    [
        (
            "OTS_ENDPOINT",
            " http://a.cn-hangzhou.vpc.ots.aliyuncs.com/ ",
            "endpoint",
            "http://a.cn-hangzhou.vpc.ots.aliyuncs.com/",
        ),
        ("OPSLEDGER_TABLE_PREFIX", "", "prefix", ""),
        ("OPSLEDGER_TABLE_PREFIX", "ops_", "prefix", "ops_"),
        ("OPSLEDGER_REGIONS", " cn-hangzhou, cn-beijing,,cn-hangzhou ", "regions", ("cn-hangzhou", "cn-beijing")),
        ("FC_REGION", "cn-beijing", "regions", ("cn-beijing",)),
        ("ECI_ENDPOINT", "http://127.0.0.1:80/", "eci_address", "http://127.0.0.1:80"),
        ("ECI_ENDPOINT", "eci.aliyuncs.com", "eci_address", "https://eci.aliyuncs.com"),
    ],
)
def test_a_good_value_is_read(name: str, value: str, attribute: str, read: Any) -> None:
    """Spaces around it do not matter."""
    assert getattr(settings.read(None, {**GOOD, name: value}), attribute) == read


def test_a_variable_that_is_not_set_has_its_default() -> None:
    """The prefix is the table's, and there is no endpoint of ECI."""
    result = settings.read(None, GOOD)

    assert (result.prefix, result.regions, result.eci_address) == (DEFAULT_PREFIX, (), "")


def test_an_unknown_variable_is_a_key_error() -> None:
    """It is a mistake in the code."""
    with pytest.raises(KeyError):
        settings.variable("OPSLEDGER_NOTHING", {})


def test_settings_import_no_framework() -> None:
    """They are read at every cold start."""
    program = (
        "import sys, opsledger.settings; print([m for m in ('pydantic', 'tablestore', 'yaml') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - ours

    assert result.stdout == "[]\n"
