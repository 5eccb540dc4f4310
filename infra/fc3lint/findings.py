"""What can be found, in one table, and a finding.

`docs/doctor.md` is made from `CHECKS`. FC: https://www.alibabacloud.com/help/en/functioncompute/fc;
fc3: https://github.com/devsapp/fc3/blob/master/docs/zh/yaml/readme.md and triggers.md beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fc3lint.document import Mark

ERROR, WARNING = "error", "warning"


class Check(NamedTuple):
    """One kind of finding: how grave it is, what it is, and what comes of it."""

    severity: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where, and what mends it."""

    file: str
    line: int
    code: str
    what: str
    mend: str

    @property
    def severity(self) -> str:
        """`error` or `warning`."""
        return CHECKS[self.code].severity

    def to_json(self) -> dict[str, str | int]:
        """For `--json`."""
        names = ("file", "line", "severity", "code", "what", "mend")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.what} [{self.code}]\n    {self.mend}"


class Findings:
    """A list to which checks add."""

    def __init__(self) -> None:
        self.all: list[Finding] = []

    def add(self, code: str, mark: Mark, what: str, mend: str) -> None:
        """Add a finding of the kind `code` at `mark`; said twice, it is kept once."""
        finding = Finding(mark.file, mark.line, code, what, mend)
        if finding not in self.all:
            self.all.append(finding)


