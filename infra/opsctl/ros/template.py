"""The template of OpsLedger, with its functions resolved for given parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from yunmock import Account, strict_yaml
from yunmock.ros.template import Properties, RosTemplate, UnknownReferenceError

__all__ = ["PSEUDO", "TEMPLATE", "Properties", "RosTemplate", "UnknownReferenceError", "is_template", "read"]

TEMPLATE = Path(__file__).parents[2] / "ros" / "template.yaml"
_LOCAL = Account()
PSEUDO = {
    "ALIYUN::Region": _LOCAL.region,
    "ALIYUN::TenantId": _LOCAL.account_id,
    "ALIYUN::StackName": "opsledger",
}
"""The pseudo parameters that the template uses, with yunmock's values."""


def read(path: Path = TEMPLATE, *, region: str = PSEUDO["ALIYUN::Region"], **parameters: str) -> RosTemplate:
    """Read the template in `path`; parameters that are not given have their defaults.

    Args:
        path: the file.
        region: the region that it is deployed to.
        parameters: values by parameter.

    Raises:
        UnknownReferenceError: the template has no such parameter.
    """
    content: Any = strict_yaml.loads(path.read_text(encoding="utf-8"))
    defaults = {name: parameter.get("Default") for name, parameter in (content.get("Parameters") or {}).items()}
    if unknown := sorted(parameters.keys() - defaults.keys()):
        raise UnknownReferenceError(f"{path.name} has no parameter {unknown[0]!r}", "UnknownUserParameter")
    return RosTemplate(content, {**PSEUDO, "ALIYUN::Region": region, **defaults, **parameters})


def is_template(path: Path) -> bool:
    """Whether a file is a ROS template.

    Raises:
        OSError: it cannot be read.
    """
    try:
        content = strict_yaml.loads(path.read_text(encoding="utf-8"))
    except ValueError:  # also what is no UTF-8
        return False
    return isinstance(content, dict) and "ROSTemplateFormatVersion" in content
