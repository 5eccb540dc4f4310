"""Check what the rules that hand events to the file's functions became, as EventBridge's ListTargets says.

A trigger says in a boolean whether it invokes asynchronously, and the vendor's pages explain it in opposite ways. The
target that it became says it in words (`InvocationType`), so this is the one place where the truth can be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fc3lint.places import ARN
from fc3lint.triggers import triggers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fc3lint.document import Document
    from fc3lint.places import Place
    from yunmock.s_yaml import Keys

ASYNCHRONOUS = "Async"


class DeployedTarget(NamedTuple):
    """One target of a rule on the bus `default`, as deployed.

    Attributes:
        rule: the rule's name.
        enabled: whether the rule is.
        endpoint: the ARN of what it hands events to.
        invocation: the target's InvocationType, `Async` or `Sync`; empty if it says none.
    """

    rule: str
    enabled: bool
    endpoint: str
    invocation: str


def check(
    document: Document,
    functions: Mapping[str, Mapping[str, object]],
    targets: Sequence[DeployedTarget],
    needed: frozenset[str],
    place: Place | None,
) -> None:
    """Check the targets of the functions in `needed`, and of those with an EventBridge trigger."""
    for resource, props in functions.items():
        name, keys = str(props.get("functionName")), ("resources", resource, "props")
        own = [one for one in triggers(props, keys) if one.type == "eventbridge" and one.source in ("Default", None)]
        if name not in needed and not own:
            continue
        found = [target for target in targets if target.endpoint.rpartition("/")[2].partition(".")[0] == name]
        where = own[0].keys if own else (*keys, "functionName")
        if not found:
            message = f"no deployed rule on the bus default hands events to {name!r}"
            document.add("not-deployed", where, message, "Update the stack, or run `s deploy`.")
        for target in found:
            _check_target(document, target, name, where, place)


def _check_target(document: Document, target: DeployedTarget, name: str, where: Keys, place: Place | None) -> None:
    rule = f"the deployed rule {target.rule!r}"
    if not target.enabled:
        document.add("rule-disabled", where, f"{rule} is disabled: {name!r} gets nothing by it", "Enable it there.")
    if target.invocation != ASYNCHRONOUS:
        said = f"says InvocationType {target.invocation}" if target.invocation else "says no InvocationType"
        fix = "Use the template's rules, which say Async; or set asyncInvocationType to the other value."
        document.add("deployed-synchronous", where, f"{rule} {said}: it invokes {name!r} synchronously", fix)
    arn = ARN.fullmatch(target.endpoint)
    for code, wanted, is_ in (
        ("other-region", place.region if place else "", arn["region"] if arn else ""),
        ("other-account", place.account if place else "", arn["account"] if arn else ""),
    ):
        if wanted and is_ and wanted != is_:
            document.add(code, where, f"{rule} is for {target.endpoint}, not in {wanted}", "Correct its endpoint.")
