"""The order in which OpsLedger is deployed and removed.

Each step looks at what is there and does only what is missing, so a run that failed is run again, and a second run
changes nothing. The rules come last: their targets must exist. They go first when everything is removed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from opsctl.errors import NotThereError, ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from opsctl.deploy.account import Account, DeployedStack, LayerVersion

MANIFEST = "manifest.json"
DELIVERY, RULES, NO_RULES = "Delivery", "rules", "triggers"
NO_DIGEST = "<not built>"
"""In the place of the digest of a layer that a dry run only shows."""
MOST_LOOKS = 600
"""How often a stack is looked at before the deployment gives up: half an hour."""

# `${env('OPSLEDGER_LAYER', 'acs:fc:…:layers/opsledger/versions/1')}`: which variable names which layer.
_LAYER = re.compile(r"env\('(\w+)',\s*'acs:fc:[^']*:layers/([\w-]+)/versions/\d+'\)")

# The template's output, and the variable of the s.yaml that takes it.
OUTPUTS = {
    "Endpoint": "OTS_ENDPOINT",
    "RolePrefix": "OPSLEDGER_ROLE_PREFIX",
    "FailureQueue": "OPSLEDGER_FAILURE_QUEUE",
    "DeadLetterQueue": "OPSLEDGER_DEAD_LETTER_QUEUE",
}
_ACCOUNT = re.compile(r"acs:ram::([^:]+):")


class Tell(Protocol):
    """Takes each line: an English text and what fills its places; lines about results begin with two spaces."""

    def __call__(self, text: str, /, **values: object) -> None:
        """Take a line."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is deployed, and where.

    Attributes:
        stack: the name of the stack.
        s_yaml: the functions.
        template: the ROS template.
        built: the folder that `make package` has filled for the runtime.
        parameters: of the template, by name; those that are not given keep their value or have their default.
        private: the functions reach Tablestore through a VPC.
        environment: the caller's variables. One that s.yaml reads wins over what the stack says.
        unbuilt: nothing is built, and only shown what would be published.
    """

    region: str
    runtime: str
    stack: str
    s_yaml: Path
    template: Path
    built: Path
    parameters: Mapping[str, str] = field(default_factory=dict)
    private: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    unbuilt: bool = False


class Deployed(NamedTuple):
    """What a deployment has made.

    Attributes:
        variables: with which the functions were deployed.
        layers: the version of each layer that they use, by name.
        published: the names of those that this run published.
    """

    variables: dict[str, str]
    layers: dict[str, LayerVersion]
    published: tuple[str, ...] = ()


def deploy(target: Deployment, account: Account, tell: Tell) -> Deployed:
    """Deploy everything.

    Raises:
        NotThereError: nothing is built.
        ToolError: the stack or `s` fails.
        WorldFailedError: a service refuses, or does not answer.
    """
    archives = _archives(target)
    tell("Stack: tables, queues and roles")
    stack = _stack(target, account, tell)
    tell("Layers")
    found = {name: _layer(target, account, name, digest, tell) for name, digest in archives.items()}
    layers = {name: version for name, (version, _) in found.items()}
    variables = _variables(target, stack, layers)
    tell("Functions and timers")
    account.serverless_devs(["deploy", "-y", "-t", str(target.s_yaml)], variables)
    tell("Rules, which hand events to the functions")
    _update(target, account, stack, {DELIVERY: RULES}, tell)
    return Deployed(variables, layers, tuple(name for name, (_, published) in found.items() if published))


def destroy(target: Deployment, account: Account, tell: Tell) -> None:
    """Remove everything but the tables with their rows.

    Raises:
        ToolError: the stack or `s` fails.
        WorldFailedError: a service refuses, or does not answer.
    """
    stack = account.stack(target.stack)
    names = _layer_variables(target.s_yaml)
    if stack is not None:
        tell("Rules")
        stack = _update(target, account, stack, {DELIVERY: NO_RULES}, tell)
        tell("Functions and timers")
        none = {name: f"acs:fc:{target.region}:0:layers/{layer}/versions/1" for layer, name in names.items()}
        account.serverless_devs(["remove", "-y", "-t", str(target.s_yaml)], {**_variables(target, stack, {}), **none})
    tell("Layers")
    for name in names:
        for version in account.layer_versions(name):
            account.delete_layer(version)
            tell("  {name} version {number} is deleted", name=name, number=version.number)
    if stack is None:
        tell("There is no stack {name} in {region}", name=target.stack, region=target.region)
        return
    tell("Stack")
    account.delete_stack(stack)
    _gone(target, account)
    tell("  deleted; the Tablestore instance and its tables stay, and cost what they store")


def _archives(target: Deployment) -> dict[str, str]:
    """The layers that the s.yaml names, with the digest of their content.

    Raises:
        NotThereError: they are not built.
    """
    wanted = _layer_variables(target.s_yaml)
    if target.unbuilt:
        return dict.fromkeys(wanted, NO_DIGEST)
    manifest = target.built / MANIFEST
    if not manifest.is_file():
        raise NotThereError(f"there is no {manifest}: run `make package` first")
    found = json.loads(manifest.read_text(encoding="utf-8"))["archives"]
    digests = {str(each["name"]): str(each["content_sha256"]) for each in found if each["kind"] == "layer"}
    if missing := sorted(wanted.keys() - digests.keys()):
        raise NotThereError(f"{manifest} has no layer {missing[0]}: run `make package` again")
    return {name: digests[name] for name in wanted}


def _layer_variables(s_yaml: Path) -> dict[str, str]:
    """Each layer that the s.yaml names, with the variable that takes its ARN."""
    found = _LAYER.findall(s_yaml.read_text(encoding="utf-8"))
    return {layer: variable for variable, layer in found}


def _stack(target: Deployment, account: Account, tell: Tell) -> DeployedStack:
    """The stack, made or brought to the template; a new one has no rules yet."""
    present = _settled(target, account, account.stack(target.stack))
    if present is not None:
        return _update(target, account, present, dict(target.parameters), tell)
    account.create_stack(target.stack, _template(target), {**target.parameters, DELIVERY: NO_RULES})
    made = _succeeded(target, account)
    tell("  {name} is made", name=target.stack)
    return made


def _update(
    target: Deployment, account: Account, stack: DeployedStack, changed: Mapping[str, str], tell: Tell
) -> DeployedStack:
    if not account.update_stack(stack, _template(target), changed):
        tell("  {name} is up to date", name=target.stack)
        return stack
    updated = _succeeded(target, account)
    tell("  {name} is updated", name=target.stack)
    return updated


def _template(target: Deployment) -> str:
    return target.template.read_text(encoding="utf-8")


def _settled(target: Deployment, account: Account, stack: DeployedStack | None) -> DeployedStack | None:
    """The stack once no operation goes on.

    Raises:
        ToolError: one goes on for too long.
    """
    for _ in range(MOST_LOOKS):
        if stack is None or not stack.busy:
            return stack
        account.wait()
        stack = account.stack(target.stack)
    raise ToolError(f"the stack {target.stack} still is in progress after half an hour; look at it in the ROS console")


def _succeeded(target: Deployment, account: Account) -> DeployedStack:
    stack = _settled(target, account, account.stack(target.stack))
    if stack is None or not stack.usable:
        status, reason = ("gone", "") if stack is None else (stack.status, stack.reason)
        raise ToolError(f"the stack {target.stack} is {status}: {reason}. {_advice(status, reason)}")
    return stack


def _advice(status: str, reason: str) -> str:
    if "AlreadyExist" in reason:
        return "If its tables are those of an earlier stack, run this again with --existing-tables"
    if status.startswith("ROLLBACK"):
        return "Remove what is wrong; if the stack was new, delete it in the ROS console and run this again"
    return "Remove what is wrong, and run this again"


def _gone(target: Deployment, account: Account) -> None:
    stack = _settled(target, account, account.stack(target.stack))
    if stack is not None:
        raise ToolError(f"the stack {target.stack} is {stack.status}: {stack.reason}. Run this again")


def _layer(target: Deployment, account: Account, name: str, digest: str, tell: Tell) -> tuple[LayerVersion, bool]:
    """The version of a layer with this content, published if there is none; and whether it was."""
    description = f"content sha256:{digest}"
    for version in account.layer_versions(name):
        if version.description == description:
            tell("  {name} is up to date: version {number}", name=name, number=version.number)
            return version, False
    made = account.publish_layer(name, target.built / f"{name}.zip", description, target.runtime)
    tell("  {name} is published: version {number}", name=name, number=made.number)
    return made, True


def _variables(target: Deployment, stack: DeployedStack, layers: Mapping[str, LayerVersion]) -> dict[str, str]:
    """What the s.yaml reads: what was just made, and what the stack says unless the caller says otherwise."""
    outputs = dict(stack.outputs)
    if target.private:
        outputs["Endpoint"] = outputs.get("VpcEndpoint", "")
    account = _ACCOUNT.search(outputs.get("RolePrefix", ""))
    said = {
        **{variable: outputs[output] for output, variable in OUTPUTS.items() if output in outputs},
        **_of_parameters(stack.parameters),
    }
    chosen = {name: target.environment.get(name) or value for name, value in said.items()}
    made = {_layer_variables(target.s_yaml)[name]: version.arn for name, version in layers.items()}
    return {
        "ALIBABA_CLOUD_ACCOUNT_ID": account[1] if account else "",
        "OPSLEDGER_REGION": target.region,
        "OPSLEDGER_RUNTIME": target.runtime,
        **chosen,
        **made,
    }


def _of_parameters(parameters: Mapping[str, str]) -> dict[str, str]:
    """The variables that must equal a parameter of the stack."""
    names = {
        "InstanceName": "OTS_INSTANCE",
        "TablePrefix": "OPSLEDGER_TABLE_PREFIX",
        "OldTables": "OPSLEDGER_OLD_TABLES",
    }
    return {variable: parameters[name] for name, variable in names.items() if parameters.get(name)}