CHECKS: dict[str, Check] = {
    # ------------------------------------------------------------------------------------------- the file
    "yaml": Check(ERROR, "the file cannot be read as YAML", "nothing can be deployed"),
    "edition": Check(ERROR, "the file is not of edition 3.0.0", "`s` 3 and the fc3 component read no other"),
    "duplicate-key": Check(ERROR, "a key stands twice in one mapping", "the first value is dropped without a word"),
    "no-function": Check(WARNING, "no resource uses the component fc3", "there is nothing this command can check"),
    "undefined-variable": Check(ERROR, "`${…}` names what is not there", "`s` ends with an error"),
    "unset-environment": Check(WARNING, "`${env(…)}` has no default and is not set here", "`s` ends with an error"),
    "missing-file": Check(ERROR, "`${file(…)}`, `${json(…)}` or `extend` names no file", "`s` ends with an error"),
    "unknown-expression": Check(WARNING, "`${…}` is none that `s` documents", "it may be left as it stands"),
    "unknown-template": Check(ERROR, "`extend.name` names no template of the file", "`s` ends with an error"),
    # ----------------------------------------------------------------------------------------- keys, values
    "misspelt-key": Check(ERROR, "a key resembles a known one", "the component ignores keys it does not know"),
    "wrong-case": Check(
        ERROR,
        "a key is right but for its capitals",
        "keys are camelCase, but PascalCase inside retryStrategy, deadLetterQueue, batchWindow and source parameters",
    ),
    "unknown-key": Check(WARNING, "a key is none of the component's", "the component ignores it"),
    "missing-key": Check(ERROR, "a key that must be there is not", "the deployment is refused, or does not work"),
    "wrong-type": Check(ERROR, "a value is of another type than its key takes", "the deployment is refused"),
    "wrong-value": Check(ERROR, "a value is none of those its key takes", "the deployment is refused"),
    "out-of-range": Check(ERROR, "a number is beyond its limits", "the deployment is refused"),
    # --------------------------------------------------------------------------------------------- function
    "runtime": Check(ERROR, "Function Compute has no such runtime", "there is no python3.11 or python3.13, for one"),
    "function-name": Check(ERROR, "a function's name has characters it may not have", "the deployment is refused"),
    "duplicate-function": Check(ERROR, "two resources deploy one function", "the second overwrites the first"),
    "cpu-memory": Check(ERROR, "vCPUs to memory in GB is not within 1:1 and 1:4", "the deployment is refused"),
    "concurrency": Check(
        WARNING,
        "instanceConcurrency on a built-in runtime",
        "it acts on custom runtimes alone: an instance of a built-in one serves one request at a time",
    ),
    "hook-timeout": Check(ERROR, "initializer above 300 s or preStop above 90 s", "the deployment is refused"),
    "too-many-layers": Check(ERROR, "more than five layers", "the deployment is refused"),
    "other-region": Check(ERROR, "a layer of another region than the function's", "layers are used in their region"),
    "scaling-twice": Check(ERROR, "provisionConfig and scalingConfig together", "the component refuses it"),
    "code-missing": Check(ERROR, "there is no such code folder or file", "nothing can be uploaded"),
    # ---------------------------------------------------------------------------------------------- handler
    "handler-form": Check(ERROR, "a handler is not `module.function`", "every invocation fails"),
    "handler-missing": Check(ERROR, "the handler's module or function is not there", "every invocation fails"),
    "handler-arity": Check(ERROR, "a handler takes (event, context), a hook (context)", "every invocation fails"),
    "handler-import": Check(ERROR, "the handler's module cannot be imported", "every invocation fails"),
    "handler-unsure": Check(WARNING, "the handler's module needs what is not installed here", "it was not imported"),
    # ------------------------------------------------------------------------------------------ environment
    "env-not-text": Check(ERROR, "an environment variable's value is no text", "the component's schema refuses it"),
    "env-reserved": Check(ERROR, "an environment variable begins with FC_", "those are Function Compute's own"),
    "env-name": Check(
        ERROR, "an environment variable's name is none", "letters, digits and _, beginning with a letter"
    ),
    "env-size": Check(ERROR, "the environment is above 4 KB", "the deployment is refused"),
    "env-missing": Check(ERROR, "the code needs a variable that nobody sets", "the first invocation fails"),
    "env-unset": Check(WARNING, "the code reads a variable that nobody sets", "it gets None"),
    "env-unread": Check(WARNING, "an OpsLedger variable that nothing reads", "it is misspelt, or of another version"),
    "no-role": Check(WARNING, "a function of OpsLedger has no role", "it has no credentials to reach Tablestore with"),
    "env-wrong": Check(ERROR, "OpsLedger refuses a variable's value", "the initializer fails"),
    # --------------------------------------------------------------------------------------------- triggers
    "duplicate-trigger": Check(ERROR, "two triggers of a function have one name", "the second overwrites the first"),
    "too-many-triggers": Check(ERROR, "more than 50 triggers of one function", "the deployment is refused"),
    "shared-source": Check(ERROR, "two EventBridge triggers share a sourceArn", "changing one changes the other"),
    "source-missing": Check(
        ERROR,
        "an EventBridge trigger has no eventSourceConfig",
        "the component ends with a TypeError, on every command",
    ),
    "source-parameters": Check(ERROR, "eventSourceParameters is another source's", "the source cannot be reached"),
    "not-last": Check(
        WARNING, "triggers after an EventBridge trigger", "the component skips them once that one is up to date"
    ),
    "async-unset": Check(
        WARNING, "asyncInvocationType is not set", "the vendor's pages contradict each other on its default and sense"
    ),
    "mode": Check(ERROR, "the source does not support runOptions.mode", "the deployment is refused"),
    "no-effect": Check(
        WARNING,
        "an option that does nothing here",
        "retries, dead letters and batches act in event-streaming mode alone",
    ),
    "rule-limit": Check(ERROR, "more than ten triggers on the default bus", "the default bus takes ten such rules"),
    "no-failure-destination": Check(
        WARNING, "an asynchronous trigger and no onFailure destination", "after its last retry an event is dropped"
    ),
    "cron": Check(
        ERROR, "cronExpression is no schedule", "six fields in UTC, `CRON_TZ=<zone>` before them, or `@every 5m`"
    ),
    "payload-size": Check(ERROR, "a timer's payload is above 128 KB", "the deployment is refused"),
    # --------------------------------------------------------------------------------------------- patterns
    "pattern": Check(ERROR, "eventRuleFilterPattern is not a pattern", "the rule is refused, or matches nothing"),
    "pattern-product": Check(WARNING, "a pattern names a source of which it takes no type", "no event arrives"),
    "pattern-type": Check(WARNING, "no pattern takes a type that OpsLedger records", "its events pass unseen"),
    # --------------------------------------------------------------------------------------- what is deployed
    "not-deployed": Check(ERROR, "the function or trigger is not there (`--remote`)", "it was not deployed"),
    "deployed-differs": Check(WARNING, "what is deployed is set otherwise (`--remote`)", "somebody changed it"),
}
